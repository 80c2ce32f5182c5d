"""What a result's folder holds repeats it: every argument of the experiments, all files but times."""
import inspect
import json
import pathlib

import pytest
import sklearn.base
import sklearn.decomposition
from conftest import GOLDEN, ROOT

import excise

TEXT = "He said that she had taken his hat, and she said that he had lost her ring. " * 2
SENTENCE = "They gave him an apple, and she took her hat."
CONCEPT = ROOT / "experiments" / "concepts" / "him-her.toml"
NATIVE = pytest.mark.skipif("avx512_bf16" not in pathlib.Path("/proc/cpuinfo").read_text(),
                            reason="no bfloat16 here")
ENGINE = [{"seed": 2**63 - 1}, {"executor": "naive"}, {"compute": "f32"},
          {"memory_limit": "1.5G"}, {"threads": 1}]
PAIRS = [(f'"The {who}" saw him, then.', f'"The {who}" saw her, then.')
         for who in ("baker", "doctor", "driver", "child")]
SMALL = {"concept": CONCEPT, "layers": [3], "alpha": [1], "random": 1, "sample_tokens": 1}
CONCEPTS = [{}, *ENGINE, {"hook": "blocks.*.hook_resid_post"}, {"alpha": [0.5, 1.25]},
            {"layers": "2,3"}, {"positions": "1-"}, {"max_damage": 0.25}, {"random": 0},
            {"sample_tokens": 2, "temperature": 0.7}]

# For each experiment what is given where a case does not give it itself, and the cases. A
# function makes a value from a folder of files.
TABLE = {
    "sweep": (excise.sweep, {"text": TEXT, "layers": [3], "permutations": 50}, [
        {}, *ENGINE, {"text": None}, {"text": [TEXT, SENTENCE]}, {"text": [64, 65, 66, 67]},
        {"text": '# "a"\n\\ \u2028\x7f'}, {"preset": "pca"}, {"centre": "none", "restore": "neuron"},
        {"basis": "random", "components": 3}, {"basis": excise.svd([0, 1])},
        {"basis": lambda files: files / "basis.safetensors"},
        {"basis": lambda files: excise.load_basis(files / "basis.safetensors")},
        {"basis": sklearn.decomposition.PCA(2)}, {"edit": lambda files: files / "edit.toml"},
        {"basis": "ged", "class_tokens": ["^ he$"], "shrinkage": 0.5},
        {"basis": "diff-means", "class_files": lambda files: [files / "he.txt", files / "she.txt"]},
        {"corpus": lambda files: files / "corpus.txt", "preset": "pca", "components": 2},
        {"remove": "each:0,2"}, {"remove": [0, 2]}, {"hook": "hook_resid_post"}, {"hook": "blocks.3.mlp.hook_pre"},
        {"positions": "1-"}, {"token_pattern": "^ s?he$"}, {"layers": "0-1,3"},
        {"layers": [2, 3], "detail_layer": 2}, {"cells": "preset"},
        {"controls": {"random_rank": 2, "norm_matched": 2}}, {"controls": {"neuron-shuffle": 2}},
        {"layers": [0, 1], "together": "0-1", "coordinates": "live"}, {"dormant_share": True}, {"parts": True}, {"variants": ["robustness"]},
        {"text": SENTENCE, "swap": SENTENCE.replace(" an ", " the ")}, {"controls": {"elsewhere": 2}},
        {"variants": ["constant"]},
        {"text": None, "task": lambda files: files / "task.tsv", "all_prompts": True,
         "corpus": lambda files: files / "corpus.txt"},
        {"evidence": True, "controls": {"norm_matched": 2}},
        {"check_rounding": "all"}, {"permutations": 100},
        pytest.param({"compute": "bf16"}, marks=NATIVE)]),
    "median": (excise.median, {"prompt": "He shook his", "target": " head", "layers": [3]}, [
        {}, *ENGINE, {"prompt": [64, 65]}, {"target": 300}, {"percent": [0.1, 33.3]},
        {"by": "magnitude"}, {"replace_with": "mean"}, {"positions": "all"}, {"layers": "0-1"},
        {"random": 3}, {"target": " perplexingly", "first_token": True}]),
    "lesion": (excise.lesion, {"pairs": PAIRS, "words": ("him", "her"), "test": [SENTENCE],
                               "layers": [1], "random": 2}, [
        {}, *ENGINE, {"pairs": GOLDEN / "pairs_him_her.tsv", "words": None},
        {"test": [SENTENCE, "He met her."]}, {"position": [3, 7]}, {"hold_out": 0.5}, {"q": 0.2},
        {"first_token": True}, {"layers": "0,2"}, {"random": 0}]),
    "fit": (excise.concept.fit, SMALL, [*CONCEPTS, {"method": "leace"}, {"concept": {
        "name": 'him "her"', "words": [" her", " she"], "control_words": [" the", " and"],
        "with": [f"{who} said she had lost her {what}." for who in ("Ann", "Mary", "Lucy")
                 for what in ("hat", "ring", "book")],
        "without": [f"{who} said he had lost his {what}." for who in ("Tom", "John", "Jack")
                    for what in ("hat", "ring", "book")],
        "control_text": "The rain fell on the roof all night.",
        "prompts": ["The old\nfriend came in and"]}}]),
    "test": (excise.concept.test, SMALL | {"fitted": lambda files: files / "fitted"}, [
        one for one in CONCEPTS if not {"layers", "hook"} & set(one)] + [
        {"layers": "3"}, {"hook": "blocks.*.mlp.hook_pre"}]),
}


