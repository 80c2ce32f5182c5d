"""What a run takes and gives: several texts, losses, states before a block, a lens."""
import warnings

import numpy as np
import pytest

import excise

TEXTS = ["It was a dark night", "The dog did nothing.", "He saw her and she saw him and"]


@pytest.fixture(scope="module")
def cache(model, ids):
    return model.run_with_cache(ids)[1]


def log_softmax(logits):
    logits = logits.astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


# Several texts

def test_a_list_gives_a_list_each_as_if_alone(model):
    alone = [model(text) for text in TEXTS]
    rows = [model.encode(text) for text in TEXTS]
    for given in (TEXTS, tuple(TEXTS), rows, [row.tolist() for row in rows],
                  {"input_ids": [row.tolist() for row in rows]}):
        together = model(given)
        assert isinstance(together, list)
        for one, other in zip(together, alone, strict=True):
            np.testing.assert_array_equal(one, other)
    logits, caches = model.run_with_cache(TEXTS, "blocks.5.mlp.hook_pre")
    assert len(logits) == 3
    for text, cache in zip(TEXTS, caches, strict=True):
        assert cache == model.run_with_cache(text, "blocks.5.mlp.hook_pre")[1]
    off = {"blocks.5.mlp.hook_pre": lambda a, ctx: a * 0}
    for text, one in zip(TEXTS, model.run_with_hooks(TEXTS, off), strict=True):
        np.testing.assert_array_equal(one, model.run_with_hooks(text, off))


def test_a_batch_axis_comes_back(model, ids):
    logits, cache = model.run_with_cache(ids[None])
    np.testing.assert_array_equal(logits, model(ids)[None])
    assert cache["pattern", 3].shape == (1, model.cfg.n_heads, len(ids), len(ids))
    both = np.stack([ids, ids[::-1]])
    logits, cache = model.run_with_cache(both)
    assert logits.shape[:2] == both.shape
    for row, text in enumerate(both):
        np.testing.assert_array_equal(logits[row], model(text))
        np.testing.assert_array_equal(cache["pre", 5][row], model.run_with_cache(text)[1]["pre", 5])
    np.testing.assert_array_equal(cache.accumulated_resid()[:, 1], model.run_with_cache(
        ids[::-1])[1].accumulated_resid())
    assert model(both, return_type="loss") == pytest.approx(
        np.mean([model(text, return_type="loss") for text in both]))
    # Where one text is asked for, it may have the axis too.
    one = excise.generate(model, ids[None], max_tokens=3)
    assert one[0].ids.tolist() == excise.generate(model, ids, max_tokens=3)[0].ids.tolist()
    assert model.decode(ids[None]) == model.decode(ids)
    swept = [excise.sweep(model, each, layers=5, permutations=10).arrays["delta_logprob"]
             for each in (ids, ids[None], {"input_ids": ids.tolist()})]
    np.testing.assert_array_equal(swept[0], swept[1])
    np.testing.assert_array_equal(swept[0], swept[2])


def test_what_a_tokenizer_gives(model, ids):
    one = {"input_ids": ids.tolist(), "attention_mask": [1] * len(ids)}
    np.testing.assert_array_equal(model(one), model(ids))
    batch = {"input_ids": ids[None], "attention_mask": np.ones((1, len(ids)))}
    np.testing.assert_array_equal(model(batch), model(ids)[None])
    padded = {"input_ids": [[1, 2], [3, 0]], "attention_mask": [[1, 1], [1, 0]]}
    with pytest.raises(excise.BadInputError, match="padding"):
        model(padded)
    with pytest.raises(excise.BadInputError, match="input_ids"):
        model({"ids": [1]})


@pytest.mark.parametrize("given", [
    [[1, 2], [3, [4]]], [1, [2]], [1, "two"], ["one", 2], ["one", ["two"]], [[["one"]]], [1.5], 7,
    None, b"bytes", object(), np.ones((2, 2, 2), int), np.ones(3), np.ones((0, 3), int), [True],
    [2**63], [2**70], np.array([2**63], np.uint64), "", [], [[]], "\ud800", ["\ud800"], [None],
    {"input_ids": None}, np.array(["a"]), {1, 2}])
def test_ids_that_are_none(model, given):
    with warnings.catch_warnings(), pytest.raises(excise.BadInputError):
        warnings.simplefilter("error")
        model(given)


def test_too_many_texts_for_one(model):
    with pytest.raises(excise.BadInputError, match="one text"):
        excise.generate(model, TEXTS)
    with pytest.raises(excise.BadInputError, match="one text"):
        model.decode(np.ones((2, 3), int))


# What comes out

