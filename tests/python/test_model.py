"""Models: numbers against the reference implementation, hooks, names, and what is refused."""
import json
import os
import pathlib
import pickle
import shutil
import threading

import numpy as np
import pytest
from conftest import GOLDEN, ROOT
from excise import _core

import excise

PRE = "blocks.5.mlp.hook_pre"


@pytest.mark.parametrize("name", ["tiny-gpt2", "tiny-gpt2-odd"])
def test_a_pass_is_that_of_the_reference(name, close):
    file = f"{name}.golden.safetensors"
    golden = _core.read_safetensors(GOLDEN / file)
    model = excise.load(GOLDEN / name)
    logits, cache = model.run_with_cache(golden["ids"])
    close(file, "logits", logits, golden["logits"])
    assert list(cache) == model.hook_names
    for layer in range(model.cfg.n_layers):
        close(file, "hidden_states", cache["resid_pre", layer], golden["hidden_states"][layer])
        for short, quantity in [("resid_mid", "resid_mid"), ("pre", "mlp_pre"),
                                ("attn_out", "attn_out"), ("mlp_out", "mlp_out")]:
            close(file, quantity, cache[short, layer], golden[quantity][layer])
    close(file, "resid_final", cache["resid_post", -1], golden["resid_final"])
    close(file, "hidden_states", cache["ln_final.hook_normalized"], golden["hidden_states"][-1])


def test_tokens_are_those_of_the_reference(model):
    golden = json.loads((GOLDEN / "tokenizer_baker.json").read_text())
    texts = golden["encode"]
    assert len(texts) > 100
    for case in texts:
        encoded = model.encode(case["text"])
        assert encoded.dtype == np.int64 and encoded.tolist() == case["ids"]
        assert model.decode(encoded) == case["text"]
    for case in golden["decode"]:
        assert model.decode(case["ids"]) == case["text_replaced"]


def test_config_and_repr(model):
    cfg = model.cfg
    assert (cfg.n_layers, cfg.d_model, cfg.n_heads * cfg.d_head, cfg.d_mlp) == (12, 192, 192, 768)
    assert "baker-7m" in repr(model) and len(model.fingerprint) == 32
    assert (model.folder / "config.json").exists()


def test_a_path_or_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    assert excise.load("tiny-gpt2").name == excise.load(pathlib.Path("tiny-gpt2")).name
    assert excise.load(GOLDEN / "tiny-gpt2").name == "tiny-gpt2"


def test_a_text_is_encoded(model, ids):
    np.testing.assert_array_equal(model(model.decode(ids)), model(ids))


@pytest.mark.parametrize("convert", [list, tuple, np.int32, np.uint16, np.array])
def test_ids_of_any_integer_type(model, ids, convert):
    given = ids.astype(convert) if convert in (np.int32, np.uint16) else convert(ids)
    np.testing.assert_array_equal(model(given), model(ids))


def test_ids_with_strides(model, ids):
    np.testing.assert_array_equal(model(np.repeat(ids, 2)[::2]), model(ids))


def test_names_filter(model, ids):
    pre = [f"blocks.{layer}.mlp.hook_pre" for layer in range(12)]
    for names_filter, expected in [
            ("blocks.*.mlp.hook_pre", pre), ("transformer.h.*.mlp.c_fc", pre), (PRE, [PRE]),
            ([PRE, "blocks.[25].mlp.hook_pre"], [pre[2], pre[5]]),
            (lambda name: name.endswith("hook_pre"), pre), ([], [])]:
        logits, cache = model.run_with_cache(ids, names_filter)
        assert list(cache) == expected
        np.testing.assert_array_equal(logits, model(ids))
    cache = model.run_with_cache(ids, PRE)[1]
    assert cache["transformer.h.5.mlp.c_fc"] is cache[PRE] is cache["pre", 5] is cache["pre", -7]
    with pytest.raises(KeyError, match="names_filter"):
        cache["pre", 4]
    with pytest.raises(excise.BadInputError, match="hook"):
        cache["nothing"]


