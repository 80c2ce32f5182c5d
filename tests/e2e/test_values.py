"""Numbers, lists and names mean the same everywhere, and no number is silently another one."""
import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from support import (GOLDEN, PROGRAM, ROOT, excise, read_results, read_safetensors, write_frozen_pca,
                     write_safetensors)

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
IDS = ("--ids", "1,2,3,4,5,6,7,8")
BAD_INPUT, BAD_FILE = 2, 3


def changed_tiny(folder, name, change):
    """A copy of tiny-gpt2 in which `change` writes into one tensor."""
    shutil.copytree(TINY, folder)
    arrays = {key: values.copy()
              for key, values in read_safetensors(folder / "model.safetensors").items()}
    change(next(values for key, values in arrays.items() if key.endswith(name)))
    write_safetensors(folder / "model.safetensors", arrays, {"format": "pt"})
    return folder


def refused(done, *fragments):
    assert done.err.startswith("[") and done.err.count("\n") == 1, done.err
    for fragment in fragments:
        assert fragment in done.err, done.err


COMMANDS = {
    "sweep": ("sweep", *IDS, "--out", "out"),
    "naive": ("sweep", *IDS, "--executor", "naive", "--out", "out"),
    "median": ("median", *IDS, "--target-id", "3", "--random", "2", "--out", "out"),
    "generate": ("generate", *IDS, "--max-tokens", "2"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_row_of_the_unembedding_that_the_text_does_not_use(tmp_path, monkeypatch, command,
                                                             value):
    monkeypatch.chdir(tmp_path)

    def spoil(weights):
        weights[400, 3] = value
    model = changed_tiny(tmp_path / "model", "wte.weight", spoil)
    name, *options = COMMANDS[command]
    refused(excise(name, model, *options, code=BAD_FILE), "wte.weight row 400")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("tensor,step", [
    ("h.2.mlp.c_fc.weight", "layer 2, the pre-activations of the MLP"),
    ("h.1.attn.c_attn.weight", "layer 1, queries, keys and values"),
    ("wte.weight", "the logit of token id 400")])
def test_overflow_is_named_with_its_layer(tmp_path, monkeypatch, command, tensor, step):
    monkeypatch.chdir(tmp_path)

    def spoil(weights):
        weights[400 if tensor == "wte.weight" else slice(None)] = 3e38
    model = changed_tiny(tmp_path / "model", tensor, spoil)
    name, *options = COMMANDS[command]
    done = excise(name, model, *options, code=BAD_FILE)
    refused(done, step, tensor, "3e+38")
    assert "damaged" not in done.err


def test_a_dead_layer_is_named(tmp_path):
    model = changed_tiny(tmp_path / "model", "h.2.mlp.c_fc.weight", lambda w: w.fill(0))
    refused(excise("sweep", model, *IDS, "--preset", "pca", "--out", tmp_path / "out",
                   code=BAD_INPUT), "layer 2", "rank 0")


def test_a_large_residual_stream_is_no_zero(tmp_path):
    """Squares beyond float32: the fast executor agrees with the definition."""
    def grow(weights):
        weights *= np.float32(1e24)
    model = changed_tiny(tmp_path / "model", "h.0.mlp.c_proj.weight", grow)
    means = []
    for executor in ("wavefront", "naive"):
        excise("sweep", model, *IDS, "--executor", executor, "--layers", "0",
               "--out", tmp_path / executor)
        results = read_results(tmp_path / executor)
        means.append(results["layers"][0]["default_n"]["mean"])
    assert means[0] == pytest.approx(means[1], abs=1e-4) and means[0] != 0


PAIRS = ("--pairs", ROOT / "experiments" / "him-her.tsv")
HIM_HER = ("--concept", ROOT / "experiments" / "concepts" / "him-her.toml")
REFUSED = {
    "seed beyond": (("sweep", TINY, *IDS, "--seed", str(2**63)), ["--seed", str(2**63 - 1)]),
    "seed below": (("make-model", "--seed", "-1", "--out", "m"), ["--seed", "got -1"]),
    "seed of generate": (("generate", TINY, *IDS, "--seed", str(2**64)), ["--seed"]),
    "seed in hex": (("fit", BAKER, "--text", "a b", "--seed", "0x10", "--out", "b"), ["0x10"]),
    "no number": (("generate", TINY, *IDS, "--temperature", "nan"), ["--temperature", "nan"]),
    "infinite": (("lesion", BAKER, "--q", "inf"), ["inf"]),
    "layers twice": (("sweep", TINY, *IDS, "--layers", "0,0"), ["0 twice"]),
    "layers overlap": (("sweep", TINY, *IDS, "--layers", "0-2,2"), ["2 twice"]),
    "sets twice": (("sweep", TINY, *IDS, "--together", "0-3;0-3"), ["0-3"]),
    "id missing": (("sweep", TINY, "--ids", "1,,2"), ["--ids"]),
    "id behind a comma": (("sweep", TINY, "--ids", "1,2,"), ["--ids"]),
    "positions twice": (("sweep", TINY, *IDS, "--positions", "1-,3"), ["3 twice"]),
    "alphas missing": (("concept", "fit", BAKER, *HIM_HER, "--alpha", "1,,2"), ["--alpha"]),
    "alpha in hex": (("concept", "fit", BAKER, *HIM_HER, "--alpha", "0x10"), ["0x10"]),
    "alphas twice": (("concept", "fit", BAKER, *HIM_HER, "--alpha", "1, 1"), ["1 twice"]),
    "tests twice": (("lesion", BAKER, *PAIRS, "--test", "a him", "--test", "a him"), ["twice"]),
    "texts twice": (("sweep", BAKER, "--text", "a b", "--text", "a b"), ["texts", "twice"]),
    "name": (("inspect", "no\x1b[2J\nsuch"), ["no\\x1B[2J\\x0Asuch"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, fragments = REFUSED[name]
    refused(excise(*arguments, code=BAD_INPUT), *fragments)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_small_limit_is_told_in_bytes(tmp_path):
    refused(excise("sweep", TINY, *IDS, "--memory-limit", "9", "--out", tmp_path / "out", code=5),
            "got 9 bytes")


def test_blanks_around_numbers(tmp_path):
    excise("sweep", TINY, "--ids", " 1, 2\t3\n4 ", "--positions", "1, 3 -", "--layers", "0 - 1, 3",
           "--out", tmp_path / "out")
    results = read_results(tmp_path / "out")
    assert results["tokens"]["ids"] == [1, 2, 3, 4]
    assert [layer["layer"] for layer in results["layers"]] == [0, 1, 3]


def test_no_components_are_not_all(tmp_path):
    edit = write_frozen_pca(tmp_path, 5)
    edit.write_text(edit.read_text() + "components = []\n")
    refused(excise("generate", BAKER, "--prompt", "The", "--edit", edit, code=BAD_INPUT),
            "components", "at least one")


def test_a_pair_does_not_test_itself(tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("him\ther\n" + "I saw him.\tI saw her.\n" * 4)
    refused(excise("lesion", BAKER, "--pairs", pairs, "--out", tmp_path / "out", code=BAD_FILE),
            "line 3", "line 2 again")


def test_a_report_is_of_its_own_arrays(tmp_path):
    for name, ids in (("a", "1,2,3,4"), ("b", "4,3,2,1")):
        excise("sweep", TINY, "--ids", ids, "--out", tmp_path / name)
    shutil.copy(tmp_path / "b" / "arrays.safetensors", tmp_path / "a")
    refused(excise("report", tmp_path / "a", "--out", tmp_path / "r.html", code=BAD_FILE),
            "ids", "another text")


def test_a_report_of_a_lesion_is_of_its_own_arrays(tmp_path):
    for name, test in (("a", "We saw him."), ("b", "They left him.")):
        excise("lesion", BAKER, *PAIRS, "--layers", 2, "--random", 0, "--test", test,
               "--out", tmp_path / name)
    shutil.copy(tmp_path / "b" / "arrays.safetensors", tmp_path / "a")
    refused(excise("report", tmp_path / "a", "--out", tmp_path / "r.html", code=BAD_FILE),
            "logit_clean", "another lesion")


def test_a_report_needs_the_ids_of_its_arrays(tmp_path):
    excise("sweep", TINY, *IDS, "--out", tmp_path / "a")
    file = tmp_path / "a" / "arrays.safetensors"
    arrays = read_safetensors(file)
    del arrays["ids"]
    write_safetensors(file, arrays)
    refused(excise("report", tmp_path / "a", "--out", tmp_path / "r.html", code=BAD_FILE), "ids")


PROBABILITIES = {
    "sweep": (("sweep", TINY, *IDS, "--remove", "each:0-2", "--controls", "norm-matched=20"),
              {"p", "q", "sign_flip_p", "p_max", "p_two_sided", "pearson_p", "spearman_p"}),
    "lesion": (("lesion", BAKER, *PAIRS, "--layers", 2, "--random", 3),
               {"p", "q", "selective_loss_p_one_sided", "mean_abs_delta_logit_p_one_sided"}),
    "median": (("median", TINY, *IDS, "--target-id", 3, "--random", 3), {"p_one_sided"}),
    "concept": (("concept", "fit", BAKER, *HIM_HER, "--layers", 2, "--sample-tokens", 0,
                 "--random", 3),
                {"own_words_p_one_sided", "control_words_p_two_sided",
                 "control_text_p_two_sided"})}


@pytest.mark.parametrize("command", PROBABILITIES)
def test_a_report_has_probabilities(tmp_path, command):
    """Under each of the keys that have one, and of sweeps in the array of the scan."""
    arguments, keys = PROBABILITIES[command]
    out = tmp_path / "out"
    excise(*arguments, "--out", out)
    results = (out / "results.json").read_text()
    for key in keys:
        number = re.search(rf'"{key}": (?!null)([^,\n}}]+)', results)
        assert number, key
        for p in ("-5", "1.5"):
            start, end = number.span(1)
            (out / "results.json").write_text(results[:start] + p + results[end:])
            refused(excise("report", out, "--out", tmp_path / "r.html", code=BAD_FILE), key,
                    "0 to 1")
    (out / "results.json").write_text(results)
    excise("report", out, "--out", tmp_path / "r.html")  # counts with a p in their name pass
    if command == "sweep":
        arrays = {name: values.copy()
                  for name, values in read_safetensors(out / "arrays.safetensors").items()}
        arrays["scan_q"][0, 0] = -5
        write_safetensors(out / "arrays.safetensors", arrays)
        refused(excise("report", out, "--out", tmp_path / "s.html", code=BAD_FILE), "scan_q",
                "0 to 1")


def as_json(text):
    """What a terminal obeys stands in no JSON."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    return json.loads(text)


def test_names_that_are_no_utf8(tmp_path):
    """Everything that needs no experiment file works, and all else is refused before the work."""
    odd = os.fsdecode(b"b\xff\xc2\x85")
    model = tmp_path / odd
    shutil.copytree(BAKER, model)
    basis = tmp_path / (odd + ".safetensors")
    text = ("--text", "The dog did nothing in the night-time. " * 20)
    done = excise("fit", model, *text, "--components", 2, "--out", basis, "--json")
    assert as_json(done.out)["hooks"]
    assert as_json(excise("inspect", model, "--json").out)["n_layers"] == 12
    edit = tmp_path / (odd + ".toml")
    hook = "blocks.5.mlp.hook_pre"
    (tmp_path / "b.safetensors").write_bytes(basis.read_bytes())
    edit.write_text(f'schema = "excise.edit/1"\nhook = "{hook}"\nbasis = "b.safetensors"\n')
    prompt = ("--prompt", "The dog", "--max-tokens", 2, "--edit", edit)
    as_json(excise("generate", model, *prompt, "--json").out)
    excise("generate", model, *prompt)
    excise("concept", "fit", BAKER, *HIM_HER, "--layers", 2, "--random", 0, "--sample-tokens", 0,
           "--out", tmp_path / odd / "concept")
    shutil.rmtree(tmp_path / odd / "concept")
    excise("sweep", BAKER, "--text", "The dog did nothing.", "--layers", 2, "--json",
           "--out", tmp_path / (odd + "s"))
    excise("run", tmp_path / (odd + "s") / "experiment.toml", "--model", BAKER,
           "--out", tmp_path / (odd + "t"))
    out = ("--out", tmp_path / "out")
    for command in (("sweep", model, *text), ("sweep", BAKER, *text, "--basis-file", basis),
                    ("median", model, "--prompt", "He shook his", "--target", " head"),
                    ("lesion", model, *PAIRS), ("concept", "fit", model, *HIM_HER)):
        refused(excise(*command, *out, code=BAD_INPUT), "expected UTF-8", "\\xFF")
    assert not (tmp_path / "out").exists()


def test_a_long_key_is_cut_at_a_character(tmp_path):
    model = shutil.copytree(TINY, tmp_path / "m")
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"x" + "\u00e9" * 60: 1}))
    note = as_json(excise("inspect", model, "--json").out)["notes"][0]
    assert note.isascii() and "... is left aside" in note and len(note) < 120


def test_names_in_files_do_not_move_the_cursor(tmp_path):
    edit = write_frozen_pca(tmp_path, 5)
    basis = edit.with_suffix(".safetensors")
    raw = basis.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header["__metadata__"]["basis"] = "svd"
    header["__metadata__"]["model"] = "m\x1b[31m\u202e"
    text = json.dumps(header).encode()
    basis.write_bytes(len(text).to_bytes(8, "little") + text + raw[start:])
    windows = tmp_path / "t\x1b[2J\n\t.txt"
    windows.write_bytes(b"The dog did\r\nnothing.\r\n" * 40)
    concept = tmp_path / "c.toml"
    concept.write_text(HIM_HER[1].read_text().replace('"him-her"', '"him\\u001b[2J\\u0085"'))
    fitted = tmp_path / "fitted"
    small = ("--layers", 2, "--random", 0, "--sample-tokens", 2)
    pairs = tmp_path / "p.tsv"
    pairs.write_text("him\x1b[2J\ther\n" + "".join(
        f"We saw him {i}.\tWe saw her {i}.\n" for i in range(6)))
    for command in (
            ("generate", BAKER, "--prompt", "The", "--max-tokens", 1, "--edit", edit),
            ("fit", BAKER, "--text-file", windows, "--components", 2,
             "--out", tmp_path / "f\x1b[2J"),
            ("export", BAKER, "--edit", edit, "--no-check", "--out", tmp_path / "e\x1b[2J"),
            ("concept", "fit", BAKER, "--concept", concept, *small, "--out", fitted),
            ("concept", "apply", BAKER, "--fitted", fitted, "--switch", "off",
             "--max-tokens", 2, "--out", tmp_path / "applied\x1b[2J"),
            ("median", BAKER, "--prompt", "a\x1b[2J", "--target", " head", "--layers", 2,
             "--out", tmp_path / "median\x1b[2J"),
            ("lesion", BAKER, "--pairs", pairs, "--first-token", "--layers", 2, "--random", 0,
             "--out", tmp_path / "lesion\x1b[2J")):
        done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, timeout=600)
        for stream in (done.stdout.decode(), done.stderr.decode()):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", stream), command
        assert done.returncode in (0, BAD_INPUT, BAD_FILE), done.stderr


def test_names_do_not_move_the_cursor(tmp_path):
    model = tmp_path / "mo\x1b[31mdel"
    shutil.copytree(TINY, model)
    done = excise("sweep", model, *IDS, "--out", tmp_path / "o\x1b]0;u\x07t")
    assert "\x1b" not in done.out and "mo\\x1B[31mdel" in done.out
    done = excise("tokenize", BAKER, "a\x1b[2Jb\x7f")
    assert "\x1b" not in done.out and "\\x1B" in done.out
