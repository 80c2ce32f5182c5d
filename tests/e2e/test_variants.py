"""`sweep --variants`: each is the sweep that one would type for it; and the checklist."""
import csv

import numpy as np
import pytest
from support import GOLDEN, excise, ids_option, read_results, read_safetensors

TINY = GOLDEN / "tiny-gpt2"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5])
# Each branch is another product, whose float32 sums have an order of their own.
ROUNDED = 2e-5


def sweep(out, *arguments, model=TINY):
    done = excise("sweep", model, "--ids", IDS, *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.mark.parametrize("variant, options", [
    ("means_published", ("--preset", "published")),
    ("means_worded", ("--centre", "none", "--restore", "neuron")),
    ("without_first", ("--preset", "pca", "--skip-first")),
    ("next_components", ("--preset", "pca", "--remove", "1")),
    ("keep_only", ("--preset", "pca", "--remove", ",".join(map(str, range(1, 11))))),
    ("none_kept", ("--preset", "pca", "--remove", ",".join(map(str, range(11))))),
])
def test_variants_are_sweeps_of_their_own(tmp_path, variant, options):
    _, _, all_of_them = sweep(tmp_path / "a", "--preset", "pca", "--variants", "keep-only,robustness")
    _, _, one = sweep(tmp_path / "b", *options)
    assert all_of_them["delta_logprob_" + variant] == pytest.approx(one["delta_logprob"], abs=ROUNDED)


def test_files_say_the_same(tmp_path):
    done, results, arrays = sweep(tmp_path / "a", "--preset", "pca", "--variants", "robustness")
    with open(tmp_path / "a" / "variants.csv", newline="") as file:
        rows = {(row["layer"], row["variant"]): row for row in csv.DictReader(file)}
    for row, layer in enumerate(results["layers"]):
        effects = arrays["delta_logprob"][row, 1:]
        half = len(effects) // 2
        means = {"first_half": effects[:half].mean(), "second_half": effects[half:].mean(),
                 "without_first": arrays["delta_logprob_without_first"][row, 2:].mean(),
                 "strength_half": arrays["delta_logprob_strength_half"][row, 1:].mean()}
        for variant, mean in means.items():
            assert layer["variants"][variant]["mean"] == pytest.approx(mean)
            assert float(rows[str(layer["layer"]), variant]["mean"]) == pytest.approx(mean)
    assert "same verdict" in done.out and "other choices" in results["summary"]
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    for name in ("variants.csv", "arrays.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_visible_is_what_the_output_matrix_reads(tmp_path):
    _, results, arrays = sweep(tmp_path / "a", "--at", "hook_post", "--preset", "pca", "--layers", "1",
                               "--variants", "visible")
    weights = read_safetensors(TINY / "model.safetensors")
    name = next(name for name in weights if name.endswith("h.1.mlp.c_proj.weight"))
    q, _ = np.linalg.qr(weights[name].astype(np.float64))
    v = arrays["v0"][0]
    seen = q @ (q.T @ v)
    # As many dimensions as neurons would be seen whole.
    assert 0 < np.linalg.norm(seen) < 1
    assert results["layers"][0]["variants"]["visible"]["n"] == 11
    refused = excise("sweep", TINY, "--ids", IDS, "--variants", "visible", "--out", tmp_path / "b", code=2)
    assert "hook_post" in refused.err


@pytest.mark.parametrize("wrong", ["keep", "keep-only,keep-only", "robust,visible"])
def test_unknown_variants_are_refused(tmp_path, wrong):
    refused = excise("sweep", TINY, "--ids", IDS, "--variants", wrong, "--out", tmp_path / "a", code=2)
    assert "--variants takes" in refused.err and not (tmp_path / "a").exists()


def test_evidence_asks_all_and_says_how_long(tmp_path):
    done, results, _ = sweep(tmp_path / "a", "--preset", "pca", "--evidence", "--layers", "0-1")
    assert "Evidence: " in done.err and "about" in done.err
    asked = {item["id"]: item["asked"] for item in results["checklist"]}
    assert asked == {"controls": True, "places": True, "mean": True, "parts": True, "enough": True, "swap": False,
                     "choices": True, "constant": True, "tokens": True, "texts": False, "held_out": False}
    assert "not asked: a swap with a paired text; several texts; a basis fitted on other text" in results["summary"]
    check = excise("report", tmp_path / "a", "--check")
    for item in results["checklist"]:
        assert item["question"] in check.out
        assert (item["outcome"] if item["asked"] else "not asked: " + item["option"]) in check.out
    # What it stands for is what the experiment says.
    toml = (tmp_path / "a" / "experiment.toml").read_text()
    assert "evidence" not in toml and "norm-matched = 40" in toml and "elsewhere = 20" in toml and "parts = true" in toml
    assert "What would a reviewer ask?" in (tmp_path / "a" / "report.html").read_text()


def test_a_plain_sweep_says_what_was_not_asked(tmp_path):
    _, results, _ = sweep(tmp_path / "a")
    assert [item["id"] for item in results["checklist"] if item["asked"]] == ["mean", "tokens"]
    assert "[ ]" in excise("report", tmp_path / "a", "--check").out
