"""Wrong use: a clear message, an exit code by kind, and no folder left behind."""
import json
import resource
import shutil
import subprocess

import numpy as np
import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
BAD_INPUT, BAD_FILE, UNSUPPORTED, IO = 2, 3, 4, 6

CASES = {
    "too long": (("sweep", TINY, "--ids", ",".join(["1"] * 65)), BAD_INPUT, ["65", "64"]),
    "empty text": (("sweep", BAKER, "--text", ""), BAD_INPUT, ["empty"]),
    "empty ids": (("sweep", TINY, "--ids", ""), BAD_INPUT, ["--ids"]),
    "id outside": (("sweep", TINY, "--ids", "1,512"), BAD_INPUT, ["512", "511"]),
    "id negative": (("sweep", TINY, "--ids", "1,-2"), BAD_INPUT, ["-2"]),
    "id no number": (("sweep", TINY, "--ids", "1,two"), BAD_INPUT, ["two"]),
    "no tokenizer": (("sweep", TINY, "--text", "hello"), BAD_INPUT, ["--ids"]),
    "no text": (("sweep", TINY), BAD_INPUT, ["--text"]),
    "text and ids": (("sweep", BAKER, "--text", "a", "--ids", "1"), BAD_INPUT, ["--ids"]),
    "no such text file": (("sweep", BAKER, "--text-file", "nowhere.txt"), IO, ["nowhere.txt"]),
    "layer": (("sweep", TINY, "--ids", "1,2,3", "--layers", "48"), BAD_INPUT,
              ["layer 48", "0 to 3"]),
    "layers": (("sweep", TINY, "--ids", "1,2,3", "--layers", "x"), BAD_INPUT, ["--layers"]),
    "detail layer": (("sweep", TINY, "--ids", "1,2,3", "--detail-layer", "9"), BAD_INPUT, ["9"]),
    "component": (("sweep", TINY, "--ids", "1,2,3", "--remove", "3"), BAD_INPUT,
                  ["component", "3"]),
    "nothing to remove": (("sweep", TINY, "--ids", "7", "--preset", "pca"), BAD_INPUT,
                          ["component 0", "rank 0"]),
    "component twice": (("sweep", TINY, "--ids", "1,2,3", "--remove", "0,0"), BAD_INPUT, ["0"]),
    "preset": (("sweep", TINY, "--ids", "1,2", "--preset", "publised"), BAD_INPUT, ["published"]),
    "centre": (("sweep", TINY, "--ids", "1,2", "--centre", "median"), BAD_INPUT, ["neuron"]),
    "basis": (("sweep", TINY, "--ids", "1,2", "--basis", "nmf"), BAD_INPUT, ["svd"]),
    "scan of one": (("sweep", TINY, "--ids", "1,2,3", "--remove", "each:0"), BAD_INPUT,
                    ["each:0-15"]),
    "scan beyond the rank": (("sweep", TINY, "--ids", "1,2,3", "--remove", "each:0-3"),
                             BAD_INPUT, ["component 3", "rank"]),
    "place": (("sweep", TINY, "--ids", "1,2,3", "--at", "hook_normalized"), BAD_INPUT,
              ["hook_resid_post"]),
    "positions": (("sweep", TINY, "--ids", "1,2,3", "--positions", "3-"), BAD_INPUT,
                  ["0 to 2"]),
    "token pattern": (("sweep", BAKER, "--text", "a b", "--token-pattern", "("), BAD_INPUT,
                      ["token pattern"]),
    "no token left": (("sweep", BAKER, "--text", "a b", "--token-pattern", "zebra"), BAD_INPUT,
                      ["at least one"]),
    "pattern without tokenizer": (("sweep", TINY, "--ids", "1,2", "--token-pattern", "a"),
                                  BAD_INPUT, ["--positions"]),
    "together one": (("sweep", TINY, "--ids", "1,2,3", "--together", "1"), BAD_INPUT,
                     ["at least two"]),
    "together unswept": (("sweep", TINY, "--ids", "1,2,3", "--layers", "0-1", "--together",
                          "1,2"), BAD_INPUT, ["layer 2"]),
    "control": (("sweep", TINY, "--ids", "1,2,3", "--controls", "norm-match=5"), BAD_INPUT,
                ["norm-matched"]),
    "control repeats": (("sweep", TINY, "--ids", "1,2,3", "--controls", "norm-matched=0"),
                        BAD_INPUT, ["norm-matched", "10000"]),
    "memory limit": (("sweep", TINY, "--ids", "1,2", "--memory-limit", "much"), BAD_INPUT,
                     ["1.5G"]),
    "unknown option": (("sweep", TINY, "--ids", "1,2", "--lyers", "all"), BAD_INPUT,
                       ["--lyers", "--layers"]),
    "unknown command": (("swep", TINY), BAD_INPUT, ["swep", "sweep"]),
    "missing argument": (("sweep",), BAD_INPUT, ["MODEL"]),
    "bad number": (("sweep", TINY, "--ids", "1,2", "--seed", "x"), BAD_INPUT, ["--seed"]),
    "hub id": (("sweep", "openai-community/gpt2-xl", "--text", "a"), BAD_INPUT,
               ["openai-community/gpt2-xl", "download"]),
    "shell": (("completion", "tcsh"), BAD_INPUT, ["bash"]),
    "no experiment": (("run", "nowhere.toml"), IO, ["nowhere.toml"]),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty current folder and an empty hub cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path


def refused(done, fragments):
    assert done.out == ""
    assert done.err.startswith("[") and done.err.count("\n") == 1, done.err
    for fragment in fragments:
        assert fragment in done.err, done.err


@pytest.mark.parametrize("name", CASES)
def test_refused(name, place):
    arguments, code, fragments = CASES[name]
    refused(excise(*arguments, code=code), fragments)
    assert [path for path in place.rglob("*") if path.is_file()] == []
    assert not (place / "results" / "tiny-gpt2-published").exists()


def sweep(model, *options, code, **kwargs):
    return excise("sweep", model, "--ids", "1,2,3,4,5,6", *options, code=code, **kwargs)


def test_nan_names_the_tensor(place):
    model = place / "model"
    shutil.copytree(TINY, model)
    path = model / "model.safetensors"
    data = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    name = next(key for key in header if key.endswith("h.2.mlp.c_fc.weight"))
    first = start + header[name]["data_offsets"][0]
    data[first + 400:first + 404] = np.float32("nan").tobytes()
    path.write_bytes(data)
    refused(sweep(model, "--out", "out", code=BAD_FILE), ["h.2.mlp.c_fc.weight"])
    assert sorted(place.iterdir()) == [model]


def test_folder_without_a_model(place):
    (place / "empty").mkdir()
    refused(sweep(place / "empty", code=BAD_INPUT), ["empty", "config.json"])
    refused(sweep(place / "missing", code=BAD_INPUT), ["missing"])


def test_pickles_are_refused(place):
    model = place / "pickled"
    model.mkdir()
    shutil.copy(TINY / "config.json", model)
    (model / "pytorch_model.bin").write_bytes(b"\x80")
    refused(sweep(model, code=UNSUPPORTED), ["pytorch_model.bin", "safetensors"])


def test_truncated_weights(place):
    model = place / "model"
    shutil.copytree(TINY, model)
    data = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(data[:-10])
    refused(sweep(model, "--out", "out", code=BAD_FILE), ["model.safetensors"])
    assert not (place / "out").exists()


def test_output_below_a_file(place):
    (place / "file").write_text("")
    refused(sweep(TINY, "--out", place / "file" / "out", code=IO), ["file"])


def test_disk_full(place):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    refused(sweep(TINY, "--out", "out", code=IO, preexec_fn=small_files), [])
    assert list(place.iterdir()) == []


def test_keeps_what_is_no_result_folder(place):
    (place / "thesis").mkdir()
    (place / "thesis" / "chapter.txt").write_text("years of work")
    for options in ((), ("--force",)):
        refused(sweep(TINY, "--out", "thesis", *options, code=BAD_INPUT), ["thesis"])
    assert (place / "thesis" / "chapter.txt").read_text() == "years of work"
    assert len(list(place.iterdir())) == 1


def test_replaces_results_only_with_force(place):
    sweep(TINY, "--out", "out", "--seed", 1, code=0)
    before = read_safetensors(place / "out" / "arrays.safetensors")
    refused(sweep(TINY, "--out", "out", code=BAD_INPUT), ["--force"])
    sweep(TINY, "--out", "out", "--force", "--layers", "1", code=0)
    after = read_safetensors(place / "out" / "arrays.safetensors")
    assert len(before["layers"]) == 4 and after["layers"].tolist() == [1]
    assert len(list(place.iterdir())) == 1


def test_standard_output_full(place):
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "inspect", str(TINY)], stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == IO and b"standard output" in done.stderr
