"""Errors of the engine in the words of Python: keyword arguments, and no option of a command line."""
import inspect
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import excise
from excise._words import _HINTS

TEXT = "It was a dark night and the dog did nothing."
FUNCTIONS = [excise.load, excise.sweep, excise.median, excise.lesion, excise.run, excise.fit,
             excise.generate, excise.export, excise.concept.fit, excise.concept.test,
             excise.concept.apply, excise.corpus, excise.merge, excise.task]
KEYWORDS = {name for function in FUNCTIONS for name in inspect.signature(function).parameters}


def options_in_messages():
    """The options that strings of the engine name."""
    found = set()
    for folder in ("experiment", "run", "fit", "edit", "intervention", "model"):
        for path in (ROOT / "src" / folder).rglob("*.cc"):
            if not path.name.endswith("_test.cc"):
                for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', path.read_text()):
                    for hint in _HINTS:  # which have words of their own
                        text = text.replace(hint, "")
                    found.update(re.findall(r"--([a-z]+(?:-[a-z]+)*)", text))
    return sorted(found)


def test_every_option_that_a_message_names_is_a_keyword():
    options = options_in_messages()
    assert len(options) > 20
    for option in options:
        words = str(excise.errors.from_code("bad_input", f"[x] y: expected z; --{option} takes it"))
        keyword = words.removeprefix("[x] y: expected z; ").removesuffix(" takes it")
        assert keyword in KEYWORDS, option


@pytest.mark.parametrize("call, words", [
    (lambda m: excise.sweep(m, TEXT, preset=5), "[spec] preset: expected a string, got 5"),
    (lambda m: excise.sweep(m, TEXT, layers=99), "layers takes e.g. all"),
    (lambda m: excise.sweep(m, TEXT, permutations=2.5), "[spec] permutations: expected an integer"),
    (lambda m: excise.sweep(m, TEXT, detail_layer=99), "detail_layer takes a layer of layers"),
    (lambda m: excise.lesion(m, [("The dog saw him.", "The dog saw her.")], ("him", "her"),
                             hold_out=0),
     "a sentence (test) or pairs held out (hold_out)"),
    (lambda m: excise.fit(m, TEXT, basis="leace"), "class_tokens"),
    (lambda m: excise.generate(m, "word " * 300), "past_context slide"),
    (lambda m: m.find_hooks("blocks.5.mlp.hook_pr"), "did you mean blocks.5.mlp.hook_pre or "),
    (lambda m: excise.sweep(m, TEXT, basis="sae"), "given as a folder: basis FOLDER")])
def test_words(model, call, words):
    with pytest.raises(excise.Error) as error:
        call(model)
    message = str(error.value)
    assert words in message
    assert "--" not in message and " line " not in message and "excise inspect" not in message


def test_lines_of_a_file_are_told(model, tmp_path):
    (tmp_path / "x.toml").write_text('schema = "excise.experiment/1"\npreset = 5\n')
    with pytest.raises(excise.BadInputError, match=r"x.toml, line 2: preset"):
        excise.run(tmp_path / "x.toml", model)


def test_a_hook_is_named_as_a_sweep_names_it_and_the_reverse(model, ids):
    for name in ("hook_pre", "mlp.hook_pre", "blocks.*.mlp.hook_pre", "transformer.h.*.mlp.c_fc"):
        assert model.find_hooks(name) == [f"blocks.{layer}.mlp.hook_pre" for layer in range(12)]
    assert model.find_hooks("hook_embed") == ["hook_embed"]
    assert len(model.find_hooks("ln1.hook_scale")) == 12
    at_five = excise.sweep(model, ids, layers=5, permutations=10).arrays["delta_logprob"]
    for name in ("blocks.5.mlp.hook_pre", "transformer.h.5.mlp.c_fc", "h.5.mlp.c_fc"):
        swept = excise.sweep(model, ids, hook=name, permutations=10)
        assert [each["layer"] for each in swept.json["layers"]] == [5]
        assert (swept.arrays["delta_logprob"] == at_five).all()
    with pytest.raises(excise.BadInputError, match="5, that of the hook"):
        excise.sweep(model, ids, hook="blocks.5.mlp.hook_pre", layers=[4])
    with pytest.raises(excise.Error):
        excise.sweep(model, ids, hook="blocks.99.mlp.hook_pre")


def test_a_fit_an_edit_and_a_concept_take_the_same_names(model, ids):
    at_five = excise.fit(model, TEXT * 9, hook="blocks.5.mlp.hook_pre", components=1)
    assert list(at_five) == ["blocks.5.mlp.hook_pre"]
    for name in ("hook_pre", "mlp.hook_pre", "transformer.h.*.mlp.c_fc"):
        basis = excise.fit(model, TEXT * 9, hook=name, components=1)
        assert list(basis) == model.find_hooks(name) == model.find_hooks("blocks.*.mlp.hook_pre")
        edit = excise.Edit(name, basis, components=[0])
        with model.edit(edit):
            everywhere = model(ids)
        with model.edit("blocks.*.mlp.hook_pre", excise.remove(basis)):
            np.testing.assert_allclose(everywhere, model(ids), atol=1e-4)
        swept = excise.sweep(model, ids, edit=edit, permutations=10)
        assert [each["layer"] for each in swept.json["layers"]] == list(range(12))
    for name in ("h.5.mlp.c_fc", "blocks.5.mlp.hook_pre"):
        swept = excise.sweep(model, ids, edit=excise.Edit(name, at_five), permutations=10)
        assert [each["layer"] for each in swept.json["layers"]] == [5]


def test_too_many_scores_name_what_keeps_fewer(tmp_path):
    """Refused before any is made, so that a long text costs nothing."""
    sizes = {"model_type": "gpt2", "n_layer": 1, "n_embd": 8, "n_head": 4, "n_positions": 20000,
             "vocab_size": 9, "architectures": ["GPT2LMHeadModel"]}
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    program = pathlib.Path(sys.executable).parent / "excise"
    subprocess.run([program, "make-model", "--config", tmp_path / "config.json", "--out",
                    tmp_path / "long", "--quiet"], check=True)
    long = excise.load(tmp_path / "long")
    with pytest.raises(excise.OutOfMemoryError, match="4 GiB.*names_filter keeps them at fewer"):
        long.run_with_cache([1] * 18000)


def test_notes_and_summaries_name_arguments(model):
    text = "She said that he had lost it. He said that she had. " * 3
    classes = {"basis": "leace", "class_tokens": ["^ he$", "^ she$"]}
    basis = excise.fit(model, text, hook="blocks.5.mlp.hook_pre", **classes)
    (fitted,) = basis.report["hooks"]
    assert fitted["note"].endswith("more tokens, or shrinkage")
    result = excise.sweep(model, text, layers=5, **classes)
    assert "or shrinkage" in result.summary.replace("\n", " ") and "--" not in result.summary
    assert "--" not in repr(result) + str(result)
