"""The 2 x 2 of a removal: what is taken out, the mean that is exchanged, and both."""
import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
CONTROLS = "random-rank=5,norm-matched=5"


def sweep(out, *arguments):
    excise("sweep", BAKER, *arguments, "--out", out)
    return read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return sweep(tmp_path_factory.mktemp("cells") / "out", "--detail-layer", "3", "--remove",
                 "0,2", "--controls", CONTROLS)


def test_each_cell_is_a_sweep_of_its_own(published, tmp_path):
    results, arrays = published
    options = ("--centre", "none", "--restore", "none", "--remove", "0,2", "--controls", CONTROLS)
    alone, removed = sweep(tmp_path / "removed", *options)
    assert removed["delta_logprob"] == pytest.approx(arrays["delta_logprob_removed"], abs=1e-5)
    assert removed["drift"] == pytest.approx(arrays["drift_removed"], rel=1e-4, abs=1e-4)
    # So are its controls, which share their random numbers with those of the preset.
    for name in ("random_rank", "norm_matched"):
        assert removed[f"control_mean_{name}"] == pytest.approx(
            arrays[f"control_mean_{name}_removed"], abs=1e-5)
    for layer, own in zip(results["layers"], alone["layers"]):
        assert layer["removed_branch"]["value_change"] == pytest.approx(own["value_change"],
                                                                       abs=1e-6)
    preset, only = sweep(tmp_path / "preset", "--remove", "0,2", "--cells", "preset")
    assert only["delta_logprob"] == pytest.approx(arrays["delta_logprob"], abs=1e-5)
    assert preset["audit"]["edits_expected"] == 12 + 1


def test_tests_of_the_cells(published):
    results, arrays = published
    inside = {name: arrays["delta_logprob" + name][:, 1:] for name in ("", "_removed", "_empty")}
    interaction = inside[""] - inside["_removed"] - inside["_empty"]
    for row, layer in enumerate(results["layers"]):
        for name, test in (("", layer), ("_removed", layer["removed_branch"]),
                           ("_empty", layer["empty_branch"])):
            assert test["default_n"]["mean"] == pytest.approx(inside[name][row].mean())
        d = interaction[row]
        test = layer["interaction"]["default_n"]
        assert test["mean"] == pytest.approx(d.mean())
        assert test["t"] == pytest.approx(d.mean() / d.std(ddof=1) * np.sqrt(d.size))


def test_share_undone_has_fiellers_interval(published):
    results, arrays = published
    shares = 0
    for row, layer in enumerate(results["layers"]):
        cost = layer["removed_branch"]["default_n"]
        undone = layer["undone"]
        if cost["ci95"][0] <= 0:
            assert undone["share"] is None and "costs nothing" in undone["reason"]
            continue
        shares += 1
        preset, removed = (arrays["delta_logprob" + name][row, 1:] for name in ("", "_removed"))
        assert undone["share"] == pytest.approx(1 - preset.mean() / removed.mean())
        # At the ends of the interval the mean of preset - r removed is just significant.
        limit = (cost["ci95"][1] - cost["mean"]) / cost["sd"] * np.sqrt(cost["n"])
        for share, sign in zip(undone["ci95"], (-1, 1)):
            rest = preset - (1 - share) * removed
            t = rest.mean() / rest.std(ddof=1) * np.sqrt(rest.size)
            assert t == pytest.approx(sign * limit, rel=1e-6)
    assert shares > 0
    assert results["headline"]["layers_undone"] == [
        layer["layer"] for layer in results["layers"] if layer["undone"]["share"] is not None]


def test_the_geometry_of_the_changes(published):
    results, arrays = published
    layer = results["layers"][3]
    a = arrays["a_clean_l3"].astype(float)
    u, s, v = np.linalg.svd(a, full_matrices=False)
    removed = -(u[:, [0, 2]] * s[[0, 2]]) @ v[[0, 2]]
    empty = np.repeat(a.mean(axis=1, keepdims=True), a.shape[1], axis=1)
    preset = removed + empty
    assert np.abs(a + preset - arrays["a_edited_l3"]).max() < 1e-4

    def cosine(x, y):
        return (x * y).sum() / np.linalg.norm(x) / np.linalg.norm(y)

    cells = layer["cells"]
    assert cells["cos_empty_removed"] == pytest.approx(cosine(empty, removed), abs=1e-6)
    assert cells["cos_empty_preset"] == pytest.approx(cosine(empty, preset), abs=1e-6)
    assert cells["cos_removed_preset"] == pytest.approx(cosine(removed, preset), abs=1e-6)
    ones = np.ones(a.shape[1]) / np.sqrt(a.shape[1])
    assert cells["restored_mean_in_removed"] == pytest.approx(
        np.linalg.norm(v[[0, 2]] @ ones), abs=1e-6)
    size = np.linalg.norm(a)
    for change, value in ((preset, layer), (removed, layer["removed_branch"]),
                          (empty, layer["empty_branch"])):
        assert value["value_change"] == pytest.approx(np.linalg.norm(change) / size, abs=1e-6)


def test_the_executors_agree(tmp_path):
    options = ("--text", "The dog did nothing in the night-time.", "--layers", "2,3",
               "--controls", CONTROLS)
    _, fast = sweep(tmp_path / "a", *options)
    _, naive = sweep(tmp_path / "b", *options, "--executor", "naive")
    assert fast.keys() == naive.keys()
    for name in fast:
        if "delta_logprob" in name or "control_mean" in name:
            assert fast[name] == pytest.approx(naive[name], abs=1e-4), name
