"""Files as other programs leave them: each is a condition that somebody reported of one.

Right values are of Transformers 4.57.3, tokenizers 0.22, SAELens 6 and of each other (tests/golden/README.md).
"""
import csv
import json
import shutil

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, read_results, read_safetensors, write_safetensors

TINY = GOLDEN / "tiny-gpt2"
BAKER = ROOT / "models" / "baker-7m"
GPT2 = ROOT / "models" / "gpt2-tokenizer"
HERE = GOLDEN / "elsewhere"
EXPECTED = json.loads((HERE / "expected.json").read_text())
IDS = "5,17,200,3,99,411,27,8,300,17,60,2"
PROMPT = "The detective looked at the"


def copy(source, folder):
    shutil.copytree(source, folder)
    return folder


def change(path, **keys):
    path.write_text(json.dumps(json.loads(path.read_text()) | keys))


def sweep(model, out, *options):
    excise("sweep", model, "--ids", IDS, "--permutations", 100, "--quiet", "--force", "--out", out, *options)
    return read_safetensors(out / "arrays.safetensors")


def clean(model, out):
    return sweep(model, out, "--layers", 0)["logprob_clean"][1:]


def tensors_of(folder):
    return dict(read_safetensors(folder / "model.safetensors"))


def ids_of(folder, text):
    return json.loads(excise("tokenize", folder, "-", "--json", input=text.encode()).out)["ids"]


# --- config.json, generation_config.json

def test_config_keys_have_the_names_that_gpt2config_takes(tmp_path):
    model = copy(TINY, tmp_path / "m")
    config = json.loads((model / "config.json").read_text())
    for own, alias in {"n_embd": "hidden_size", "n_layer": "num_hidden_layers", "n_head": "num_attention_heads",
                       "n_positions": "max_position_embeddings"}.items():
        config[alias] = config.pop(own)
    (model / "config.json").write_text(json.dumps(config))
    np.testing.assert_allclose(clean(model, tmp_path / "out"), EXPECTED["tiny_logp"], atol=1e-4)
    (model / "config.json").write_text(json.dumps(config | {"n_head": 2}))
    assert "num_attention_heads" in excise("inspect", model, code=3).err


@pytest.mark.parametrize("config, generation", [
    (8191, EXPECTED["end_of_text"]["end"]),
    (8191, [8191, EXPECTED["end_of_text"]["end"]]),
    ([8191, EXPECTED["end_of_text"]["end"]], None),
])
def test_a_text_ends_where_generate_of_transformers_ends_it(tmp_path, config, generation):
    model = copy(BAKER, tmp_path / "m")
    change(model / "config.json", eos_token_id=config)
    (model / "generation_config.json").unlink()
    if generation is not None:
        (model / "generation_config.json").write_text(json.dumps({"eos_token_id": generation}))
    done = excise("generate", model, "--prompt", PROMPT, "--max-tokens", 8, "--json")
    continuation = json.loads(done.out)["continuations"][0]
    assert continuation["ids"] == EXPECTED["end_of_text"]["ids"]
    assert continuation["stop"] == "end_of_text"


# --- weights

@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "_module.", "base_model.model.", "module._orig_mod."])
def test_weights_out_of_a_wrapper(tmp_path, prefix):
    model = copy(TINY, tmp_path / "m")
    write_safetensors(model / "model.safetensors", {prefix + k: v for k, v in tensors_of(TINY).items()})
    np.testing.assert_allclose(clean(model, tmp_path / "out"), EXPECTED["tiny_logp"], atol=1e-4)
    assert prefix in excise("inspect", model).out


def test_tied_weights_that_are_stored_as_the_head(tmp_path):
    model = copy(TINY, tmp_path / "m")
    tensors = tensors_of(TINY)
    tensors["lm_head.weight"] = tensors.pop("transformer.wte.weight")
    write_safetensors(model / "model.safetensors", tensors, {"format": "pt"})
    np.testing.assert_allclose(clean(model, tmp_path / "out"), EXPECTED["tiny_logp"], atol=1e-4)


