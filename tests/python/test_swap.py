"""A swap against numpy and hooks of one's own."""
import numpy as np

import excise

TEXT = "The old man said that the boy was in the house by the sea."
OTHER = "The old man said that the girl was in the house by the sea."
LAYER = 5


def logprobs(logits, ids):
    logits = logits.astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    return (logits - np.log(np.exp(logits).sum(-1, keepdims=True)))[np.arange(len(ids) - 1), ids[1:]]


def test_it_is_the_other_texts_codes_by_this_texts_basis(model):
    result = excise.sweep(model, TEXT, swap=OTHER, preset="pca", remove=(0, 1), layers=[LAYER])
    ids, others = (model.encode(text) for text in (TEXT, OTHER))
    name = f"blocks.{LAYER}.mlp.hook_pre"
    clean, cache = model.run_with_cache(ids)
    a = cache[name].astype(np.float64)
    b = model.run_with_cache(others)[1][name].astype(np.float64)
    mean = a.mean(0)
    v = np.linalg.svd(a - mean, full_matrices=False)[2][:2]
    swapped = (a + ((b - mean) - (a - mean)) @ v.T @ v).astype(np.float32)
    edited = model.run_with_hooks(ids, [(name, lambda value, hook: swapped)])
    expected = logprobs(clean[:-1], ids) - logprobs(edited[:-1], ids)
    np.testing.assert_allclose(result.arrays["delta_logprob_swap"][0, 1:], expected, atol=2e-5)
    assert np.abs(expected).max() > 1e-3
