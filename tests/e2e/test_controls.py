"""Controls: what the removal of anything else of the same kind does."""
import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, ids_option, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256])
NAMES = ("random-rank", "norm-matched", "neuron-shuffle")


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


def test_every_control_of_every_layer(tmp_path):
    swept = np.array([4, 8, 11])
    _, results, arrays = sweep(
        tmp_path / "out", BAKER, "--layers", "4,8,11", "--controls", ",".join(NAMES))
    assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"]
    cells = {"": (lambda layer: layer, results["headline"]),
             "_removed": (lambda layer: layer["removed_branch"], results["headline"]["removed"])}
    for suffix, (cell, headline) in cells.items():
        for name in NAMES:
            stored = arrays["control_mean_" + name.replace("-", "_") + suffix]
            assert stored.shape == (3, 40)
            real = np.array([cell(layer)["default_n"]["mean"] for layer in results["layers"]])
            controls = [cell(layer)["controls"][name] for layer in results["layers"]]
            assert np.array_equal(stored, [control["mean"] for control in controls])
            assert [c["edit_mean"] for c in controls] == real.tolist()
            assert [c["percentile"] for c in controls] == pytest.approx(
                100 * (stored < real[:, None]).mean(axis=1))
            if name == "neuron-shuffle":  # a description
                assert all(c["p_two_sided"] is c["p_max"] is c["standing"] is None
                           for c in controls)
                assert headline["controls"][name] == {"repeats": 40}
                continue
            above = (stored >= real[:, None]).sum(axis=1)
            below = (stored <= real[:, None]).sum(axis=1)
            p = np.minimum(1, 2 * (1 + np.minimum(above, below)) / 41)
            assert [c["p_two_sided"] for c in controls] == pytest.approx(p)
            both = np.column_stack([real, stored])
            z = (both - both.mean(axis=1, keepdims=True)) / both.std(axis=1, ddof=1, keepdims=True)
            assert [c["z"] for c in controls] == pytest.approx(z[:, 0])
            largest = np.abs(z).max(axis=0)
            for c, own in zip(controls, np.abs(z[:, 0])):
                assert c["p_max"] == pytest.approx(((largest[1:] >= own).sum() + 1) / 41)
            counts = headline["controls"][name]
            assert counts["p_max"] == pytest.approx(((largest[1:] >= largest[0]).sum() + 1) / 41)
            for key, chosen in (("worse", (p < 0.05) & (above < below)), ("within", p >= 0.05),
                                ("less_harmful", (p < 0.05) & (below < above))):
                assert counts[f"layers_{key}"] == swept[chosen].tolist()
            assert counts["level"] == pytest.approx(2 / 41)
            assert counts["chance_layers"] == pytest.approx(6 / 41)
            assert counts["chance_any"] == pytest.approx(1 - (39 / 41) ** 3)


def test_draws_do_not_depend_on_the_others(tmp_path):
    _, _, both = sweep(tmp_path / "a", TINY, "--ids", IDS, "--controls",
                       "random-rank=2,norm-matched=5")
    _, _, one = sweep(tmp_path / "b", TINY, "--ids", IDS, "--layers", "1-2", "--controls",
                      "norm-matched=3")
    _, _, other = sweep(tmp_path / "c", TINY, "--ids", IDS, "--controls", "norm-matched=3",
                        "--seed", 1)
    shared = both["control_mean_norm_matched"][1:3, :3]
    assert np.abs(one["control_mean_norm_matched"] - shared).max() < 1e-5
    assert np.abs(other["control_mean_norm_matched"][1:3] - shared).max() > 1e-3


def test_executors_agree_and_the_file_repeats(tmp_path):
    options = ("--ids", IDS, "--preset", "pca", "--remove", "0,1", "--controls",
               "random-rank=2,norm-matched=2,neuron-shuffle=2")
    _, _, fast = sweep(tmp_path / "a", TINY, *options)
    _, _, naive = sweep(tmp_path / "b", TINY, *options, "--executor", "naive")
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "c")
    again = read_safetensors(tmp_path / "c" / "arrays.safetensors")
    for name in NAMES:
        key = "control_mean_" + name.replace("-", "_")
        assert np.abs(fast[key] - naive[key]).max() < 1e-5
        assert np.array_equal(fast[key], again[key])


def test_more_components_than_the_rank(tmp_path):
    done = excise("sweep", TINY, "--ids", "1,2,3", "--preset", "pca", "--remove", "0-1",
                  "--controls", "norm-matched=1", "--out", tmp_path / "out", code=2)
    assert "norm-matched" in done.err and "expected more than 2" in done.err


def test_elsewhere_is_another_place_of_the_same_size(tmp_path):
    _, results, arrays = sweep(tmp_path / "a", TINY, "--ids", IDS, "--preset", "pca", "--controls",
                               "norm-matched=5,elsewhere=40", "--parts")
    means = arrays["control_mean_elsewhere"]
    assert means.shape == (len(results["layers"]), 40) and len(np.unique(means)) == means.size
    for row, layer in enumerate(results["layers"]):
        control = layer["controls"]["elsewhere"]
        assert control["mean"] == means[row].tolist()
        above = (means[row] >= control["edit_mean"]).sum()
        below = (means[row] <= control["edit_mean"]).sum()
        assert control["p_two_sided"] == pytest.approx(min(1, 2 * (1 + min(above, below)) / 41))
        assert list(layer["parts"]["controls"]) == ["norm-matched"]
    assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"]
    assert "at other layers and hooks" in results["summary"]
    _, _, alone = sweep(tmp_path / "b", TINY, "--ids", IDS, "--preset", "pca", "--controls", "elsewhere=40")
    assert alone["control_mean_elsewhere"] == pytest.approx(means, abs=1e-6)
    for several in (("--text", "One text.", "--text", "Another text."),):
        refused = excise("sweep", "baker-7m", *several, "--controls", "elsewhere", "--out", tmp_path / "c", code=2)
        assert "control elsewhere: expected one text" in refused.err
    (tmp_path / "texts.jsonl").write_text('{"text": "One text of a corpus."}\n{"text": "And another."}\n')
    refused = excise("corpus", "baker-7m", tmp_path / "texts.jsonl", "--controls", "elsewhere", "--out", tmp_path / "c",
                     code=2)
    assert "control elsewhere" in refused.err and not (tmp_path / "c").exists()