def test_what_is_dropped_is_compared(tmp_path):
    model = copy(TINY, tmp_path / "m")
    tensors = tensors_of(TINY)
    head = tensors["transformer.wte.weight"].copy()
    mask = np.tril(np.ones((64, 64), "<f4"))[None, None]
    write_safetensors(model / "model.safetensors",
                      tensors | {"lm_head.weight": head, "transformer.h.1.attn.bias": mask,
                                 "v_head.summary.weight": np.ones((1, 48), "<f4")})
    np.testing.assert_allclose(clean(model, tmp_path / "out"), EXPECTED["tiny_logp"], atol=1e-4)
    assert "v_head.summary.weight" in excise("inspect", model).out
    head[17, 3] += 0.5
    write_safetensors(model / "model.safetensors", tensors | {"lm_head.weight": head})
    assert "lm_head.weight: expected the values of transformer.wte.weight" in excise("inspect", model, code=3).err
    mask[0, 0, 3, 5] = 1
    write_safetensors(model / "model.safetensors", tensors | {"transformer.h.1.attn.bias": mask})
    assert "transformer.h.1.attn.bias: expected a causal mask" in excise("inspect", model, code=3).err


def test_a_tied_head_may_be_of_another_dtype(tmp_path):
    model = copy(TINY, tmp_path / "m")
    tensors = tensors_of(TINY)
    head = tensors["transformer.wte.weight"].astype("<f2")
    tensors["transformer.wte.weight"] = head.astype("<f4")
    write_safetensors(model / "model.safetensors", tensors | {"lm_head.weight": head})
    excise("inspect", model)
    head[17, 3] += 1
    write_safetensors(model / "model.safetensors", tensors | {"lm_head.weight": head})
    assert "lm_head.weight: expected the values of transformer.wte.weight" in excise("inspect", model, code=3).err


# --- sparse autoencoders

@pytest.mark.parametrize("folder, kind, reference", [("sae-legacy", "sae_legacy", "raw"),
                                                     ("sae-centred", "sae_centred", "delta")])
def test_autoencoders_of_saelens(tmp_path, folder, kind, reference):
    arrays = sweep(TINY, tmp_path / "out", "--basis-file", HERE / folder, "--at", "hook_resid_post", "--layers", 1,
                   "--remove", EXPECTED[kind]["feature"])
    np.testing.assert_allclose(arrays["delta_logprob"].reshape(-1)[1:], EXPECTED[kind][reference], atol=1e-4)


def test_the_hook_before_a_block_is_that_behind_the_one_before(tmp_path):
    sae = copy(HERE / "sae-legacy", tmp_path / "sae")
    change(sae / "cfg.json", hook_point="blocks.2.hook_resid_pre")
    options = ["--at", "hook_resid_post", "--layers", 1, "--remove", 0]
    pre = sweep(TINY, tmp_path / "pre", "--basis-file", sae, *options)
    post = sweep(TINY, tmp_path / "post", "--basis-file", HERE / "sae-legacy", *options)
    np.testing.assert_array_equal(pre["delta_logprob"], post["delta_logprob"])


# --- tokenizers

@pytest.mark.parametrize("name", EXPECTED["tokenizer_json"])
def test_tokenizer_json_decides_over_vocab_json(tmp_path, name):
    case = EXPECTED["tokenizer_json"][name]
    folder = copy(GPT2, tmp_path / "m")
    merges = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:]
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer"}')
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": case["added"],
        "normalizer": case["normalizer"], "pre_tokenizer": case["pre_tokenizer"],
        "post_processor": case["post_processor"], "decoder": case["decoder"],
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": json.loads((folder / "vocab.json").read_text()),
                  "merges": [merge.split(" ") for merge in merges if merge]}}))
    assert ids_of(folder, "Cafe\u0301 No 1234 Hi <user> x") == case["ids"]


