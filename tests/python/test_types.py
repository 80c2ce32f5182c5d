"""Type checkers on the package and on what users write, and Python's own warnings as errors."""
import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

import excise

EXAMPLE = pathlib.Path(__file__).parent / "typed_example.py"
PACKAGE = pathlib.Path(excise.__file__).parent
MYPY = ["mypy", "--strict", "--cache-dir", "cache"]
PYRIGHT = ["pyright", "--pythonpath", sys.executable]


def run(*arguments, cwd):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("checker", [
    [*MYPY, "-p", "excise"], [*MYPY, EXAMPLE], [*PYRIGHT, PACKAGE], [*PYRIGHT, EXAMPLE]],
    ids=["mypy package", "mypy example", "pyright package", "pyright example"])
def test_types(checker, tmp_path):
    code, said = run("-m", *checker, cwd=tmp_path)
    assert code == 0, said


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT], ids=["mypy", "pyright"])
def test_what_is_refused(checker, tmp_path):
    """A line each that no checker may let pass: else the types say nothing."""
    lines = ["excise.svd('0')", "excise.sweep(m, remove=0.5)", "excise.median(m, 'a', ' b', percent='10')",
             "excise.sweep('baker-7m')", "m([0.5])", "m.cfg.width", "excise.load('a', threads='2')"]
    script = tmp_path / "wrong.py"
    script.write_text("import excise\nm = excise.load('baker-7m')\n" + "\n".join(lines) + "\n")
    said = run("-m", *checker, script, cwd=tmp_path)[1]
    for number in range(3, 3 + len(lines)):
        assert f"wrong.py:{number}:" in said, said


def test_it_runs_without_a_warning(tmp_path):
    code, said = run("-W", "error", EXAMPLE, cwd=tmp_path)
    assert code == 0, said


def test_the_example_has_every_public_name():
    names = {node.attr for node in ast.walk(ast.parse(EXAMPLE.read_text()))
             if isinstance(node, ast.Attribute)}
    functions = {name for name in excise.__all__ if inspect.isfunction(getattr(excise, name))}
    methods = {name for one in (excise.Model, excise.ActivationCache, excise.Basis, excise.Edit)
               for name in dir(one) if not name.startswith("_")}
    of_mappings = {"get", "items", "keys", "values"}
    assert functions | methods - of_mappings <= names, functions | methods - of_mappings - names
