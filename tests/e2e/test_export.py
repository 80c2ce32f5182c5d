"""Models with the edit in their weights: the same numbers as the hook, here and in the reference."""
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from support import (GOLDEN, ROOT, excise, read_safetensors, write_frozen_pca, write_random_gpt2,
                     write_safetensors)

BAKER = ROOT / "models" / "baker-7m"
TINY_ODD = GOLDEN / "tiny-gpt2-odd"
GENERATED = json.loads((GOLDEN / "generate_baker.json").read_text())
# Both sides are float32, and the order of a product's sums is the processor's.
ROUNDED = 3e-5
TOLERANCES = json.loads((GOLDEN / "tolerances.json").read_text())["generate_baker.safetensors"]
BAD_INPUT, UNSUPPORTED = 2, 4


def write_edit(folder, hook, arrays, lines="", basis="diff-means", options=None):
    """A basis fitted at one hook, and the edit file that uses it."""
    metadata = {"schema": "excise.basis/1", "basis": basis, "hooks": hook,
                "model_fingerprint": "", "n_tokens": "1"}
    metadata |= {f"option.{key}": value for key, value in (options or {}).items()}
    write_safetensors(folder / "basis.safetensors",
                      {f"{hook}/{name}": values for name, values in arrays.items()}, metadata)
    edit = folder / "edit.toml"
    edit.write_text(f'schema = "excise.edit/1"\nhook = "{hook}"\nbasis = "basis.safetensors"\n'
                    + lines)
    return edit


def exported(model, edit, out, *options, code=0):
    done = excise("export", model, "--edit", edit, "--out", out, "--json", *options, code=code)
    return json.loads(done.out) if code == 0 else done.err


def test_formula_and_golden(tmp_path):
    """METHOD: W' = W (I - V V^T), b' = (b - mean)(I - V V^T) + mean, and the reference's tokens."""
    golden = read_safetensors(GOLDEN / "generate_baker.safetensors")
    report = exported(BAKER, write_frozen_pca(tmp_path, 0), tmp_path / "out")
    assert report["dtype"] == "F32"
    assert report["check"]["max_abs_delta_logprob"] <= ROUNDED
    assert report["check"]["edit_max_abs_delta_logprob"] > 0.1
    before, after = (read_safetensors(folder / "model.safetensors")
                     for folder in (BAKER, tmp_path / "out"))
    weight, bias = (f"transformer.h.0.mlp.c_fc.{part}" for part in ("weight", "bias"))
    assert sorted(report["changed"]) == sorted([weight, bias])
    v, mean = golden["v_l0"], golden["mean_l0"]
    keep = np.eye(len(v)) - np.outer(v, v)
    np.testing.assert_allclose(after[weight], before[weight].astype(float) @ keep, atol=1e-7)
    np.testing.assert_allclose(after[bias], (before[bias] - mean) @ keep + mean, atol=1e-6)
    for name, values in before.items():
        if name not in report["changed"]:
            assert np.array_equal(after[name], values.astype(np.float32)), name
    for case in GENERATED["cases"]:
        done = excise("generate", tmp_path / "out", "--prompt", case["prompt"],
                      "--max-tokens", 30, "--quiet")
        assert done.out == case["edited_l0"]["text"] + "\n"


HOOKS = {  # hook: width
    "blocks.1.mlp.hook_pre": 768, "blocks.2.mlp.hook_post": 768, "blocks.3.hook_mlp_out": 192,
    "blocks.4.attn.hook_z": 192, "blocks.5.hook_attn_out": 192,
}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_that_weights_carry(tmp_path, hook):
    """Oblique filters, two components, a strength: nothing that only a projection would forgive."""
    rng = np.random.default_rng(3)
    atoms, filters = rng.standard_normal((2, 2, HOOKS[hook])) / np.sqrt(HOOKS[hook])
    edit = write_edit(tmp_path, hook, {"atoms": atoms, "filters": filters,
                                       "mean": rng.standard_normal(HOOKS[hook])},
                      "strength = 0.7\n", options={"centre": "neuron", "restore": "neuron"})
    report = exported(BAKER, edit, tmp_path / "out")
    assert report["check"]["max_abs_delta_logprob"] <= ROUNDED
    assert report["check"]["edit_max_abs_delta_logprob"] > 1e-2


