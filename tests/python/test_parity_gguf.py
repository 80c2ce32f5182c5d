"""GGUF files beside the Hugging Face folders that Transformers makes of their widened weights: small
models of every architecture, and SmolLM2-135M where `make real-model` fetched it."""
import pathlib
import sys

import excise
import numpy as np
import pytest
import torch
import transformers
from gguf import GGUFReader, dequantize

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/families"))
import make_gguf  # noqa: E402

SMOLLM2 = ROOT / "models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.mark.parametrize("name", make_gguf.MODELS)
def test_sweeps_are_those_of_the_folder(name, tmp_path):
    """The folder's are compared with PyTorch by test_parity_families."""
    (tmp_path / "gguf").mkdir()
    seed = 40 + list(make_gguf.MODELS).index(name)
    whole = make_gguf.make(name, tmp_path / "gguf", seed)
    whole.config.dtype = torch.float32
    whole.save_pretrained(tmp_path / "folder")
    quantised, folder = excise.load(tmp_path / "gguf"), excise.load(tmp_path / "folder")
    ids = list(range(2, 22))
    for preset in ("pca", "published"):
        one, other = (excise.sweep(model, ids, preset=preset, layers="all", permutations=100)
                      for model in (quantised, folder))
        for array in ("logprob_clean", "delta_logprob", "drift"):
            size = np.abs(other.arrays[array]).max()
            assert np.abs(one.arrays[array] - other.arrays[array]).max() < 3e-5 * max(1, size), (preset, array)


def smollm2():
    reader = GGUFReader(SMOLLM2)
    value = lambda key: reader.fields["llama." + key].contents()  # noqa: E731
    tensors = {one.name: dequantize(one.data, one.tensor_type) for one in reader.tensors}
    config = transformers.LlamaConfig(
        vocab_size=49152, hidden_size=value("embedding_length"), num_hidden_layers=value("block_count"),
        num_attention_heads=value("attention.head_count"), num_key_value_heads=value("attention.head_count_kv"),
        intermediate_size=value("feed_forward_length"), max_position_embeddings=value("context_length"),
        rms_norm_eps=float(value("attention.layer_norm_rms_epsilon")), rope_theta=float(value("rope.freq_base")),
        tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)
    model = transformers.LlamaForCausalLM(config).eval()
    layout = make_gguf.Layout(config, "llama")
    state = {"lm_head.weight": torch.tensor(tensors["token_embd.weight"])}
    for own, theirs in make_gguf.names_of("llama", config, model.state_dict()).items():
        state[theirs] = torch.tensor(np.ascontiguousarray(layout.back(own, tensors[own])))
    model.load_state_dict(state)
    return model


@pytest.mark.skipif(not SMOLLM2.exists(), reason="make real-model fetches it")
def test_smollm2(tmp_path):
    quantised = excise.load(SMOLLM2)
    ids = quantised.encode((ROOT / "experiments/silver-blaze.txt").read_text(encoding="utf-8"))
    model = smollm2()
    model.save_pretrained(tmp_path / "folder")
    with torch.no_grad():
        logits = model.double()(torch.tensor([ids.tolist()])).logits[0]
    exact = logits.log_softmax(-1)[torch.arange(len(ids) - 1), ids[1:]].numpy()
    found = {}
    for name, one in (("gguf", quantised), ("folder", excise.load(tmp_path / "folder"))):
        result = excise.sweep(one, ids, preset="pca", layers=[11], permutations=100)
        found[name] = result.arrays["logprob_clean"][1:], result.arrays["delta_logprob"][0]
    assert np.abs(found["gguf"][0] - exact).max() < 5e-5
    assert np.abs(found["gguf"][0] - found["folder"][0]).max() < 1e-5
    # The sink: one direction of layer 11 at the first token.
    assert 1 < found["gguf"][1][1:].mean() < 2
    skipped = excise.sweep(quantised, ids, preset="pca", layers=[11], positions="1-", permutations=100)
    assert abs(skipped.arrays["delta_logprob"][0][1:].mean()) < 0.05
