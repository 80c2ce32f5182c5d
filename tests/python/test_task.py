"""excise.task and excise.sweep(model, task=...): the program's numbers, and a file or rows alike."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import excise

CORPUS = ROOT / "experiments" / "silver-blaze.txt"
ROWS = [{"prompt": "The men", "answer": " were", "foil": " was", "group": "plural"},
        {"prompt": "The man", "answer": " was", "foil": " were", "group": "singular"},
        {"prompt": "The windows of the house", "answer": " were", "foil": " was", "group": "plural"},
        {"prompt": "It", "answer": " were", "foil": " was", "group": "singular"}]
OPTIONS = {"corpus": CORPUS, "preset": "pca", "layers": [0, 5], "permutations": 50}


PROGRAM = pathlib.Path(sys.executable).parent / "excise"


@pytest.fixture(scope="module")
def swept(model):
    return excise.sweep(model, task=ROWS, **OPTIONS)


def content(result, folder):
    """Every file but the report, whose page has no order of its own."""
    result.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".html"}


def test_arrays_are_the_tables_and_the_tests(swept):
    assert swept.kind == "task" and swept.json["task"]["prompts"] == 4
    arrays = swept.arrays
    assert arrays["layers"].tolist() == [0, 5] and arrays["line"].tolist() == [1, 2, 3, 4]
    assert arrays["effect"].shape == arrays["solved_after"].shape == (2, 4)
    np.testing.assert_array_equal(arrays["effect"], arrays["metric_clean"] - arrays["metric_edited"])
    np.testing.assert_array_equal(arrays["solved_before"], arrays["metric_clean"] > 0)
    np.testing.assert_array_equal(arrays["solved_after"], arrays["metric_edited"] > 0)
    np.testing.assert_array_equal(arrays["tested"], arrays["solved_before"])
    table = swept.table("task_prompts.csv")
    by_layer = np.array(table["effect"]).reshape(4, 2).T
    np.testing.assert_allclose(arrays["effect"], by_layer, rtol=1e-6)
    assert 0 < arrays["tested"].sum() < 4


def test_rows_are_what_a_file_of_them_is(model, swept, tmp_path):
    heading = list(ROWS[0])
    (tmp_path / "t.tsv").write_text("".join("\t".join(fields) + "\n" for fields in
                                            [heading, *([row[key] for key in heading] for row in ROWS)]))
    of_file = excise.sweep(model, task=tmp_path / "t.tsv", **OPTIONS)
    assert of_file.json["layers"] == swept.json["layers"]
    assert "task.jsonl" in swept.files and "task.jsonl" not in of_file.files
    for result in (swept, of_file):
        written = [name for name in result.manifest["files"] if name != "report.html"]
        assert sorted(written) == sorted(set(result.files) - {"report.html"})


def test_the_program_gives_the_same(model, tmp_path):
    task = ROOT / "experiments" / "tasks" / "agreement-baker.tsv"
    ours = excise.sweep(model, task=task, all_prompts=True, controls={"random_rank": 3}, **OPTIONS)
    subprocess.run([PROGRAM, "sweep", "baker-7m", "--task", task, "--all-prompts", "--corpus", CORPUS,
                    "--preset", "pca", "--layers", "0,5", "--permutations", "50", "--controls",
                    "random-rank=3", "--out", tmp_path / "out", "--quiet"], check=True)
    theirs = excise.load_result(tmp_path / "out")
    assert ours.arrays["tested"].all() and len(ours.arrays["line"]) == 56
    np.testing.assert_array_equal(ours.arrays["effect"], theirs.arrays["effect"])
    assert set(ours.json) == set(theirs.json)
    for key in set(ours.json) - {"manifest"}:  # its options name other threads and paths
        assert ours.json[key] == theirs.json[key], key
    assert ours.json["layers"][0]["controls"]["random-rank"]["repeats"] == 3


def test_how_it_is_shown(swept):
    assert "solved by the clean model" in swept.summary and "--" not in swept.summary
    assert "controls random-rank,norm-matched would tell how much" in swept.summary
    page = swept._repr_html_()
    assert "nats a prompt" in page and f"{swept.json['layers'][0]['default_n']['mean']:.4f}" in page
    assert list(swept.layers["layer"]) == [0, 0, 0, 5, 5, 5]  # all, and the two groups
    assert "task of baker-7m" in repr(swept)


def test_it_runs_again(model, swept, tmp_path):
    first = content(swept, tmp_path / "first")
    again = excise.run(tmp_path / "first" / "experiment.toml", model)
    np.testing.assert_array_equal(again.arrays["effect"], swept.arrays["effect"])
    assert again.json["layers"] == swept.json["layers"]
    assert excise.run(swept).json["layers"] == swept.json["layers"]
    assert [json.loads(line) for line in first["task.jsonl"].decode().splitlines()] == ROWS


def test_a_basis_of_python(model, tmp_path):
    basis = excise.fit(model, CORPUS, hook="blocks.*.mlp.hook_pre", components=1)
    result = excise.sweep(model, task=ROWS, basis=basis, layers=[0, 5], permutations=50)
    assert result.json["basis_source"] == "file" and "basis.safetensors" in result.manifest["files"]
    result.save(tmp_path / "out")
    again = excise.run(tmp_path / "out" / "experiment.toml", model)
    np.testing.assert_array_equal(again.arrays["effect"], result.arrays["effect"])


def test_answers_alone(model):
    rows = [{"prompt": "I am", "answer": " not"}, {"prompt": "I am", "answer": " sure", "foil": None}]
    result = excise.sweep(model, task=rows, all_prompts=True, **OPTIONS)
    assert result.arrays["solved_before"].tolist() == [1, 0]
    assert result.arrays["solved_after"][0].tolist() == [0, 1]


def test_a_listing_is_the_programs(model, tmp_path):
    rows = [*ROWS, {"prompt": "He shook his", "answer": " head", "foil": " head", "group": "same"},
            {"prompt": "I am", "answer": " not"}]
    facts = excise.task(model, rows)
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = subprocess.run([PROGRAM, "task", "baker-7m", tmp_path / "t.jsonl", "--json"], check=True,
                          capture_output=True, text=True)
    assert facts == excise.task(model, tmp_path / "t.jsonl") == json.loads(done.stdout)
    assert [one["line"] for one in facts["refused"]] == [5] and facts["measured"] == 5
    assert facts["solved"] == sum(prompt["solved"] for prompt in facts["prompts"])
    for prompt in facts["prompts"]:  # against the model's own forward pass
        ids = prompt["prompt"]["ids"] + prompt["answer"]["ids"]
        assert ids == model.encode("".join(rows[prompt["line"] - 1][key] for key in ("prompt", "answer"))).tolist()
        logits = model(ids).astype(np.float64)
        logprobs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        start = len(prompt["prompt"]["ids"])
        expected = sum(logprobs[i - 1, ids[i]] for i in range(start, len(ids)))
        assert prompt["logprob_answer"] == pytest.approx(expected, abs=1e-4)


def test_a_listing_says_why_not(model):
    with pytest.raises(excise.BadInputError, match="prompts: expected a file, or rows"):
        excise.task(model, [])
    with pytest.raises(excise.BadInputError, match="16777216 bytes as JSON lines"):
        excise.task(model, [{"prompt": "A" * (16 << 20), "answer": " b"}])
    with pytest.raises(excise.BadFileError, match="line 2"):
        excise.task(model, [ROWS[0], {"prompt": "The \ud800", "answer": " was"}])
    with pytest.raises(excise.IoError, match="nowhere.tsv"):
        excise.task(model, "nowhere.tsv")


@pytest.mark.parametrize("options, words", [
    ({"task": ROWS, "text": "A text."}, "text: expected none beside a task"),
    ({"task": ROWS, "detail_layer": 3}, "detail_layer: expected none beside a task"),
    ({"task": []}, "task: expected a file, or rows with prompt and answer"),
    ({"task": ["The men"]}, "row 1: expected a dict with prompt and answer"),
    ({"task": [{"prompt": "A", "answer": 5}]}, "row 1, answer: expected a string or None, got 5"),
    ({"task": [{"prompt": "The men"}]}, "the keys prompt and answer"),
    ({"task": ROWS, "corpus": None}, "corpus FILE fits it on a text"),
    ({"task": ROWS, "variants": ["keep-only"]}, "variants: expected a removal alone"),
    ({"task": None, "all_prompts": True}, "all_prompts: expected a task beside it"),
    ({"task": [*ROWS, {"prompt": "I am", "answer": " not"}]}, "expected a foil, as line 1 has, got none")])
def test_refused(model, options, words):
    with pytest.raises(excise.Error) as error:
        excise.sweep(model, **(OPTIONS | options))
    assert words in str(error.value) and "--" not in str(error.value)


def test_a_basis_that_is_not_fitted_yet_is_refused(model):
    from sklearn.decomposition import PCA

    with pytest.raises(excise.BadInputError, match="one that is fitted elsewhere"):
        excise.sweep(model, task=ROWS, basis=PCA(3))
