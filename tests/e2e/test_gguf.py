"""GGUF files wherever a model folder goes: small ones with random weights, quantised by ggml, that
tests/families/make_gguf.py wrote; their numbers are tested there."""
import json
import re
import shutil

import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors

FILES = ROOT / "tests" / "families" / "gguf"
BYTES, PIECES = FILES / "qwen2" / "model.gguf", FILES / "gemma" / "model.gguf"
SPLIT = FILES / "llama_linear"
BAD_FILE, UNSUPPORTED, BAD_INPUT = 3, 4, 2
TEXT = "The old sailor taught her to tie a knot, and she thanked him for it."
HELD_OUT = "Nobody had told her about the meeting. We waited for him at the station."


@pytest.fixture(params=[BYTES, PIECES], ids=["bytes", "pieces"])
def model(request):
    return request.param


def swept(model, out, *options):
    excise("sweep", model, *options, "--out", out, "--quiet")
    return read_safetensors(out / "arrays.safetensors")


def test_inspect_tells_what_the_file_is(model):
    facts = json.loads(excise("inspect", model, "--json").out)
    assert facts["chat_template"] is True and facts["tokenizer"] == facts["d_vocab"]
    assert sum(facts["tensor_types"].values()) >= 20 and len(facts["tensor_types"]) > 3
    shown = excise("inspect", model).out
    assert "chat template there is one" in shown and "F32 (" in shown


def test_a_sweep_at_every_place_by_both_executors(model, tmp_path):
    hooks = json.loads(excise("inspect", model, "--json").out)["hooks"]
    for hook in hooks:
        place = hook["name"].removeprefix("blocks.{l}.")
        if place == hook["name"]:
            continue
        fast, naive = (swept(model, tmp_path / f"{place}-{executor}", "--text", TEXT, "--at", place,
                             "--preset", "pca", "--controls", "norm-matched=2", "--executor", executor)
                       for executor in ("wavefront", "naive"))
        for name in ("delta_logprob", "control_mean_norm_matched"):
            largest = np.abs(naive[name]).max()
            assert largest > 1e-9, (place, name)
            assert np.abs(fast[name] - naive[name]).max() < 5e-5 * max(1, largest), (place, name)


def test_every_command(model, tmp_path):
    basis, edit = tmp_path / "basis.safetensors", tmp_path / "edit.toml"
    excise("fit", model, "--at", "blocks.1.mlp.hook_pre", "--preset", "pca", "--components", 2,
           "--text", TEXT + " " + HELD_OUT, "--out", basis, "--quiet")
    edit.write_text('schema = "excise.edit/1"\nhook = "blocks.1.mlp.hook_pre"\n'
                    f'basis = "{basis}"\ncomponents = [0]\n')
    done = excise("generate", model, "--prompt", "The sailor", "--edit", edit, "--max-tokens", 4,
                  "--compare", "--json")
    assert {one["branch"] for one in json.loads(done.out)["continuations"]} == {"clean", "edited"}
    excise("median", model, "--prompt", "The old sailor taught", "--target-id", 7, "--random", 2,
           "--out", tmp_path / "median")
    excise("lesion", model, "--pairs", ROOT / "experiments" / "him-her.tsv", "--first-token", "--random",
           2, "--out", tmp_path / "lesion", "--quiet")
    concept = tmp_path / "concept.toml"
    source = (ROOT / "experiments" / "concepts" / "him-her.toml").read_text()
    # Words of one token in these small vocabularies, and a text that their context holds.
    for key, value in (("words", '[" a"]'), ("control_words", '[" i"]'), ("control_text", f'"{HELD_OUT}"')):
        source = re.sub(rf"^{key} = .*$", f"{key} = {value}", source, flags=re.MULTILINE)
    concept.write_text(source)
    excise("concept", "fit", model, "--concept", concept,
           "--layers", "0", "--random", 2, "--alpha", "1", "--sample-tokens", 2, "--out",
           tmp_path / "concept", "--quiet")
    for name in ("median", "lesion", "concept"):
        assert (tmp_path / name / "report.html").stat().st_size > 10_000
    refused = excise("export", model, "--edit", edit, "--out", tmp_path / "edited", code=UNSUPPORTED)
    assert "a GGUF file, whose weights are not written anew" in refused.err
    assert not (tmp_path / "edited").exists()


def test_an_experiment_repeats_itself(model, tmp_path):
    swept(model, tmp_path / "first", "--text", TEXT)
    excise("run", tmp_path / "first" / "experiment.toml", "--out", tmp_path / "again", "--quiet")
    for name in ("arrays.safetensors", "layers.csv", "experiment.toml"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    facts = read_results(tmp_path / "first")["manifest"]["model"]
    assert facts["name"] == "model.gguf"


def test_special_tokens_of_a_prompt(tmp_path):
    prompt = "<|im_start|>She said"
    read, plain = (json.loads(excise("tokenize", BYTES, prompt, "--special-tokens", how, "--json").out)
                   for how in ("read", "text"))
    assert read["pieces"][0] == "<|im_start|>" and len(plain["ids"]) > len(read["ids"])
    out = tmp_path / "out"
    done = excise("sweep", BYTES, "--text", prompt + ", and he said.", "--special-tokens", "text", "--out", out)
    assert "special tokens are text" in done.out
    assert read_results(out)["manifest"]["spec"]["special_tokens"] == "text"


def test_files_are_known_by_their_content_and_their_folder(tmp_path):
    blob = tmp_path / "sha256-0123"  # as Ollama calls them
    shutil.copy(BYTES, blob)
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(BYTES, folder / "weights.gguf")
    ids = {excise("tokenize", place, TEXT, "--json").out for place in (BYTES, blob, folder)}
    assert len(ids) == 1
    shutil.copy(PIECES, folder / "other.gguf")
    refused = excise("inspect", folder, code=BAD_INPUT)
    assert "2 GGUF files" in refused.err and "name one of them" in refused.err


def test_any_part_of_a_split_file_is_the_model(tmp_path):
    facts = [json.loads(excise("inspect", place, "--json").out) for place in (
        SPLIT, SPLIT / "model-00001-of-00003.gguf", SPLIT / "model-00003-of-00003.gguf")]
    assert facts[0]["fingerprint"] == facts[1]["fingerprint"] == facts[2]["fingerprint"]
    shutil.copytree(SPLIT, tmp_path / "cut", ignore=shutil.ignore_patterns("*-00002-*"))
    refused = excise("inspect", tmp_path / "cut" / "model-00001-of-00003.gguf", code=6)
    assert "model-00002-of-00003.gguf" in refused.err


def test_damaged_files(tmp_path):
    whole = BYTES.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[:len(whole) // 2])
    refused = excise("sweep", cut, "--text", TEXT, "--out", tmp_path / "out", code=BAD_FILE)
    assert "the file is cut off or damaged: fetch it again" in refused.err
    empty = tmp_path / "empty.gguf"
    empty.write_bytes(b"")
    assert "its first bytes" in excise("inspect", empty, code=BAD_FILE).err
