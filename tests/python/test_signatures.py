"""Python's functions have the options of the experiments, with their defaults."""
import inspect
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

import excise
from excise import _core, concept

# Who states them: the model, the files of an experiment, an edit, or another argument.
ELSEWHERE = {"model", "model_fingerprint", "tokenizer_fingerprint", "basis_fingerprint", "bos",
             "special_tokens"}
FUNCTIONS = {
    "sweep": (excise.sweep, {"ids", "basis_file", "corpus_fingerprint", "class_fingerprints",
                             "action", "strength", "class", "empty_branch"},
              {"edit", "progress", "task", "all_prompts"}),
    "task": (excise.sweep, {"basis_file", "corpus_fingerprint", "class_fingerprints", "task_fingerprint",
                            "action", "strength", "class", "empty_branch"},
             {"edit", "progress", "text", "detail_layer"}),
    "median": (excise.median, {"ids", "target_id"}, {"progress"}),
    "lesion": (excise.lesion, set(), {"progress"}),
    "corpus": (excise.corpus, {"corpus_fingerprint", "class_fingerprints", "action", "strength",
                               "class", "empty_branch"},
               {"journal", "shard", "client", "shards", "progress"}),
    "concept fit": (concept.fit, set(), {"concept", "progress"}),
    "concept test": (concept.test, {"method"}, {"concept", "fitted", "progress"})}
OF_CONCEPTS = {"name", "with", "without", "texts", "class_tokens", "words", "control_words",
               "control_text", "prompts", "basis_file"}


def plain(default):
    return list(default) if isinstance(default, tuple) else default


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature(name):
    function, not_taken, further = FUNCTIONS[name]
    kind = name.split()[0]
    options = dict(_core.option_defaults()[kind])
    not_taken = not_taken | ELSEWHERE | (OF_CONCEPTS if kind == "concept" else set())
    parameters = dict(inspect.signature(function).parameters)
    assert set(parameters) - further - {"model"} == set(options) - not_taken
    for key in set(options) - not_taken:
        default = parameters[key].default
        if default is inspect.Parameter.empty or default is None:
            continue  # asked for, or what the file's default is
        written = options[key]
        stated = tomllib.loads(f"x = {written}")["x"] if written else type(default)()
        assert plain(default) == plain(stated), key


def test_signature_of_load():
    """What every experiment says of its model."""
    options = dict(_core.option_defaults()["sweep"])
    parameters = dict(inspect.signature(excise.load).parameters)
    assert set(parameters) == {"model", "bos", "special_tokens", "threads"}
    for key in set(parameters) - {"model"}:
        assert parameters[key].default == tomllib.loads(f"x = {options[key]}")["x"], key


# Commands without an experiment file: their --help states the defaults.
OTHERWISE = {"at": "hook", "no-held-out": "hold_out", "no-check": "check", "class-file": "class_texts",
             "text-file": "text", "prompt-file": "prompt", "ids": "prompt"}
OF_THE_COMMAND = {"help", "force", "json", "quiet", "bos", "special-tokens", "threads"}


@pytest.mark.parametrize("command, own", [
    ("fit", {"progress"}), ("generate", {"progress", "on_text"}), ("export", {"progress"})])
def test_signature_of_a_command(command, own):
    program = pathlib.Path(sys.executable).parent / "excise"
    shown = subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True)
    options = re.findall(r"^ +(?:-\w,)?--([a-z-]+)(?: [A-Z][\w.]*)?(?:=(\S+))?",
                         shown.stdout.split("Examples:")[0], re.MULTILINE)
    parameters = dict(inspect.signature(getattr(excise, command)).parameters)
    named = set()
    for option, default in options:
        if option in OF_THE_COMMAND or (option == "out" and command == "fit"):  # Basis.save
            continue
        name = OTHERWISE.get(option, option.replace("-", "_"))
        named.add(name)
        ours = parameters[name].default
        if default:
            assert ours == type(ours)(default), option
        elif ours is not inspect.Parameter.empty:
            assert ours is option.startswith("no-") or not ours, option  # a flag, or nothing
    assert named == set(parameters) - own - {"model"}
