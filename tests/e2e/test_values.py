"""Numbers, lists and names mean the same everywhere, and no number is silently another one."""
import shutil

import numpy as np
import pytest
from support import (GOLDEN, ROOT, excise, read_results, read_safetensors, write_frozen_pca,
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


@pytest.mark.parametrize("p", ["-5", "1.5"])
def test_a_report_has_probabilities(tmp_path, p):
    out = tmp_path / "out"
    excise("sweep", TINY, *IDS, "--out", out)
    results = (out / "results.json").read_text()
    at = results.index('"p": ') + 5
    end = min(results.index(sign, at) for sign in ",\n}")
    (out / "results.json").write_text(results[:at] + p + results[end:])
    refused(excise("report", out, "--out", tmp_path / "r.html", code=BAD_FILE), "0 to 1")


def test_names_do_not_move_the_cursor(tmp_path):
    model = tmp_path / "mo\x1b[31mdel"
    shutil.copytree(TINY, model)
    done = excise("sweep", model, *IDS, "--out", tmp_path / "o\x1b]0;u\x07t")
    assert "\x1b" not in done.out and "mo\\x1B[31mdel" in done.out
    done = excise("tokenize", BAKER, "a\x1b[2Jb\x7f")
    assert "\x1b" not in done.out and "\\x1B" in done.out
