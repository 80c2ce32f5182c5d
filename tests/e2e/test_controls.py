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
    done, results, arrays = sweep(
        tmp_path / "out", BAKER, "--controls", ",".join(f"{name}=20" for name in NAMES))
    assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"]
    for row, layer in enumerate(results["layers"]):
        real = layer["default_n"]["mean"]
        assert list(layer["controls"]) == list(NAMES)
        for name, control in layer["controls"].items():
            means = np.array(control["mean"])
            stored = arrays["control_mean_" + name.replace("-", "_")]
            assert stored.shape == (12, 20)
            assert np.array_equal(stored[row], means)
            assert control["p"] == pytest.approx(((means >= real).sum() + 1) / 21)
            assert control["percentile"] == pytest.approx(100 * (means < real).mean())
            assert len(control["t"]) == control["repeats"] == 20
            assert means.std() > 0
    for name in NAMES:
        beyond = [layer["layer"] for layer in results["layers"]
                  if layer["controls"][name]["p"] < 0.05]
        assert results["headline"]["controls"][name]["layers_beyond"] == beyond
        assert f"{len(beyond)} of 12 layers" in results["summary"].replace("\n", " ")
    # At layer 0 this removal is worse than all of them (docs/method.md, section 5).
    assert all(results["layers"][0]["controls"][name]["percentile"] == 100 for name in NAMES)
    assert "norm-matched" in done.out and "beyond" in done.out


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
                  "--controls", "norm-matched=1", "--out", tmp_path / "out")
    assert "norm-matched" in done.out
