"""What is of another type than it may be, everywhere refused by an error of excise."""
import numpy as np
import pytest

import excise

TEXT = "It was a dark night"


@pytest.mark.parametrize("call", [
    lambda m: excise.sweep(m, TEXT, layers=[0.7]), lambda m: excise.sweep(m, TEXT, layers=0.7),
    lambda m: excise.sweep(m, TEXT, layers=-1), lambda m: excise.sweep(m, TEXT, layers=["5"]),
    lambda m: excise.sweep(m, TEXT, layers=99), lambda m: excise.sweep(m, TEXT, layers=None),
    lambda m: excise.svd([0.7]), lambda m: excise.svd(0.7), lambda m: excise.svd("0"),
    lambda m: excise.svd([-1]), lambda m: excise.svd(None),
    lambda m: excise.sweep(m, TEXT, controls=[5]), lambda m: excise.sweep(m, TEXT, controls=5),
    lambda m: excise.sweep(m, TEXT, controls={5: 5}),
    lambda m: excise.sweep(m, TEXT, controls=[("random-rank", 5)]),
    lambda m: excise.sweep("baker-7m", TEXT), lambda m: excise.fit("baker-7m", TEXT),
    lambda m: excise.generate("baker-7m", TEXT), lambda m: excise.export("baker-7m", [], "out"),
    lambda m: excise.median("baker-7m", TEXT, " the"), lambda m: excise.Basis.of("baker-7m", {}),
    lambda m: excise.lesion("baker-7m", []), lambda m: excise.concept.fit("baker-7m", {}),
    lambda m: excise.sweep(m, "\ud800"), lambda m: excise.sweep(m, TEXT, token_pattern="\ud800"),
    lambda m: m.find_hooks("\ud800"), lambda m: m.find_hooks(5), lambda m: m.encode("\ud800"),
    lambda m: m.encode(5), lambda m: m.run_with_cache(TEXT, [5]),
    lambda m: m.run_with_cache(TEXT, 5), lambda m: m.run_with_hooks(TEXT, {5: None}),
    lambda m: m.run_with_hooks(TEXT, 5), lambda m: m.run_with_hooks(TEXT, [5]),
    lambda m: m.run_with_hooks(TEXT, {"blocks.5.mlp.hook_pre": 5}),
    lambda m: excise.fit(m, "\ud800"), lambda m: excise.fit(m, 5), lambda m: excise.fit(m, class_texts="ab"),
    lambda m: excise.load(5), lambda m: excise.load(None), lambda m: m.edit(5).__enter__()])
def test_wrong_types(model, call):
    with pytest.raises(excise.Error):
        call(model)


def test_one_layer(model, ids):
    np.testing.assert_array_equal(
        excise.sweep(model, ids, layers=5, permutations=10).arrays["delta_logprob"],
        excise.sweep(model, ids, layers=[5], permutations=10).arrays["delta_logprob"])
    assert excise.svd(2) == excise.svd([2]) and excise.svd(np.int64(2)).k == (2,)
