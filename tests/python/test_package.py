"""The package as users get it: its command, types, documents, and how quickly it is there."""
import doctest
import importlib
import os
import pathlib
import pkgutil
import re
import shutil
import statistics
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import excise

PACKAGE = pathlib.Path(excise.__file__).parent
SCRIPTS = pathlib.Path(sys.executable).parent


def python(code, **options):
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_installed():
    """These tests are of the package that pip installed, with its types and models."""
    assert PACKAGE.parent.name == "site-packages"
    names = {path.name for path in PACKAGE.iterdir()}
    assert {"py.typed", "_core.pyi", "models"} <= names
    assert excise.load("baker-7m").folder == PACKAGE / "models" / "baker-7m"


def test_import_is_quick():
    """Under 0.1 s, beyond the start of Python; the median, as other work may run."""
    code = "import time; t = time.perf_counter(); import excise; print(time.perf_counter() - t)"
    assert statistics.median(float(python(code)) for _ in range(5)) < 0.1


def test_names():
    assert set(excise.__all__) <= set(dir(excise))
    for name in excise.__all__:
        assert getattr(excise, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        excise.colour
    project = (ROOT / "CMakeLists.txt").read_text()
    assert f"project(excise VERSION {excise.__version__} " in project


def test_the_command():
    program = SCRIPTS / "excise"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout == f"excise {excise.__version__}\n"
    module = subprocess.run([sys.executable, "-m", "excise", "tokenize", "baker-7m", "It was"],
                            capture_output=True, text=True, check=True)
    direct = subprocess.run([program, "tokenize", "baker-7m", "It was"],
                            capture_output=True, text=True, check=True)
    assert module.stdout == direct.stdout and "was" in direct.stdout
    wrong = subprocess.run([program, "sweep", "nothing-there"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr.startswith("[model] nothing-there: expected")
    closed = subprocess.run(f"{program} completion bash | head -1", shell=True,
                            executable="/bin/bash", capture_output=True, text=True)
    assert closed.stderr == ""


def test_stubs_are_types():
    assert "std::" not in (PACKAGE / "_core.pyi").read_text()


@pytest.mark.parametrize("name", sorted(
    module.name for module in pkgutil.iter_modules([str(PACKAGE)])
    if module.name not in ("_core", "__main__")))
def test_examples_of_docstrings(name, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"excise.{name}")
    stories = []
    for i, text in enumerate(("The dog did nothing in the night.", "A cat sat on the wall.",
                              "He lit his pipe and said no more.")):
        stories.append(tmp_path / f"{i}.txt")
        stories[-1].write_text(text)
    names = {"excise": excise, "np": np, "model": model, "stories": stories,
             "ids": model.encode("It was a dark night")}
    outcome = doctest.testmod(module, extraglobs=names)
    assert outcome.failed == 0


@pytest.mark.parametrize("document", ["README.md", "docs/coming-from.md", "docs/corpora.md"])
def test_python_in_documents(document, tmp_path):
    """Each document's Python blocks run, one after the other, in one interpreter."""
    path = ROOT / document
    blocks = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"),
                        re.MULTILINE | re.DOTALL)
    assert blocks
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    python("\n".join(blocks), cwd=tmp_path, env=os.environ | {"HF_HUB_CACHE": str(tmp_path)})