def test_a_restored_token_mean_is_linear_too(tmp_path):
    v = read_safetensors(GOLDEN / "generate_baker.safetensors")["v_l5"]
    edit = write_edit(tmp_path, "blocks.5.mlp.hook_pre", {"atoms": v[None]}, basis="svd",
                      options={"centre": "none", "restore": "token"})
    assert exported(BAKER, edit, tmp_path / "out")["check"]["max_abs_delta_logprob"] <= ROUNDED


@pytest.mark.parametrize("hook", ["blocks.0.hook_resid_pre", "blocks.4.hook_resid_pre",
                                  "blocks.4.hook_resid_mid", "blocks.4.hook_resid_post",
                                  "ln_final.hook_normalized", "blocks.3.mlp.hook_pre"])
def test_a_direction_can_be_added_anywhere(tmp_path, hook):
    width = 768 if "hook_pre" in hook and "mlp" in hook else 192
    atom = np.random.default_rng(4).standard_normal((1, width)) / np.sqrt(width)
    edit = write_edit(tmp_path, hook, {"atoms": atom, "class_codes": np.array([[2.0], [-2.0]])},
                      'action = "add"\nstrength = 1.5\nclass = 1\n')
    report = exported(BAKER, edit, tmp_path / "out")
    assert report["check"]["max_abs_delta_logprob"] <= ROUNDED
    assert report["check"]["edit_max_abs_delta_logprob"] > 1e-2


def test_two_edits_of_one_layer_and_shards(tmp_path):
    """A model in shards, bfloat16, with other sizes and an own head."""
    rng = np.random.default_rng(5)
    edits = []
    for name, hook, width in [("a", "blocks.1.mlp.hook_post", 100),
                              ("b", "blocks.1.hook_mlp_out", 48)]:
        (tmp_path / name).mkdir()
        edits.append(write_edit(tmp_path / name, hook,
                                {"atoms": rng.standard_normal((1, width)) / np.sqrt(width)}))
    done = excise("export", TINY_ODD, "--edit", edits[0], "--edit", edits[1], "--out",
                  tmp_path / "out", "--json")
    report = json.loads(done.out)
    assert report["dtype"] == "F32"
    assert len(report["changed"]) == 2  # one c_proj took both
    assert report["check"]["max_abs_delta_logprob"] <= ROUNDED
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config.get("dtype", config.get("torch_dtype")) == "float32"


def test_dtype(tmp_path):
    edit = write_frozen_pca(tmp_path, 0)
    same = exported(BAKER, edit, tmp_path / "same", "--dtype", "same")
    assert same["dtype"] == "F16"
    assert same["check"]["max_abs_delta_logprob"] > 1e-5  # float16 rounds; it says so
    text = excise("export", BAKER, "--edit", edit, "--out", tmp_path / "told", "--dtype", "f16").out
    assert "--dtype f32" in text and "above the limit" in " ".join(text.split())
    # Strength 0 changes nothing, so the model's own dtype holds it.
    edit.write_text(edit.read_text() + "strength = 0\n")
    nothing = exported(BAKER, edit, tmp_path / "nothing")
    assert nothing["dtype"] == "F16"
    before, after = (read_safetensors(folder / "model.safetensors")
                     for folder in (BAKER, tmp_path / "nothing"))
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_readme_states_the_edit(tmp_path):
    exported(BAKER, write_frozen_pca(tmp_path, 5), tmp_path / "out")
    original = (BAKER / "README.md").read_text()
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith(original)
    for said in ("## Edited weights", "`blocks.5.mlp.hook_pre`", "pca_l5.safetensors", "strength 1",
                 "transformer.h.5.mlp.c_fc.weight", "nats at most"):
        assert said in text, said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        path.name for path in BAKER.iterdir()}


