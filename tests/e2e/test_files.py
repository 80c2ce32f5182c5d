"""The result folder agrees with itself and is whole, also where there is little to say."""
import socket

import numpy as np
import pytest
from support import (GOLDEN, ROOT, excise, ids_option, read_csv, read_results, read_safetensors,
                     write_safetensors)

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


def test_folder_is_complete_and_agrees(tmp_path):
    out = tmp_path / "out"
    done, results, arrays = sweep(out, BAKER, "--text", "He said, \"Caf\u00e9?\"\nAnd: \u8336!",
                                  "--layers", "2-4")
    assert sorted(path.name for path in out.iterdir()) == [
        "arrays.safetensors", "experiment.toml", "layers.csv", "report.html", "results.json", "tokens.csv"]
    assert results["schema"] == "excise.results/2"
    assert arrays["layers"].tolist() == [2, 3, 4]
    tokens = len(arrays["ids"])
    rows = read_csv(out / "tokens.csv")
    assert len(rows) == 3 * 3 * tokens
    for row in rows:
        name = "delta_logprob" + ("" if row["branch"] == "removal" else "_" + row["branch"])
        position = int(row["position"])
        delta = arrays[name][int(row["layer"]) - 2, position]
        assert float(row["delta"]) == delta
        assert int(row["token_id"]) == arrays["ids"][position]
        if position > 0:
            clean, edited = float(row["logprob_clean"]), float(row["logprob_edited"])
            assert clean == arrays["logprob_clean"][position]
            assert clean - edited == pytest.approx(delta, abs=1e-12)
    assert "".join(row["token"] for row in rows[:tokens]).startswith('He said, "Caf')
    layers = read_csv(out / "layers.csv")
    assert [(row["layer"], row["branch"]) for row in layers] == [
        (layer, branch) for layer in "234" for branch in ("removal", "removed", "empty", "interaction")]
    for row in layers:
        summary = results["layers"][int(row["layer"]) - 2]
        part = {"removal": summary, "removed": summary["removed_branch"],
                "empty": summary["empty_branch"],
                "interaction": summary["interaction"]}[row["branch"]]
        for column in ("t", "p", "mean", "sd"):
            assert float(row[column]) == part["default_n"][column]
        first = arrays["delta_logprob"][int(row["layer"]) - 2]
        if row["branch"] == "removal":
            assert float(row["mean"]) == pytest.approx(first[1:].mean(), abs=1e-12)
            assert part["kl_mean"] == pytest.approx(
                arrays["kl"][int(row["layer"]) - 2].mean(), abs=1e-12)
    assert results["summary"].split()[0] in done.out


def test_no_private_names(tmp_path):
    sweep(tmp_path / "out", TINY, "--ids", "1,2,3")
    text = (tmp_path / "out" / "results.json").read_text()
    assert str(tmp_path) not in text and str(ROOT) not in text
    assert socket.gethostname() not in text


@pytest.mark.parametrize("name", ["attn.c_attn.weight", "attn.c_proj.bias", "ln_2.weight",
                                  "mlp.c_fc.weight", "mlp.c_proj.weight"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_weight_that_is_no_number_is_named(tmp_path, name, bad):
    arrays = read_safetensors(TINY / "model.safetensors")
    tensor = next(key for key in arrays if key.endswith("h.2." + name))
    arrays[tensor] = arrays[tensor].copy()
    arrays[tensor].flat[7] = bad
    write_safetensors(tmp_path / "model.safetensors", arrays)
    (tmp_path / "config.json").write_bytes((TINY / "config.json").read_bytes())
    for executor in ("wavefront", "naive"):
        done = excise("sweep", tmp_path, "--ids", "1,2,3", "--executor", executor,
                      "--out", tmp_path / "out", code=3)
        assert tensor in done.err and "element 7" in done.err, done.err
    assert not (tmp_path / "out").exists()


def test_one_token_says_why_there_is_no_test(tmp_path):
    done, results, arrays = sweep(tmp_path / "out", TINY, "--ids", "7")
    for layer in results["layers"]:
        assert layer["default_n"]["t"] is None and layer["default_n"]["q"] is None
        assert "token" in layer["default_n"]["reason"]
    assert results["share_vs_t_default_n"]["pearson_r"] is None
    assert "token" in results["summary"] and "nan" not in done.out.lower()
    assert arrays["cos_clean"].shape == (0, 0)


CELLS = ("removed_branch", "empty_branch", "interaction", "undone", "cells")


def test_identity_has_one_cell(tmp_path):
    _, results, arrays = sweep(tmp_path / "out", TINY, "--ids", "7,8,9,1", "--preset", "pca")
    assert all(results["layers"][0][key] is None for key in CELLS)
    assert not arrays["delta_logprob_empty"].any() and "delta_logprob_removed" not in arrays


def test_the_preset_alone(tmp_path):
    _, results, arrays = sweep(tmp_path / "out", TINY, "--ids", "7,8,9,1", "--cells", "preset")
    assert all(results["layers"][0][key] is None for key in CELLS)
    assert "delta_logprob_empty" not in arrays and "delta_logprob_removed" not in arrays
    # As an experiment file of earlier versions says it.
    old = (tmp_path / "out" / "experiment.toml").read_text().replace(
        'cells = "preset"', "empty_branch = false")
    assert "empty_branch" in old
    (tmp_path / "old.toml").write_text(old)
    excise("run", tmp_path / "old.toml", "--out", tmp_path / "again")
    again = read_safetensors(tmp_path / "again" / "arrays.safetensors")
    assert again.keys() == arrays.keys()
    (tmp_path / "both.toml").write_text(old + 'cells = "all"\n')
    done = excise("run", tmp_path / "both.toml", "--out", tmp_path / "both", code=2)
    assert "cells" in done.err and "empty_branch" in done.err


def test_sign_flips_follow_the_seed(tmp_path):
    def p_values(out, seed):
        _, results, _ = sweep(tmp_path / out, TINY, "--ids", ids_option(range(30)), "--seed", seed)
        return [layer["sign_flip_p"] for layer in results["layers"]]
    assert p_values("a", 1) == p_values("b", 1)
    assert p_values("a2", 1) != p_values("c", 2)
    assert all(0 < p <= 1 for p in p_values("d", 3))


def test_detail_layer(tmp_path):
    _, results, arrays = sweep(tmp_path / "out", TINY, "--ids", "7,8,9,1", "--detail-layer", 1,
                               "--layers", "1,3")
    assert arrays["a_edited_l1"].shape == arrays["a_clean_l1"].shape == (4, 192)
    change = (np.linalg.norm(arrays["a_edited_l1"] - arrays["a_clean_l1"])
              / np.linalg.norm(arrays["a_clean_l1"]))
    assert change == pytest.approx(results["layers"][0]["value_change"], rel=1e-4)
