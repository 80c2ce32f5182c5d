"""Hooks that are only read: shapes, identities, what is refused."""
import numpy as np
import pytest

import excise


@pytest.fixture(scope="module")
def cache(model, ids):
    return model.run_with_cache(ids)[1]


def test_the_cache_has_every_hook_in_its_shape(model, ids, cache):
    cfg, t = model.cfg, len(ids)
    assert list(cache) == model.hook_names
    heads, square = (t, cfg.n_heads, cfg.d_head), (cfg.n_heads, t, t)
    shapes = {"q": heads, "k": heads, "v": heads, "z": heads, "attn_scores": square,
              "pattern": square, "pre": (t, cfg.d_mlp), "resid_pre": (t, cfg.d_model)}
    for name, shape in shapes.items():
        assert cache[name, 3].shape == shape, name
    for kind in ("ln1", "ln2"):
        assert cache["scale", 3, kind].shape == (t, 1)
        assert cache["normalized", 3, kind].shape == (t, cfg.d_model)
    assert cache["scale"].shape == (t, 1)
    assert set(model.editable_hook_names) < set(model.hook_names)


def test_what_is_read_hangs_together(model, cache):
    np.testing.assert_allclose(cache["embed"] + cache["pos_embed"], cache["resid_pre", 0],
                               atol=1e-6)
    for layer in (0, 11):
        scores, pattern = cache["attn_scores", layer], cache["pattern", layer]
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        np.testing.assert_allclose(pattern, weights / weights.sum(-1, keepdims=True), atol=1e-6)
        assert (np.triu(pattern, 1) == 0).all() and np.isneginf(scores[:, 0, 1:]).all()
        z = np.einsum("hts,shd->thd", pattern, cache["v", layer])
        np.testing.assert_allclose(cache["z", layer], z, atol=2e-5)
        weights = model.layer_weights(layer)
        normalized = cache["normalized", layer, "ln1"] * weights["ln1.w"] + weights["ln1.b"]
        qkv = normalized @ weights["W_QKV"] + weights["b_QKV"]
        ours = np.concatenate([cache[name, layer].reshape(len(qkv), -1) for name in "qkv"], axis=1)
        np.testing.assert_allclose(ours, qkv, atol=1e-4)
        x = cache["resid_mid", layer]
        np.testing.assert_allclose(
            cache["normalized", layer, "ln2"] * cache["scale", layer, "ln2"],
            x - x.mean(-1, keepdims=True), atol=1e-4)


def test_what_is_only_read_cannot_be_edited(model, ids):
    name = "blocks.5.attn.hook_pattern"
    for edit in (lambda: model.run_with_hooks(ids, {name: lambda a, ctx: a}),
                 lambda: model.run_with_hooks(ids, {"*.hook_pattern": lambda a, ctx: a}),
                 lambda: model.edit("blocks.?.ln1.hook_scale", lambda a, ctx: a).__enter__()):
        with pytest.raises(excise.BadInputError, match=r"only read.*run_with_cache"):
            edit()
    # A pattern means what can be edited of all that it matches.
    seen = []
    model.run_with_hooks(ids, {"blocks.5.*": lambda a, ctx: seen.append(ctx.name)})
    assert seen == [name for name in model.editable_hook_names if name.startswith("blocks.5.")]
    assert model.run_with_cache(ids, name)[1][name].shape[1:] == (len(ids), len(ids))


def test_modules_name_them(model, ids):
    cache = model.run_with_cache(ids, ["transformer.wte", "wpe"])[1]
    assert list(cache) == ["hook_embed", "hook_pos_embed"]
    assert cache["wte"] is cache["embed"]


def test_what_an_edit_does_is_read(model, ids, cache):
    with model.edit("blocks.3.hook_resid_post", lambda a, ctx: a * 0):
        scale = model.run_with_cache(ids, "blocks.4.ln1.hook_scale")[1]["scale", 4, "ln1"]
    np.testing.assert_allclose(scale, np.sqrt(model.cfg.eps), rtol=1e-5)
    assert (cache["scale", 4, "ln1"] > 0.01).all()
