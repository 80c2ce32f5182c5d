"""Other hooks, some of the tokens, several layers at once."""
import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, ids_option, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5])
PLACES = {"hook_pre": "mlp.hook_pre", "hook_post": "mlp.hook_post",
          "hook_mlp_out": "hook_mlp_out", "hook_z": "attn.hook_z",
          "hook_attn_out": "hook_attn_out", "hook_resid_pre": "hook_resid_pre",
          "hook_resid_mid": "hook_resid_mid", "hook_resid_post": "hook_resid_post"}


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.mark.parametrize("place", PLACES)
def test_executors_agree_everywhere(tmp_path, place):
    options = ("--ids", IDS, "--at", place, "--preset", "pca", "--remove", "each:0-2",
               "--controls", "norm-matched=2", "--positions", "2-", "--together", "all;1,3")
    done, results, fast = sweep(tmp_path / "a", TINY, *options)
    _, _, naive = sweep(tmp_path / "b", TINY, *options, "--executor", "naive")
    assert fast.keys() == naive.keys()
    for name in ("delta_logprob", "scan_mean", "control_mean_norm_matched",
                 "delta_logprob_together"):
        assert np.abs(fast[name] - naive[name]).max() < 3e-5, name
        assert np.abs(fast[name]).max() > 1e-3, name
    assert results["manifest"]["hook"] == "blocks.{l}." + PLACES[place]
    width = 192 if "mlp.hook" in PLACES[place] else 48
    assert fast["v0"].shape == (4, width) and fast["a_clean_l2"].shape == (12, width)
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "c")
    again = read_safetensors(tmp_path / "c" / "arrays.safetensors")
    assert np.array_equal(fast["delta_logprob_together"], again["delta_logprob_together"])


def test_what_comes_into_a_block_went_out_of_the_one_before(tmp_path):
    into = sweep(tmp_path / "a", TINY, "--ids", IDS, "--at", "hook_resid_pre")[2]
    out_of = sweep(tmp_path / "b", TINY, "--ids", IDS, "--at", "hook_resid_post")[2]
    for name in ("delta_logprob", "kl", "drift"):
        assert np.abs(into[name][1:] - out_of[name][:-1]).max() < 3e-5, name
    # The state that is edited is one that drifts.
    assert (np.diagonal(into["drift"]) > 0).all()


@pytest.mark.parametrize("place", ["hook_z", "hook_resid_mid"])
def test_dormant_is_what_the_mlp_cannot_see(tmp_path, place):
    done = excise("sweep", TINY, "--ids", IDS, "--at", place, "--dormant-share",
                  "--out", tmp_path / "out", code=2)
    assert "dormant share" in done.err and "hook_pre or hook_post" in done.err


def test_the_same_place_by_other_names(tmp_path):
    arrays = []
    for i, name in enumerate(("hook_post", "mlp.hook_post", "blocks.*.mlp.hook_post",
                              "transformer.h.*.mlp.act", "h.*.mlp.act")):
        arrays.append(sweep(tmp_path / str(i), TINY, "--ids", IDS, "--at", name)[2])
    for other in arrays[1:]:
        assert np.array_equal(arrays[0]["delta_logprob"], other["delta_logprob"])


def test_only_the_chosen_tokens_are_edited(tmp_path):
    _, results, arrays = sweep(tmp_path / "out", TINY, "--ids", IDS, "--positions", "4,6-")
    assert results["tokens"]["edited_positions"] == [4, 6, 7, 8, 9, 10, 11]
    assert arrays["edited"].tolist() == [0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1]
    change = arrays["a_edited_l2"] - arrays["a_clean_l2"]
    assert not change[arrays["edited"] == 0].any()
    assert np.abs(change[arrays["edited"] == 1]).max(axis=1).min() > 0
    assert not arrays["delta_logprob"][:, :5].any() and arrays["delta_logprob"][:3, 5:].all()
    # Behind the last layer no token reads another, so token 6 is as it was.
    assert np.flatnonzero(arrays["delta_logprob"][3] == 0).tolist() == [0, 1, 2, 3, 4, 6]
    for row, layer in enumerate(results["layers"]):
        # Only tokens that the edit can reach are tested.
        assert layer["default_n"]["n"] == 7
        mean = arrays["delta_logprob"][row, 5:].mean()
        assert layer["default_n"]["mean"] == pytest.approx(mean)


def test_tokens_by_their_text(tmp_path):
    text = ("--text", "The dog did nothing, and the cat did nothing.")
    _, results, _ = sweep(tmp_path / "out", BAKER, *text, "--token-pattern", "^ d")
    pieces = results["tokens"]["pieces"]
    edited = [pieces[i] for i in results["tokens"]["edited_positions"]]
    assert edited == [piece for piece in pieces if piece.startswith(" d")] != []
    assert "at 3 of the 11 tokens" in results["summary"]
    _, skipped, _ = sweep(tmp_path / "skip", BAKER, *text, "--skip-first")
    assert 0 not in skipped["tokens"]["edited_positions"]


@pytest.mark.parametrize("place", ["mlp.hook_pre", "hook_mlp_out"])
def test_several_layers_at_once(tmp_path, place):
    options = (TINY, "--ids", IDS, "--preset", "pca", "--at", place, "--together", "all;0,2")
    _, clean, a = sweep(tmp_path / "a", *options)
    _, live, b = sweep(tmp_path / "b", *options, "--coordinates", "live")
    _, _, c = sweep(tmp_path / "c", *options, "--coordinates", "live", "--executor", "naive")
    assert np.abs(b["delta_logprob_together"] - c["delta_logprob_together"]).max() < 3e-5
    assert np.abs(a["delta_logprob_together"] - b["delta_logprob_together"]).max() > 1e-3
    for results, name in ((clean, "clean"), (live, "live")):
        first, second = results["together"]
        assert first["layers"] == [0, 1, 2, 3] and second["layers"] == [0, 2]
        assert first["coordinates"] == name
        singles = [layer["default_n"]["mean"] for layer in results["layers"]]
        assert second["sum_of_single_means"] == pytest.approx(singles[0] + singles[2])
        assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"] == 4 + 1 + 6
    assert first["default_n"]["mean"] == pytest.approx(b["delta_logprob_together"][0, 1:].mean())
