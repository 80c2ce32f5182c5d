"""The same run twice gives the same bytes; its experiment.toml repeats it; ways of running agree."""
import json

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, files_of, ids_option, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
IDS = ids_option([5, 300, 17, 17, 511, 0, 42, 99, 7, 256])


@pytest.mark.parametrize("arguments", [(TINY, "--ids", IDS), (BAKER, "--text", "A short text.")],
                         ids=["tiny", "baker"])
def test_same_bytes_twice(tmp_path, arguments):
    for out in ("a", "b"):
        excise("sweep", *arguments, "--out", tmp_path / out)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_experiment_file_repeats_the_run(tmp_path):
    excise("sweep", TINY, "--ids", IDS, "--centre", "token", "--restore", "neuron",
           "--remove", "2,0", "--layers", "0-1,3", "--detail-layer", 3, "--seed", 7,
           "--permutations", 500, "--threads", 1, "--out", tmp_path / "a")
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    spec = read_results(tmp_path / "b")["manifest"]["spec"]
    assert spec["preset"] == "custom" and spec["remove"] == [2, 0] and spec["seed"] == 7


def test_run_takes_another_model(tmp_path):
    (tmp_path / "e.toml").write_text('model = "gpt2"\ntext = "Hello there, Watson."\n')
    excise("run", tmp_path / "e.toml", "--model", BAKER, "--out", tmp_path / "out")
    assert read_results(tmp_path / "out")["manifest"]["model"]["name"] == "baker-7m"


@pytest.mark.parametrize("options", [("--executor", "naive"), ("--threads", 1),
                                     ("--memory-limit", "30M")], ids=lambda option: " ".join(map(str, option)))
def test_ways_of_running_agree(tmp_path, options):
    text = ("--text", "He wore gaiters, and carried a heavy stick with a knob to it.")
    excise("sweep", BAKER, *text, "--out", tmp_path / "a")
    excise("sweep", BAKER, *text, *options, "--out", tmp_path / "b")
    one = read_safetensors(tmp_path / "a" / "arrays.safetensors")
    other = read_safetensors(tmp_path / "b" / "arrays.safetensors")
    assert one.keys() == other.keys()
    for name in ("delta_logprob", "delta_logprob_empty"):
        assert np.abs(one[name] - other[name]).max() < 1e-4


def test_text_sources_agree(tmp_path):
    text = "The dog did nothing."
    (tmp_path / "text.txt").write_text(text + "\n")
    ids = json.loads(excise("tokenize", BAKER, text, "--json").out)["ids"]
    sources = {"text": ("--text", text), "file": ("--text-file", tmp_path / "text.txt"),
               "ids": ("--ids", ids_option(ids))}
    for name, source in sources.items():
        excise("sweep", BAKER, *source, "--out", tmp_path / name)
    excise("sweep", BAKER, "-", "--out", tmp_path / "stdin", input=text.encode() + b"\r\n")
    arrays = {(tmp_path / name / "arrays.safetensors").read_bytes()
              for name in (*sources, "stdin")}
    assert len(arrays) == 1
