"""Continuations: the reference's tokens, edits of files and of Python, and what is refused."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import sklearn.decomposition
from conftest import GOLDEN
from excise import _core

import excise

GENERATED = json.loads((GOLDEN / "generate_baker.json").read_text())
PROMPT = "The detective looked at the"


def frozen(model, layer):
    """The edit of the golden cases: one component and mean, fitted beforehand."""
    golden = _core.read_safetensors(GOLDEN / "generate_baker.safetensors")
    v, mean = (np.array(golden[f"{name}_l{layer}"], np.float64) for name in ("v", "mean"))
    hook = f"blocks.{layer}.mlp.hook_pre"
    core = _core.make_basis(model._core, "svd", [(hook, (v[None], v[None], mean))], "")
    return excise.Edit(hook, excise.Basis(core))


@pytest.fixture(scope="module")
def edit(model):
    return frozen(model, 0)


@pytest.mark.parametrize("layer", [5, 0])
@pytest.mark.parametrize("way", ["file", "context", "function"])
def test_equals_the_reference(model, close, layer, way):
    edit = frozen(model, layer)
    for case in GENERATED["cases"]:
        for ids in (case["prompt"], case["prompt_ids"]):
            if way == "file":
                found = excise.generate(model, ids, edit=edit, compare=True, max_tokens=30)
            elif way == "context":
                with model.edit(edit):
                    found = excise.generate(model, ids, compare=True, max_tokens=30)
            else:
                with model.edit(edit.hook, excise.remove(edit.basis)):
                    found = excise.generate(model, ids, compare=True, max_tokens=30)
            assert [each.branch for each in found] == ["clean", "edited"]
            for one, name in zip(found, ("clean", f"edited_l{layer}")):
                assert one.ids.tolist() == case[name]["ids"]
                assert one.text == "".join(one.tokens) == case[name]["text"]
                close("generate_baker.json", "logprob", one.logprobs, case[name]["logprob"])
            assert found.text == found.edited.text and found.clean is found[0]


def test_it_is_the_command_line(model, edit, tmp_path):
    path = edit.save(tmp_path / "edit.toml")
    program = pathlib.Path(sys.executable).parent / "excise"
    options = {"max_tokens": 12, "temperature": 0.8, "top_k": 50, "top_p": 0.9, "seed": 7,
               "samples": 2, "compare": True}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()
                 if name != "compare"]
    done = subprocess.run([program, "generate", "baker-7m", "--prompt", PROMPT, "--edit", path,
                           "--compare", "--json", *arguments], capture_output=True, check=True)
    expected = json.loads(done.stdout)
    for given in (edit, path, str(path), [excise.load_edit(path)]):
        found = excise.generate(model, PROMPT, edit=given, **options).json
        assert found["continuations"] == expected["continuations"]
        assert found["options"] == expected["options"]


def test_functions_see_new_tokens(model):
    """First the prompt, then one token after the other; what they give back counts."""
    ids = model.encode(PROMPT)
    seen = []

    def watch(a, ctx):
        seen.append((ctx.name, ctx.layer, ctx.position, a.shape))
    with model.edit("blocks.3.attn.hook_z", watch):
        watched = excise.generate(model, ids, max_tokens=3)
    heads = (model.cfg.n_heads, model.cfg.d_head)
    assert seen == [("blocks.3.attn.hook_z", 3, at, (rows, *heads))
                    for at, rows in [(0, len(ids)), (len(ids), 1), (len(ids) + 1, 1)]]
    plain = excise.generate(model, ids, max_tokens=3)
    assert watched.text == plain.text and watched[0].branch == "edited"
    assert plain[0].branch == "clean" and plain.edited is None
    with model.edit("blocks.*.hook_mlp_out", lambda a, ctx: a * 0):
        zeroed = excise.generate(model, ids, max_tokens=3)
    assert zeroed.text != plain.text
    fitted = sklearn.decomposition.PCA(2).fit(np.random.default_rng(0).random((9, 768)))
    with model.edit("blocks.5.mlp.hook_pre", excise.remove(fitted)):
        assert len(excise.generate(model, ids, max_tokens=2)[0].ids) == 2


def test_files_and_functions_keep_their_order(model, edit):
    """Doubling before or after a removal of what has a mean is not the same."""
    def double(a, ctx):
        return a * 2
    texts = []
    for edits in ([edit, double], [double, edit]):
        with model.edit(edits[0]) if edits[0] is edit else model.edit(edit.hook, edits[0]):
            with model.edit(edits[1]) if edits[1] is edit else model.edit(edit.hook, edits[1]):
                texts.append(excise.generate(model, PROMPT, max_tokens=8)[0].logprobs)
                logits = model(PROMPT).astype(np.float64)[-1]
                logits -= logits.max()
                assert texts[-1][0] == pytest.approx(
                    (logits - np.log(np.exp(logits).sum())).max(), abs=1e-4)
    assert abs(texts[0][0] - texts[1][0]) > 1e-3


def test_text_comes_as_it_is_made(model, edit):
    heard = []
    found = excise.generate(model, PROMPT, edit=edit, compare=True, max_tokens=20, samples=2,
                            temperature=1, on_text=lambda *call: heard.append(call))
    assert heard
    for one in found:
        assert one.text == "".join(text for text, branch, sample in heard
                                   if (branch, sample) == (one.branch, one.sample))
    page = found._repr_html_()
    assert page.count("<td") == 4 and "edited 1" in page


def test_html_is_escaped(model):
    found = excise.generate(model, "<script>alert(1)</script>", max_tokens=1)
    assert "<script>" not in found._repr_html_()


def test_a_full_context(model):
    ids = [262] * (model.cfg.n_ctx - 2)
    assert excise.generate(model, ids, max_tokens=9)[0].stop == "context"
    slid = excise.generate(model, ids, max_tokens=9, past_context="slide")[0]
    assert slid.stop == "max_tokens" and slid.windows == 2


def test_without_a_tokenizer():
    found = excise.generate(excise.load(GOLDEN / "tiny-gpt2"), [1, 2, 3], max_tokens=4)
    assert len(found[0].ids) == 4 and found[0].tokens == [] and found.text == ""


@pytest.mark.parametrize("options, message", [
    ({"prompt": ""}, "prompt|token"), ({"compare": True}, "compare"),
    ({"samples": 2}, "temperature"), ({"samples": 0}, "samples"), ({"max_tokens": -1}, "max_tokens"),
    ({"max_tokens": 1.5}, "max_tokens"), ({"past_context": "go"}, "stop or slide"),
    ({"temperature": -1.0}, "temperature"), ({"temperature": 1.0, "top_p": 0.0}, "top"),
    ({"top_k": 5}, "top"), ({"edit": 3}, "edit|iterable"), ({"edit": [lambda a, ctx: a]}, "model.edit"),
    ({"prompt": [99999]}, "99999"), ({"prompt": [1] * 300}, "256")])
def test_what_is_refused(model, options, message):
    with pytest.raises((excise.BadInputError, TypeError), match=message):
        excise.generate(**({"model": model, "prompt": PROMPT} | options))


def test_a_basis_of_a_whole_text_is_refused(model):
    for basis in (excise.svd(), sklearn.decomposition.PCA(2)):
        with model.edit("blocks.5.mlp.hook_pre", excise.remove(basis)):
            with pytest.raises(excise.BadInputError, match="fitted already"):
                excise.generate(model, PROMPT)


def test_what_python_raises_is_raised(model):
    def fail(*arguments):
        raise LookupError("of mine")
    with pytest.raises(LookupError, match="of mine"):
        excise.generate(model, PROMPT, on_text=fail)
    with model.edit("blocks.2.hook_mlp_out", fail), pytest.raises(LookupError, match="of mine"):
        excise.generate(model, PROMPT)
    assert excise.generate(model, PROMPT, max_tokens=1)[0].branch == "clean"
