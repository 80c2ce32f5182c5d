"""The cache, and a basis, as the mappings that Python people expect."""
import copy
import pickle

import numpy as np
import pytest

import excise

PRE = "blocks.5.mlp.hook_pre"


@pytest.fixture(scope="module")
def cache(model, ids):
    return model.run_with_cache(ids)[1]


def test_a_cache_is_a_mapping(model, ids, cache):
    for key in (PRE, "transformer.h.5.mlp.c_fc", "pre5", ("pre", 5), ("pre", -7),
                ("pre", np.int64(5)), ("pre", 5, "mlp"), ("pre", 5, None), ("mlp_pre", 5),
                ("mlp.hook_pre", 5)):
        assert cache[key] is cache[PRE], key
        assert key in cache and cache.get(key) is cache[PRE]
    assert cache["attn", 2] is cache["blocks.2.attn.hook_pattern"] is cache["pattern", 2, "a"]
    assert cache["scale4ln1"] is cache["blocks.4.ln1.hook_scale"]
    for key in ("name", 5, ("pre", 12), ("pre", -13), ("pre",), ("pre", 5, "attn", 1), ("pre", "5"),
                ("pre", 0.5), (5, "pre"), (), None, b"pre", "pre99", ("pre", 2**70)):
        assert key not in cache and cache.get(key) is None and cache.get(key, 3) == 3, key
        with pytest.raises(KeyError) as error:
            cache[key]
        assert isinstance(error.value, excise.Error) and str(error.value).startswith("[hooks]")


def test_what_was_not_kept_is_told(model, ids):
    cache = model.run_with_cache(ids, PRE)[1]
    assert PRE in cache and "pre4" not in cache
    with pytest.raises(excise.UnknownNameError, match="names_filter"):
        cache["pre", 4]
    with pytest.raises(KeyError, match="did you mean blocks.5.mlp.hook_pre"):
        cache["blocks.5.mlp.hook_pr"]


def test_equal_caches(model, ids, cache):
    again = model.run_with_cache(ids)[1]
    assert cache == again == pickle.loads(pickle.dumps(cache)) == copy.deepcopy(cache)
    assert cache == dict(cache)
    assert cache != model.run_with_cache(ids, PRE)[1] and cache != model.run_with_cache(ids[::-1])[1]
    assert cache != 3 and cache != {name: None for name in cache}
    with pytest.raises(TypeError):
        hash(cache)


def test_a_basis_is_a_mapping_too(model):
    basis = excise.fit(model, "It was a dark night and the wind blew.", basis="svd", hook=PRE)
    assert PRE in basis and "other" not in basis and basis.get("other") is None
    with pytest.raises(KeyError) as error:
        basis["other"]
    assert isinstance(error.value, excise.Error) and PRE in str(error.value)