def test_a_token_that_takes_the_blank_before_it(tmp_path):
    folder = copy(GPT2, tmp_path / "m")
    (folder / "added_tokens.json").write_text('{"<mask>": 50257}')
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": {"50257": {
        "content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False,
        "special": True}}}))
    assert ids_of(folder, "plain text") == [25638, 2420]
    assert ids_of(folder, "The <mask> ran") == [464, 50257, 4966]


# --- texts and tables

def lesion(pairs, out, *options, **how):
    return excise("lesion", BAKER, "--pairs", pairs, "--test", "They gave him an apple.", "--hold-out", 0,
                  "--layers", 1, "--random", 0, "--out", out, "--force", *options, **how)


@pytest.mark.parametrize("name", EXPECTED["lesion_t"])
def test_neurons_are_read_at_the_word_whatever_sign_touches_it(tmp_path, name):
    said = lesion(HERE / "lesion-signs" / f"{name}.tsv", tmp_path / "out").out
    assert "read at him / her" in said
    t = read_safetensors(tmp_path / "out" / "arrays.safetensors")["t"][0]
    want = np.array(EXPECTED["lesion_t"][name])
    assert np.max(np.abs(t[:len(want)] - want) / (1 + np.abs(want))) < 0.05


def test_pairs_in_the_quotes_of_csv_writer(tmp_path):
    rows = [line.split("\t") for line in (HERE / "quoted-pairs" / "plain.tsv").read_text().splitlines()]
    with open(tmp_path / "pairs.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    def t(pairs):
        lesion(pairs, tmp_path / "out", "--first-token", "--quiet")
        return read_safetensors(tmp_path / "out" / "arrays.safetensors")["t"]
    plain = t(HERE / "quoted-pairs" / "plain.tsv")
    for pairs in (HERE / "quoted-pairs" / "minimal.tsv", HERE / "quoted-pairs" / "all.tsv", tmp_path / "pairs.csv"):
        np.testing.assert_array_equal(t(pairs), plain)
    # What the run wrote repeats it, quotes at the ends of a sentence included.
    excise("run", tmp_path / "out" / "experiment.toml", "--out", tmp_path / "again", "--quiet")
    np.testing.assert_array_equal(read_safetensors(tmp_path / "again" / "arrays.safetensors")["t"], plain)


def test_sentences_that_stand_in_quotes_repeat(tmp_path):
    pairs = tmp_path / "p.tsv"
    pairs.write_text("him\ther\n" + '"#1 saw him."\t"#1 saw her."\n'
                     + "".join(f'"""Not him {i}."""\t"""Not her {i}."""\n' for i in range(4)))
    lesion(pairs, tmp_path / "out", "--quiet")
    excise("run", tmp_path / "out" / "experiment.toml", "--out", tmp_path / "again", "--quiet")
    first, again = (read_safetensors(tmp_path / name / "arrays.safetensors")["t"] for name in ("out", "again"))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("encoding, said", [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16LE"),
                                            ("cp1252", "line 2: expected UTF-8, got the byte 0xE9")])
def test_other_encodings_are_named_with_what_converts_them(tmp_path, encoding, said):
    pairs = tmp_path / "p.tsv"
    text = "him\ther\n" + "".join(f"I saw him at the café {i}.\tI saw her at the café {i}.\n" for i in range(6))
    pairs.write_bytes(text.encode(encoding))
    done = lesion(pairs, tmp_path / "out", code=3)
    assert said in done.err and "p.tsv" in done.err and "iconv -f" in done.err


def test_marks_and_line_ends_of_windows_are_no_tokens(tmp_path):
    text = "The dog did nothing.\nThat was the curious incident.\n"
    def ids(content):
        (tmp_path / "t.txt").write_bytes(content)
        done = excise("sweep", BAKER, "--text-file", tmp_path / "t.txt", "--layers", 0, "--permutations", 100,
                      "--out", tmp_path / "out", "--force", "--quiet")
        return read_results(tmp_path / "out")["tokens"]["ids"], done.err
    plain, _ = ids(text.encode())
    windows, said = ids(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert windows == plain
    assert "2 line ends of Windows" in said
