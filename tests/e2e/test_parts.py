"""`sweep --parts`: where effects arise, and that its files say the same."""
import csv

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, ids_option, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
FAMILIES = ROOT / "tests" / "families" / "references"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5])


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--parts", "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


def test_shares_add_up_in_every_file(tmp_path):
    done, results, arrays = sweep(tmp_path / "a", BAKER, "--preset", "pca", "--controls", "norm-matched=5")
    shares, effects = arrays["parts"], arrays["delta_logprob"]
    assert shares.shape == (12, 25, effects.shape[1])
    assert shares.sum(axis=1) == pytest.approx(effects, abs=1e-3)
    # Nothing arises in front of the edit, and at the last layer all is its own.
    for layer in range(12):
        assert not shares[layer, 1:2 * layer + 3].any()
    assert arrays["direct_logprob"][11] == pytest.approx(effects[11], abs=1e-4)
    with open(tmp_path / "a" / "parts.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 * 25
    for row, layer in enumerate(results["layers"]):
        parts = layer["parts"]
        means = [share["mean"] for share in parts["shares"]]
        assert means == pytest.approx(shares[row, :, 1:].mean(axis=1), abs=1e-12)
        assert [float(one["mean"]) for one in rows[25 * row:25 * row + 25]] == pytest.approx(means)
        assert parts["direct"]["mean"] == pytest.approx(arrays["direct_logprob"][row, 1:].mean())
        assert parts["controls"]["norm-matched"]["direct"]["n"] == 5
        low, high = parts["direct"]["ci95"]
        assert (parts["repair"] is not None) == (low > 0 or high < 0) or layer["layer"] == 11
        if parts["repair"] is not None:
            assert parts["repair"] == pytest.approx(
                1 - effects[row, 1:].mean() / arrays["direct_logprob"][row, 1:].mean())
    assert "arise from what the edit itself writes" in results["summary"]
    assert "Where the effect arises" in done.out
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    assert (tmp_path / "b" / "parts.csv").read_bytes() == (tmp_path / "a" / "parts.csv").read_bytes()
    assert "Where does the effect arise?" in (tmp_path / "a" / "report.html").read_text()
    # A result with them is replaced like another.
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b", "--force")


@pytest.mark.parametrize("model, place", [(TINY, "hook_resid_pre"), (TINY, "hook_attn_out"),
                                          (FAMILIES / "gpt_neox", "hook_z"),
                                          (FAMILIES / "gemma2", "hook_post")])
def test_executors_agree(tmp_path, model, place):
    ids = IDS if model == TINY else ids_option([5, 30, 17, 17, 1, 0, 42])
    _, _, fast = sweep(tmp_path / "fast", model, "--ids", ids, "--at", place)
    _, _, slow = sweep(tmp_path / "slow", model, "--ids", ids, "--at", place, "--executor", "naive")
    for name in ("parts", "direct_logprob"):
        assert fast[name] == pytest.approx(slow[name], abs=1e-3)


def test_a_limit_of_memory_changes_nothing(tmp_path):
    _, _, whole = sweep(tmp_path / "whole", BAKER, "--layers", "0-5")
    _, results, limited = sweep(tmp_path / "limited", BAKER, "--layers", "0-5", "--memory-limit", "66M")
    assert results["manifest"]["passes"] > 1
    assert limited["parts"] == pytest.approx(whole["parts"], abs=1e-4)


def test_without_it_nothing_is_said(tmp_path):
    done = excise("sweep", TINY, "--ids", IDS, "--out", tmp_path / "a")
    assert "Where the effect arises" not in done.out and not (tmp_path / "a" / "parts.csv").exists()
    assert "parts" not in read_results(tmp_path / "a")["layers"][0]


def test_rounded_products_are_refused(tmp_path):
    refused = excise("sweep", TINY, "--ids", IDS, "--parts", "--compute", "bf16-emulated", "--out",
                     tmp_path / "a", code=2)
    assert "parts: expected compute f32" in refused.err
