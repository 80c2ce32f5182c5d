"""A scan over components is what the same removals give one by one."""
import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, ids_option, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
# One removal is a smaller product than a scan, and the order of a product's float32 sums is free.
ROUNDED = 1e-5
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5])


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.mark.parametrize("mode, sets", [("each", ["0", "1", "3"]),
                                        ("cumulative", ["0", "0,1", "0,1,3"])])
def test_steps_are_the_single_removals(tmp_path, mode, sets):
    done, results, arrays = sweep(tmp_path / "scan", TINY, "--ids", IDS, "--remove",
                                  f"{mode}:0,1,3")
    assert results["scan"]["mode"] == mode and results["scan"]["components"] == [0, 1, 3]
    assert arrays["scan_mean"].shape == (4, 3)
    for step, components in enumerate(sets):
        _, one, _ = sweep(tmp_path / components, TINY, "--ids", IDS, "--remove", components)
        for row, layer in enumerate(one["layers"]):
            cell = results["layers"][row]["scan"][step]
            assert cell["components"] == [int(c) for c in components.split(",")]
            assert cell["share"] == pytest.approx(layer["share"], abs=1e-9)
            assert cell["mean"] == pytest.approx(layer["default_n"]["mean"], abs=ROUNDED)
            assert cell["t"] == pytest.approx(layer["default_n"]["t"], rel=1e-3, abs=1e-3)
            for name in ("mean", "t", "q", "share"):
                assert arrays[f"scan_{name}"][row, step] == cell[name]
    # One family: q of all cells together.
    p = np.array([[c["p"] for c in layer["scan"]] for layer in results["layers"]]).ravel()
    q = np.array([[c["q"] for c in layer["scan"]] for layer in results["layers"]]).ravel()
    order = np.argsort(p)
    expected = np.minimum.accumulate((p[order] * p.size / np.arange(1, p.size + 1))[::-1])[::-1]
    assert q[order] == pytest.approx(expected)
    # The removal is one of the cells and has one q.
    for layer in results["layers"]:
        assert layer["default_n"]["q"] == layer["scan"][0]["q"]
    assert ("scan_share_vs_effect" in results["layers"][0]) == (mode == "each")
    assert "grid" in done.out


def test_share_against_effect_within_a_layer(tmp_path):
    _, results, arrays = sweep(tmp_path / "a", BAKER, "--preset", "pca", "--layers", "0-2",
                               "--remove", "each:0-9")
    for row, layer in enumerate(results["layers"]):
        r = np.corrcoef(arrays["scan_share"][row], arrays["scan_mean"][row])[0, 1]
        assert layer["scan_share_vs_effect"]["pearson_r"] == pytest.approx(r)
        assert layer["scan_share_vs_effect"]["n"] == 10
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    again = read_safetensors(tmp_path / "b" / "arrays.safetensors")
    assert np.array_equal(arrays["scan_mean"], again["scan_mean"])


def test_anatomy_against_the_weights(tmp_path):
    _, results, arrays = sweep(tmp_path / "out", BAKER, "--remove", "1,0", "--layers", "0,5")
    model = read_safetensors(BAKER / "model.safetensors")
    weights = {name.removeprefix("transformer."): value.astype(float)
               for name, value in model.items()}
    for row, layer in enumerate(results["layers"]):
        assert [one["component"] for one in layer["anatomy"]] == [0, 1]
        one = layer["anatomy"][1]  # u0 and v0 are of the first one named
        u, v = arrays["u0"][row], arrays["v0"][row]
        assert one["sink_share"] == pytest.approx(u[0] ** 2, abs=1e-9)
        assert one["v_participation"] == pytest.approx(1 / (v ** 4).sum())
        top = one["top_neurons"]
        assert [t["neuron"] for t in top] == list(np.argsort(-np.abs(v))[:10])
        assert top[0]["weight"] == pytest.approx(v[top[0]["neuron"]])
        written = v @ weights[f"h.{layer['layer']}.mlp.c_proj.weight"]
        scores = weights["wte.weight"] @ (written * weights["ln_f.weight"])
        for name, order in (("readout_high", -scores), ("readout_low", scores)):
            best = np.argsort(order)[:10]
            assert [t["token_id"] for t in one[name]] == list(best)
            assert [t["score"] for t in one[name]] == pytest.approx(scores[best], abs=1e-4)
            assert all(isinstance(t["token"], str) for t in one[name])
        assert one["dormant_share"] is None
