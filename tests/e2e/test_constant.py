"""`sweep --variants constant`: the same by both executors, of two families; its files say the same."""
import csv
import json

import numpy as np
import pytest
from support import GOLDEN, excise, ids_option, read_results, read_safetensors

TINY = GOLDEN / "tiny-gpt2"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5])
ROUNDED = 5e-5


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 3,
        "intermediate_size": 24, "vocab_size": 512, "num_key_value_heads": 2, "max_position_embeddings": 64}))
    excise("make-model", "--config", folder / "config.json", "--seed", "3", "--out", folder / "llama")
    llama = folder / "llama"
    return {"gpt2": TINY, "llama": llama}


def sweep(out, *arguments, model=TINY):
    done = excise("sweep", model, "--ids", IDS, "--variants", "constant", *arguments, "--out", out)
    return done, read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.mark.parametrize("family", ["gpt2", "llama"])
@pytest.mark.parametrize("preset", ["pca", "published"])
def test_is_what_the_naive_executor_finds(tmp_path, models, family, preset):
    found = [sweep(tmp_path / name, "--preset", preset, "--executor", name, model=models[family])
             for name in ("wavefront", "naive")]
    (_, fast, fast_arrays), (_, naive, naive_arrays) = found
    assert fast_arrays["delta_logprob_constant"] == pytest.approx(naive_arrays["delta_logprob_constant"], abs=ROUNDED)
    for a, b in zip(fast["layers"], naive["layers"]):
        assert [one["code"] for one in a["constant"]["tries"]] == pytest.approx(
            [one["code"] for one in b["constant"]["tries"]], rel=1e-3, abs=1e-5)
        assert a["constant"]["code"] == pytest.approx(b["constant"]["code"], rel=1e-3, abs=1e-5)


def test_files_say_the_same(tmp_path):
    done, results, arrays = sweep(tmp_path / "a", "--preset", "pca")
    with open(tmp_path / "a" / "constant.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, layer in enumerate(results["layers"]):
        constant = layer["constant"]
        # 11 tokens are tested: 5 choose, 6 are told.
        effects, removal = arrays["delta_logprob_constant"][row], arrays["delta_logprob"][row]
        assert constant["n_chosen_on"] == 5 and constant["effect"]["n"] == 6
        assert constant["effect"]["mean"] == pytest.approx(effects[6:].mean())
        assert constant["removal"]["mean"] == pytest.approx(removal[6:].mean())
        assert constant["removal_minus_constant"]["mean"] == pytest.approx((removal - effects)[6:].mean())
        costs = {one["code"]: one["mean"] for one in constant["tries"]}
        assert len(costs) >= 9 and costs[0] == pytest.approx(removal[1:6].mean())
        assert min(costs.values()) == costs[constant["code"]] == pytest.approx(effects[1:6].mean())
        written = {float(one["code"]): one for one in rows if int(one["layer"]) == layer["layer"]}
        assert {code: float(one["mean_chosen_on"]) for code, one in written.items()} == pytest.approx(costs)
        assert [code for code, one in written.items() if one["best"] == "1"] == [constant["code"]]
        codes = arrays["u0"][row] * arrays["singular_values"][row][0]
        assert constant["codes_1_99"] == pytest.approx(np.percentile(codes, [1, 99]), rel=1e-5)
    assert "best constant found" in results["summary"] and "constant.csv" in results["manifest"]["files"]
    assert "chosen on the first half" in done.out
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    for name in ("constant.csv", "arrays.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_several_components_and_short_texts_are_refused(tmp_path):
    refused = excise("sweep", TINY, "--ids", IDS, "--variants", "constant", "--remove", "0,1", "--out", tmp_path / "a",
                     code=2)
    assert "one removed component" in refused.err
    refused = excise("sweep", TINY, "--ids", "1,2,3", "--variants", "constant", "--out", tmp_path / "a", code=2)
    assert "at least 4" in refused.err and not (tmp_path / "a").exists()