def test_heads_have_an_axis(model, ids):
    z = model.run_with_cache(ids, "*.hook_z")[1]["z", 3]
    assert z.shape == (len(ids), model.cfg.n_heads, model.cfg.d_head)
    one = model.run_with_hooks(ids, {"blocks.3.attn.hook_z": lambda a, ctx: a[:, ::-1]})
    two = model.run_with_hooks(ids, {"blocks.3.attn.hook_z": lambda a, ctx: z[:, ::-1]})
    np.testing.assert_array_equal(one, two)


def test_hooks_see_and_set_the_value(model, ids):
    logits, cache = model.run_with_cache(ids)
    seen = []

    def watch(a, ctx):
        seen.append((ctx.name, ctx.layer, a))
    np.testing.assert_array_equal(
        model.run_with_hooks(ids, {"transformer.h.*.mlp.c_fc": watch}), logits)
    assert [(name, layer) for name, layer, _ in seen] == [
        (f"blocks.{layer}.mlp.hook_pre", layer) for layer in range(12)]
    for name, _, a in seen:  # still there after the pass, and what the cache has
        np.testing.assert_array_equal(a, cache[name])


def test_three_ways_to_zero(model, ids):
    def in_place(a, ctx):
        a[:] = 0
    ways = [lambda a, ctx: a * 0, in_place, lambda a, ctx: np.zeros(a.shape, np.float64)]
    outcomes = [model.run_with_hooks(ids, [(PRE, way)]) for way in ways]
    assert abs(outcomes[0] - model(ids)).max() > 0.1
    for outcome in outcomes[1:]:
        np.testing.assert_array_equal(outcome, outcomes[0])


def test_hooks_run_in_order_and_reach_the_cache(model, ids):
    with model.edit(PRE, lambda a, ctx: a + 1), model.edit(PRE, lambda a, ctx: a * 0):
        _, cache = model.run_with_cache(ids, PRE)
    assert not cache[PRE].any()
    with model.edit(PRE, lambda a, ctx: a * 0):
        with model.edit(PRE, lambda a, ctx: a + 1):
            assert (model.run_with_cache(ids, PRE)[1][PRE] == 1).all()
        assert not model.run_with_cache(ids, PRE)[1][PRE].any()