def test_losses(model, ids):
    want = -log_softmax(model(ids))[np.arange(len(ids) - 1), ids[1:]].mean()
    loss = model(ids, return_type="loss")
    assert isinstance(loss, float) and loss == pytest.approx(want, rel=1e-12)
    logits, same = model(ids, return_type="both")
    np.testing.assert_array_equal(logits, model(ids))
    assert same == loss and model(ids, return_type=None) is None
    assert model(TEXTS, return_type="loss") == [model(text, return_type="loss") for text in TEXTS]
    assert model.run_with_cache(ids, [], return_type="loss")[0] == loss
    with model.edit("blocks.5.mlp.hook_pre", lambda a, ctx: a * 0):
        assert model(ids, return_type="loss") != loss
    with pytest.raises(excise.BadInputError, match="return_type"):
        model(ids, return_type="losses")
    with pytest.raises(excise.BadInputError, match="two tokens"):
        model(ids[:1], return_type="loss")


def test_it_stops_before_a_layer(model, ids, cache):
    for layer in (0, 5, 11, -1):
        np.testing.assert_array_equal(model(ids, stop_at_layer=layer), cache["resid_pre", layer])
    np.testing.assert_array_equal(model(ids, stop_at_layer=12), cache["resid_post", -1])
    state, part = model.run_with_cache(ids, stop_at_layer=2)
    assert state.shape == (len(ids), model.cfg.d_model)
    assert part == {name: cache[name] for name in part} and "resid_post1" in part
    assert "resid_pre2" not in part and len(part) > 20
    assert len(model(TEXTS, stop_at_layer=3)) == 3
    with pytest.raises(IndexError):
        model(ids, stop_at_layer=13)
    with pytest.raises(excise.BadInputError):
        model(ids, stop_at_layer=0.5)


def test_what_begins_a_text(model):
    plain = model.encode("The dog", prepend_bos=False)
    begun = model.encode("The dog", prepend_bos=True)
    assert begun.tolist() == [8191, *plain.tolist()] and model.bos == "auto"
    np.testing.assert_array_equal(model("The dog", prepend_bos=True), model(begun))
    assert model(["The dog", plain], prepend_bos=True)[1].shape[0] == len(plain)
    assert excise.load("baker-7m", bos="always").encode("The dog").tolist() == begun.tolist()
    assert excise.load("baker-7m", bos="always").encode(
        "The dog", prepend_bos=False).tolist() == plain.tolist()


def test_fwd_hooks(model, ids):
    pairs = [("blocks.5.mlp.hook_pre", lambda a, ctx: a * 0)]
    np.testing.assert_array_equal(model.run_with_hooks(ids, fwd_hooks=pairs),
                                  model.run_with_hooks(ids, dict(pairs)))
    order = []
    model.run_with_hooks(ids, {"blocks.5.mlp.hook_pre": lambda a, ctx: order.append(1)},
                         fwd_hooks=[("blocks.5.mlp.hook_pre", lambda a, ctx: order.append(2))])
    assert order == [1, 2]


# Weights and the lens

def test_weights(model, ids, cache):
    cfg = model.cfg
    assert model.W_E.shape == (cfg.d_vocab, cfg.d_model) and model.W_pos.shape == (
        cfg.n_ctx, cfg.d_model)
    assert model.W_U.shape == (cfg.d_model, cfg.d_vocab) and not model.b_U.any()
    np.testing.assert_array_equal(model.W_E[ids], cache["embed"])
    np.testing.assert_array_equal(model.W_pos[:len(ids)], cache["pos_embed"])
    for array in (model.W_E, model.W_pos, model.W_U):
        with pytest.raises(ValueError):
            array[0, 0] = 1
    for layer in (-1, 11):
        np.testing.assert_array_equal(model.layer_weights(layer)["W_in"],
                                      model.layer_weights(11)["W_in"])
    for layer in (12, -13):
        with pytest.raises(IndexError) as error:
            model.layer_weights(layer)
        assert isinstance(error.value, excise.Error)
    with pytest.raises(excise.BadInputError):
        model.layer_weights(0.7)


def test_the_lens_of_the_last_state_is_the_logits(model, ids, cache):
    logits = model(ids)
    states = cache.accumulated_resid()
    normalized = model.ln_final(states)
    np.testing.assert_allclose(normalized[-1], cache["ln_final.hook_normalized"], atol=1e-5)
    np.testing.assert_array_equal(model.ln_f.w, model.ln_final.w)
    lens = model.unembed(normalized)
    assert lens.shape == (13, len(ids), model.cfg.d_vocab)
    np.testing.assert_allclose(lens[-1], logits, atol=1e-3)
    np.testing.assert_allclose(normalized @ model.W_U + model.b_U, lens, atol=1e-3)
    np.testing.assert_array_equal(cache.accumulated_resid(apply_ln=True), normalized)
    with pytest.raises(excise.BadInputError):
        model.unembed(np.zeros((2, 5)))