def cases():
    for name, (_, _, all_of_it) in TABLE.items():
        for case in all_of_it:
            marks = getattr(case, "marks", ())
            case = case.values[0] if marks else case
            given = " ".join(f"{key}={'file' if callable(value) else value}"[:30]
                             for key, value in case.items())
            yield pytest.param(name, case, marks=marks, id=f"{name} {given}")


@pytest.fixture(scope="module")
def files(tmp_path_factory, model):
    """A folder with the files that the arguments name."""
    folder = tmp_path_factory.mktemp("repeat")
    corpus = (ROOT / "experiments" / "silver-blaze.txt").read_text(encoding="utf-8")
    (folder / "corpus.txt").write_text(3 * corpus, encoding="utf-8")
    (folder / "he.txt").write_text("He took his hat. The man said that he was late.\n" * 2)
    (folder / "she.txt").write_text("She took her hat. A woman said that she was late.\n" * 2)
    (folder / "task.tsv").write_text("prompt\tanswer\tfoil\nThe men\t were\t was\nIt\t were\t was\n")
    basis = excise.fit(model, excise.bundled_text(), hook="blocks.3.mlp.hook_pre", components=2)
    basis.save(folder / "basis.safetensors")
    excise.Edit("blocks.3.mlp.hook_pre", basis, components=[1], strength=0.5).save(
        folder / "edit.toml")
    excise.concept.fit(model, **SMALL).save(folder / "fitted")
    return folder


def content(folder):
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    results = json.loads(found["results.json"])
    results["manifest"].pop("timings", None)
    return found | {"results.json": results}


@pytest.mark.parametrize("name, arguments", list(cases()))
def test_what_is_saved_runs_again(model, files, tmp_path, name, arguments):
    function, given, _ = TABLE[name]
    values = {key: value(files) if callable(value) else value
              for key, value in (given | arguments).items()}
    first = function(model, **values).save(tmp_path / "first")
    again = excise.run(first / "experiment.toml").save(tmp_path / "again")
    one, other = content(first), content(again)
    same = one.keys()
    if isinstance(values.get("basis"), sklearn.base.BaseEstimator):
        # The first folder holds the basis, which was in no file; again, it is a file elsewhere.
        assert one.keys() - other.keys() == {"basis.safetensors"}
        same = {"arrays.safetensors", "layers.csv", "tokens.csv"}
    else:
        assert one.keys() == other.keys()
    for file in same:
        assert one[file] == other[file], file


@pytest.mark.parametrize("reading", [{"bos": "always"}, {"bos": "never"}, {"special_tokens": "text"}])
@pytest.mark.parametrize("name", TABLE)
def test_how_texts_are_read_is_the_models_and_stands_in_the_file(files, tmp_path, name, reading):
    function, given, _ = TABLE[name]
    values = {key: value(files) if callable(value) else value for key, value in given.items()}
    model = excise.load("baker-7m", **reading)
    first = function(model, **values).save(tmp_path / "first")
    again = excise.run(first / "experiment.toml").save(tmp_path / "again")
    one, other = content(first), content(again)
    assert one == other and one["results.json"]["manifest"]["spec"].items() >= reading.items()


@pytest.mark.parametrize("name", TABLE)
def test_no_argument_is_forgotten(name):
    """One that is new joins the table."""
    function, given, _ = TABLE[name]
    used = set(given).union(*(case.values[1] for case in cases() if case.values[0] == name))
    assert used == set(inspect.signature(function).parameters) - {"model", "progress"}
