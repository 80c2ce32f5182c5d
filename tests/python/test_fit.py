"""Fits: the numbers of the command line, classes, and what is refused."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import excise

PROGRAM = pathlib.Path(sys.executable).parent / "excise"
HOOK = "blocks.5.mlp.hook_pre"
LONG = "The dog did nothing in the night-time. That was the curious incident, he said. " * 12


@pytest.mark.parametrize("options", [
    {"hook": HOOK, "components": 5, "window": 32},
    {"hook": HOOK, "preset": "published", "components": 3, "hold_out": False},
    {"basis": "ica", "hook": "blocks.2.hook_resid_post", "components": 3, "seed": 4},
    {"basis": "leace", "hook": HOOK, "class_tokens": ["^ (he|dog)$"], "shrinkage": 0.05},
    {"basis": "diff-means", "hook": HOOK, "class_texts": [LONG, LONG[::-1]]}], ids=str)
def test_it_is_the_command_line(model, options, tmp_path):
    """The same file, byte for byte, and the same report."""
    arguments = []
    for name, value in options.items():
        if name == "class_texts":
            for i, text in enumerate(value):
                (tmp_path / f"{i}.txt").write_text(text)
                arguments += ["--class-file", tmp_path / f"{i}.txt"]
        elif name == "hold_out":
            arguments.append("--no-held-out")
        elif name == "class_tokens":
            arguments += ["--class-tokens", *value]
        else:
            arguments += [f"--{'at' if name == 'hook' else name}", str(value)]
    text = None if "class_texts" in options else LONG
    if text:
        arguments += ["--text", text]
    done = subprocess.run([PROGRAM, "fit", "baker-7m", *arguments, "--json", "--out",
                           tmp_path / "cli.safetensors"], capture_output=True, check=True)
    basis = excise.fit(model, text, **options)
    ours = basis.save(tmp_path / "python.safetensors")
    assert ours.read_bytes() == (tmp_path / "cli.safetensors").read_bytes()
    theirs = json.loads(done.stdout)
    del theirs["file"]
    assert basis.report == theirs
    stored = excise.load_basis(ours).provenance
    assert stored["options"].items() >= basis.provenance["options"].items()
    assert stored | {"options": {}} == basis.provenance | {"options": {}}


def test_several_texts(model, tmp_path):
    """A list, or files and folders of the command line."""
    texts = [LONG, "It rained on the roof. " * 40, "He shook his head. " * 30]
    (tmp_path / "folder").mkdir()
    for place, text in zip(("a.txt", "folder/b.txt", "folder/c.txt"), texts, strict=True):
        (tmp_path / place).write_text(text)
    arguments = ["--window", "64", "--components", "2", "--at", HOOK, "--json", "--out"]
    done = subprocess.run([PROGRAM, "fit", "baker-7m", "--text-file", "a.txt", "folder", *arguments,
                           "cli.safetensors"], capture_output=True, check=True, cwd=tmp_path)
    basis = excise.fit(model, texts, window=64, components=2, hook=HOOK)
    ours = basis.save(tmp_path / "python.safetensors")
    assert ours.read_bytes() == (tmp_path / "cli.safetensors").read_bytes()
    report = json.loads(done.stdout)
    assert report["fit_tokens"] + report["held_out_tokens"] == sum(
        len(model.encode(text)) for text in texts)
    short = excise.fit(model, [text[:60] for text in texts] + ["The dog.", "A cat."], components=1,
                       hook=HOOK)  # five short texts are five windows
    assert short.report["held_out_tokens"] == len(model.encode("A cat."))


def test_a_class_may_be_missing_in_one_text_of_several(model):
    both = excise.fit(model, ["He shook his head. " * 9, "She shook her head. " * 9],
                      basis="leace", class_tokens=["^ his$", "^ her$"], hook=HOOK)
    assert both.report["hooks"][0]["fit"]["accuracy"] == 1


def test_sweeping_with_it(model, tmp_path):
    basis = excise.fit(model, LONG, components=4, window=64)
    assert list(basis) == [f"blocks.{layer}.mlp.hook_pre" for layer in range(12)]
    one = excise.sweep(model, basis=basis, remove=[0, 1], layers=[3, 5], permutations=100)
    path = basis.save(tmp_path / "svd.safetensors")
    other = excise.sweep(model, basis=path, remove=[0, 1], layers=[3, 5], permutations=100)
    np.testing.assert_array_equal(one.arrays["delta_logprob"], other.arrays["delta_logprob"])
    assert one.manifest["basis"]["held_out"] is True and "basis.safetensors" in one.files
    assert "preset" not in one.manifest["spec"]
    again = excise.run(one)
    np.testing.assert_array_equal(one.arrays["delta_logprob"], again.arrays["delta_logprob"])


def test_progress(model):
    calls = []
    excise.fit(model, components=2, progress=lambda *call: calls.append(call))
    assert calls and all(done <= total for _, done, total in calls)


@pytest.mark.parametrize("options, message", [
    ({"basis": "fourier"}, "fourier"), ({"basis": "neurons"}, "no fit"),
    ({"basis": "ica", "preset": "pca"}, "for svd"), ({"hook": "blocks.5.nothing"}, "hook"),
    ({"components": 10**6}, "components"), ({"components": -1}, "components"),
    ({"text": "a", "class_texts": ["a", "b"]}, "both"), ({"text": ""}, "text|token"),
    ({"basis": "ged"}, "class"), ({"window": 10**6}, "window"), ({"window": 1.5}, "window"),
    ({"seed": -1}, "seed"), ({"basis": "leace", "class_tokens": ["("]}, "pattern|\\(")])
def test_what_is_refused(model, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        excise.fit(model, **options)


def test_a_text_is_needed():
    tiny = excise.load(pathlib.Path(__file__).parents[1] / "golden" / "tiny-gpt2")
    with pytest.raises(excise.BadInputError, match="class_texts"):
        excise.fit(tiny)