SAE = GOLDEN / "sae" / "standard"
REFUSED = {
    "positions": ("blocks.1.mlp.hook_pre", 768, 'positions = "1-"\n', "every position"),
    "residual stream": ("blocks.1.hook_resid_post", 192, "", "hook_mlp_out"),
    "final LayerNorm": ("ln_final.hook_normalized", 192, "", "no bias"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_weights_cannot_do(tmp_path, name):
    hook, width, lines, reason = REFUSED[name]
    edit = write_edit(tmp_path, hook, {"atoms": np.ones((1, width)) / np.sqrt(width)}, lines)
    message = exported(BAKER, edit, tmp_path / "out", code=UNSUPPORTED)
    assert reason in message and hook in message
    assert not (tmp_path / "out").exists()


def test_refuses_an_sae(tmp_path):
    """Its codes are no linear function of the activation."""
    model = write_random_gpt2(tmp_path / "model", 1, 48, 2, 100, 32)
    sae = tmp_path / "sae"
    sae.mkdir()
    for name in ("cfg.json", "sae_weights.safetensors"):
        (sae / name).write_bytes((SAE / name).read_bytes())
    config = json.loads((sae / "cfg.json").read_text())
    hook = "blocks.0.hook_mlp_out"
    config["hook_name"] = hook
    config.get("metadata", {})["hook_name"] = hook
    (sae / "cfg.json").write_text(json.dumps(config))
    edit = tmp_path / "edit.toml"
    edit.write_text(f'schema = "excise.edit/1"\nhook = "{hook}"\nbasis = "sae"\n'
                    "components = [0, 5]\n")
    assert "linear" in exported(model, edit, tmp_path / "out", code=UNSUPPORTED)
    excise("generate", model, "--ids", "1,2,3", "--edit", edit, "--max-tokens", 3)


def test_refuses_a_folder_that_is_there(tmp_path):
    edit = write_frozen_pca(tmp_path, 0)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert "mine" not in exported(BAKER, edit, tmp_path / "out", code=BAD_INPUT)
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    assert exported(BAKER, edit, tmp_path / "new", "--dtype", "f8", code=BAD_INPUT)
    assert not (tmp_path / "new").exists()


def reference_python():
    """An interpreter with the reference library: this one, or that of the benchmarks."""
    for python in (sys.executable, ROOT / "build" / "bench" / "venv" / "bin" / "python",
                   os.environ.get("EXCISE_REFERENCE_PYTHON", "")):
        if python and pathlib.Path(python).exists() and subprocess.run(
                [python, "-c", "import torch, transformers"], capture_output=True).returncode == 0:
            return python
    return None


REFERENCE = """
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, prompt = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
ids = AutoTokenizer.from_pretrained(folder)(prompt, return_tensors="pt").input_ids
with torch.inference_mode():
    print(json.dumps(model(ids).logits[0, -1].double().tolist()))
"""


def test_loads_in_the_reference_library(tmp_path):
    python = reference_python()
    if python is None:
        pytest.skip("no Python with PyTorch and Transformers (`make bench` installs one)")
    exported(BAKER, write_frozen_pca(tmp_path, 0), tmp_path / "out")
    golden = read_safetensors(GOLDEN / "generate_baker.safetensors")
    for number, case in enumerate(GENERATED["cases"]):
        done = subprocess.run([python, "-c", REFERENCE, tmp_path / "out", case["prompt"]],
                              capture_output=True, text=True, check=True,
                              env=os.environ | {"HF_HUB_OFFLINE": "1"})
        name = f"logits_{number}_edited_l0"
        np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), golden[name], rtol=0,
                                   atol=TOLERANCES[name]["atol"])