# Stacks of the cache, as TransformerLens has them

def test_parts_add_up(model, cache):
    final = cache["resid_post", -1]
    for layer in (None, -1, 12, 5, 1):
        state = final if layer in (None, -1, 12) else cache["resid_pre", layer]
        parts, labels = cache.decompose_resid(layer, return_labels=True)
        assert len(parts) == len(labels)
        np.testing.assert_allclose(parts.sum(0), state, atol=1e-4)
    assert labels == ["embed", "pos_embed", "0_attn_out", "0_mlp_out"]
    np.testing.assert_allclose(cache.decompose_resid(5, mlp_input=True).sum(0),
                               cache["resid_mid", 5], atol=1e-4)
    split = [cache.decompose_resid(mode="attn"),
             cache.decompose_resid(mode="mlp", incl_embeds=False)]
    np.testing.assert_allclose(np.concatenate(split).sum(0), final, atol=1e-4)
    assert [len(each) for each in split] == [14, 12]


def test_parts_through_the_norm_add_up_too(model, cache):
    for layer, norm in ((None, None), (4, "ln1")):
        parts = cache.decompose_resid(layer, apply_ln=True)
        want = (cache["normalized", layer, norm] if norm else
                (cache["ln_final.hook_normalized"] - model.ln_final.b) / model.ln_final.w)
        np.testing.assert_allclose(parts.sum(0), want, atol=1e-3)
    np.testing.assert_allclose(cache.accumulated_resid(4, apply_ln=True)[-1],
                               cache["normalized", 4, "ln1"], atol=1e-4)
    np.testing.assert_allclose(
        cache.accumulated_resid(4, apply_ln=True, mlp_input=True)[-1],
        cache["normalized", 4, "ln2"], atol=1e-4)


def test_accumulated_states(cache):
    states, labels = cache.accumulated_resid(return_labels=True)
    assert labels == [f"{layer}_pre" for layer in range(12)] + ["final_post"]
    for layer in range(12):
        np.testing.assert_array_equal(states[layer], cache["resid_pre", layer])
    np.testing.assert_array_equal(states[-1], cache["resid_post", 11])
    states, labels = cache.accumulated_resid(2, incl_mid=True, mlp_input=True, return_labels=True)
    assert labels == ["0_pre", "0_mid", "1_pre", "1_mid", "2_pre", "2_mid"]
    np.testing.assert_array_equal(states[-1], cache["resid_mid", 2])
    last = cache.accumulated_resid(pos_slice=-1)
    np.testing.assert_array_equal(last, cache.accumulated_resid()[:, -1])
    np.testing.assert_array_equal(cache.accumulated_resid(pos_slice=[0, 2], apply_ln=True),
                                  cache.accumulated_resid(apply_ln=True)[:, [0, 2]])
    np.testing.assert_array_equal(cache.decompose_resid(pos_slice=slice(2), apply_ln=True),
                                  cache.decompose_resid(apply_ln=True)[:, :2])


def test_stacks(model, ids, cache):
    stack = cache.stack_activation("pre")
    assert stack.shape == (12, len(ids), model.cfg.d_mlp)
    np.testing.assert_array_equal(stack[7], cache["pre", 7])
    assert cache.stack_activation("scale", 3, "ln2").shape == (3, len(ids), 1)
    part = model.run_with_cache(ids, "blocks.*.hook_resid_pre")[1]
    with pytest.raises(KeyError, match="names_filter"):
        part.accumulated_resid()
    with pytest.raises(IndexError):
        cache.accumulated_resid(13)
    with pytest.raises(excise.BadInputError, match="mode"):
        cache.decompose_resid(mode="heads")


# Where a function is called

def test_the_layer_of_a_hook_is_one_everywhere(model, ids):
    tokens = len(ids)
    for name in model.editable_hook_names:
        if ".5." not in name and not name.startswith("ln_final"):
            continue
        final = name.startswith("ln_final")
        seen = []

        def watch(a, ctx):
            seen.append((ctx.name, ctx.layer, ctx.position, len(a)))
        with model.edit(name, watch):
            model(ids)
            excise.generate(model, ids, max_tokens=3)
        assert {each[:2] for each in seen} == {(name, 12 if final else 5)}
        # In generate the prompt's rows and then one a token; of the final norm only the row that
        # the next token is drawn from.
        assert [each[2:] for each in seen] == [
            (0, tokens), (tokens - 1, 1) if final else (0, tokens), (tokens, 1), (tokens + 1, 1)]