def test_an_edit_ends_with_its_context(model, ids):
    clean = model(ids)
    with pytest.raises(ZeroDivisionError), model.edit(PRE, lambda a, ctx: a / (1 // 0)):
        model(ids)
    np.testing.assert_array_equal(model(ids), clean)
    with pytest.raises(excise.BadInputError, match="did you mean"):
        model.edit(PRE + "x", lambda a, ctx: a).__enter__()


def test_exceptions_of_hooks_come_through(model, ids):
    class Mine(Exception):
        pass

    def fail(a, ctx):
        raise Mine("exactly this")
    with pytest.raises(Mine, match="exactly this"):
        model.run_with_hooks(ids, {PRE: fail})
    assert model(ids).shape == (len(ids), model.cfg.d_vocab)


def test_a_hook_may_run_the_model(model, ids):
    inner = []
    model.run_with_hooks(ids, {PRE: lambda a, ctx: inner.append(model(ids))})
    np.testing.assert_array_equal(inner[0], model(ids))


def test_threads(model, ids):
    clean, results = model(ids), {}

    def work(number):
        results[number] = model.run_with_hooks(ids, {PRE: lambda a, ctx: a})
    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results.values():
        np.testing.assert_array_equal(result, clean)


def test_weights_make_the_mlp(model, ids):
    cache = model.run_with_cache(ids)[1]
    w = model.layer_weights(5)
    assert w["W_in"].shape == (192, 768) and not w["W_in"].flags.writeable
    np.testing.assert_allclose(cache["post", 5] @ w["W_out"] + w["b_out"], cache["mlp_out", 5],
                               rtol=0, atol=1e-4)


@pytest.mark.parametrize("ids, message", [
    ("", r"\[forward\] text: expected at least one token, got none"),
    ([], "expected at least one token"),
    ([[[1, 2]]], "lists within lists"), (np.ones((1, 2, 3), int), r"got int64 \[1, 2, 3\]"),
    ([1.5], "float64"), ([True], "bool"), (np.array(["a"]), "got <U1"), (None, "got None"),
    ([9999], "token 0: expected an id from 0 to 8191, got 9999"),
    ([0, -1], "token 1: .* got -1"), ([1 << 40], "token 0: .* got 1099511627776"),
    ([0] * 257, "expected at most 256 tokens"),
])
def test_ids_that_are_refused(model, ids, message):
    with pytest.raises(excise.BadInputError, match=message) as caught:
        model(ids)
    assert isinstance(caught.value, ValueError) and caught.value.code == "bad_input"


@pytest.mark.parametrize("result, found", [
    (lambda a: a[1:], r"float32 \[\d+, 768\]"), (lambda a: a.tolist()[0], r"\[768\]"),
    (lambda a: "text", "<U4"), (lambda a: a * 1j, "complex"), (lambda a: 0.0, r"float64 \[\]")])
def test_results_of_hooks_that_are_refused(model, ids, result, found):
    with pytest.raises(excise.BadInputError, match=found):
        model.run_with_hooks(ids, {PRE: lambda a, ctx: result(a)})


def test_models_that_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(excise.BadInputError, match="download openai-community/gpt2"):
        excise.load("gpt2")
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(excise.BadFileError):
        excise.load(tmp_path)
    with pytest.raises(excise.Error, match="layer 12: expected 0 to 11"):
        excise.load("baker-7m").layer_weights(12)


def test_the_hierarchy_of_errors():
    for name, also in [("BadInputError", ValueError), ("BadFileError", ValueError),
                       ("UnsupportedError", NotImplementedError), ("IoError", OSError),
                       ("OutOfMemoryError", MemoryError), ("InternalError", RuntimeError)]:
        error = excise.errors.from_code(getattr(excise, name).code, "[x] y")
        assert type(error) is getattr(excise, name) and str(error) == "[x] y"
        assert isinstance(error, excise.Error) and isinstance(error, also)
    assert isinstance(excise.errors.from_code("interrupted", ""), KeyboardInterrupt)


def test_names_are_shown_as_a_terminal_may_have_them(tmp_path):
    """Every repr that has one, and messages of the Python side."""
    folder = shutil.copytree(ROOT / "models" / "baker-7m", tmp_path / "m\x1b[2J\n\u202e")
    model = excise.load(folder)
    text = "The dog did nothing in the night-time. " * 20
    result = excise.sweep(model, text, layers=[0])
    basis = excise.fit(model, text, hook="blocks.5.mlp.hook_pre", components=2)
    shown = [repr(model), repr(result), str(result), repr(basis)]
    with pytest.raises(excise.BadInputError) as error:
        excise.load("n\x1b[2J")
    for text in [*shown, str(error.value)]:
        assert not any(sign in text for sign in "\x1b\u202e"), text
    assert "m\\x1B[2J\\x0A\\u{202E}" in repr(model)


def test_a_name_that_is_no_utf8_is_refused(tmp_path):
    folder = shutil.copytree(GOLDEN / "tiny-gpt2", tmp_path / os.fsdecode(b"m\xff"))
    with pytest.raises(excise.BadInputError, match="expected UTF-8"):
        excise.load(os.fsdecode(folder))


def test_bos_begins_the_texts_of_a_model():
    plain, always = excise.load("baker-7m"), excise.load("baker-7m", bos="always")
    assert (plain.bos, always.bos) == ("auto", "always")
    ids = plain.encode("The dog").tolist()
    assert always.encode("The dog").tolist() == [8191, *ids]
    assert always.encode("<|endoftext|>The dog").tolist() == [8191, *ids]
    again = pickle.loads(pickle.dumps(always))
    assert again.bos == "always" and again.encode("The").tolist()[0] == 8191
    with pytest.raises(excise.BadInputError, match="auto, always or never"):
        excise.load("baker-7m", bos="often")
