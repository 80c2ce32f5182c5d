"""Python's functions have the options of the experiments, with their defaults."""
import inspect
import tomllib

import pytest

import excise
from excise import _core, concept

# Who states them: the model, the files of an experiment, an edit, or another argument.
ELSEWHERE = {"model", "model_fingerprint", "tokenizer_fingerprint", "basis_fingerprint", "bos",
             "special_tokens"}
FUNCTIONS = {
    "sweep": (excise.sweep, {"ids", "basis_file", "corpus_fingerprint", "class_fingerprints",
                             "action", "strength", "class", "empty_branch"}, {"edit", "progress"}),
    "median": (excise.median, {"ids", "target_id"}, {"progress"}),
    "lesion": (excise.lesion, set(), {"progress"}),
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
