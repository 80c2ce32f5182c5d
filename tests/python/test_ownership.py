"""Arrays and what they view: they outlive the model, and nothing is copied that need not be. Runs
under the address sanitizer too (tools/python_asan)."""
import gc
import os
import subprocess
import sys

import numpy as np
import pytest

import excise
from excise import _core

TEXT = "It was a dark and stormy night, and the dog did nothing."


def checksum(arrays):
    return {name: (array.shape, float(np.asarray(array, np.float64).sum()))
            for name, array in arrays.items()}


def outlives(make):
    """The arrays of make(model), before and after the model and all else is gone."""
    model = excise.load("baker-7m")
    arrays = make(model)
    before = checksum(arrays)
    del model
    gc.collect()
    model = excise.load("baker-7m")  # takes memory that was freed
    model(TEXT)
    assert checksum(arrays) == before
    for name in list(arrays):  # one after the other
        one = arrays.pop(name)
        assert not np.isnan(one).any()
    return before


def test_caches():
    outlives(lambda model: dict(model.run_with_cache(TEXT)[1]))


def test_logits():
    outlives(lambda model: {"logits": model(TEXT)})


def test_weights():
    outlives(lambda model: model.layer_weights(3))
    outlives(lambda model: {"W_E": model.W_E, "W_U": model.W_U, "W_pos": model.W_pos,
                            "ln_final": model.ln_final.w})


def test_what_hooks_got():
    def kept(model):
        seen = {}
        model.run_with_hooks(TEXT, {"*": lambda a, ctx: seen.update({ctx.name: a})})
        return seen
    assert len(outlives(kept)) == 97


def test_results(tmp_path):
    def arrays(model):
        result = excise.sweep(model, TEXT, preset="pca", layers=[0, 1], permutations=10)
        result.save(tmp_path / "out")
        return dict(result.arrays)
    outlives(arrays)
    loaded = excise.load_result(tmp_path / "out").arrays
    for path in (tmp_path / "out").iterdir():
        path.unlink()  # the mapped file lives on
    assert np.isfinite(loaded["delta_logprob"]).all()
    gc.collect()


def test_a_result_needs_no_model(tmp_path):
    result = excise.sweep(excise.load("baker-7m"), TEXT, layers=[3], permutations=10)
    gc.collect()
    result.save(tmp_path / "out")
    assert result.json["manifest"]["model"]["name"] == "baker-7m"


def test_bases():
    a = np.random.default_rng(0).standard_normal((20, 30), dtype=np.float32)
    values = _core.fit_svd(a, "pca").singular_values
    gc.collect()
    np.testing.assert_allclose(values[:19], np.linalg.svd(a - a.mean(0))[1][:19], rtol=1e-5)


def test_arrays_are_views():
    """Of memory that the engine allocated; writable where it is the caller's own."""
    model = excise.load("baker-7m")
    logits, cache = model.run_with_cache(TEXT)
    for array in (logits, *cache.values()):
        assert not array.flags.owndata and array.flags.c_contiguous and array.flags.writeable
    logits[:] = 0
    assert model(TEXT).any()
    weights = model.layer_weights(0)["W_in"]
    assert not weights.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it keeps freed memory")
def test_a_cache_costs_its_own_size():
    """Peak memory grows by the kept arrays and the logits, each once."""
    code = """
import resource, excise
model = excise.load("baker-7m")
ids = list(range(256))
model(ids)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
logits, cache = model.run_with_cache(ids)
print(peak() - before, sum(a.nbytes for a in cache.values()))
"""
    grown, kept = map(int, subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert kept > 30e6
    assert grown < 1.2 * kept


def test_bases_and_edits():
    """Arrays of a basis, an opened edit and what functions got of a growing text."""
    hook = "blocks.5.mlp.hook_pre"
    seen = {}

    def arrays(model):
        basis = excise.fit(model, TEXT, hook=hook, components=3)
        one = basis[hook]
        with model.edit(excise.Edit(hook, basis, [0])):
            with model.edit(hook, lambda a, ctx: seen.update({str(ctx.position): a})):
                excise.generate(model, TEXT, max_tokens=3)
        return {"atoms": one.atoms, "mean": one.mean, "values": one.values} | seen
    assert len(outlives(arrays)) == 6


def test_a_basis_that_python_fits():
    class First:
        components_ = np.eye(1, 768)
        kept = []

        def fit(self, X):
            return self

        def transform(self, X):
            self.kept.append(X)
            return X[:, :1]
    model = excise.load("baker-7m")
    basis = First()
    result = excise.sweep(model, TEXT, basis={5: basis}, layers=[5], permutations=10)
    del model
    gc.collect()
    assert np.isfinite(result.arrays["delta_logprob"]).all()
    assert all(np.isfinite(x).all() for x in basis.kept)
