"""Bases other than the svd of the text: fitted on it, on another, from a file; and what is refused."""
import json
import pathlib
import re

import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors, write_safetensors

HE = "^ (he|his|him)$"
TEXT = (ROOT / "experiments" / "silver-blaze.txt").read_text(encoding="utf-8")
BAD_INPUT, BAD_FILE, UNSUPPORTED = 2, 3, 4


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Three short texts, of which one is long enough to be held out in part.
    pathlib.Path("corpus.txt").write_text(3 * TEXT + "The end of it.\n", encoding="utf-8")
    pathlib.Path("other.txt").write_text("He saw his dog. She did not see her cat. " * 5)
    return tmp_path


def sweep(*options, code=0, out="out", layers="3"):
    return excise("sweep", "baker-7m", "--layers", layers, "--out", out, *options, code=code)


def layer_of(folder):
    return read_results(folder)["layers"][0]


@pytest.mark.parametrize("basis", ["ica", "ged", "diff-means", "leace", "neurons", "random"])
def test_every_basis_on_this_text(place, basis):
    classes = ["--class-tokens", HE] if basis in ("ged", "diff-means", "leace") else []
    sweep("--basis", basis, *classes)
    result = read_results("out")
    manifest = result["manifest"]
    assert manifest["basis"]["name"] == basis and manifest["basis"]["source"] == "this text"
    assert "preset" not in manifest["spec"] and result["layers"][0]["empty_branch"] is None
    arrays = read_safetensors(pathlib.Path("out", "arrays.safetensors"))
    assert "singular_values" not in arrays
    # What was removed is the codes times the atom, along which u0 and v0 point.
    change = arrays["a_edited_l3"].astype(float) - arrays["a_clean_l3"]
    u, s, vt = np.linalg.svd(change, full_matrices=False)
    assert s[1] < 1e-4 * s[0]
    assert abs(vt[0] @ arrays["v0"][0]) == pytest.approx(1, abs=1e-6)
    assert abs(u[:, 0] @ arrays["u0"][0]) == pytest.approx(1, abs=1e-6)
    share = 100 * (change**2).sum()
    assert result["layers"][0]["share"] > 0 and share > 0
    # The experiment file repeats it.
    excise("run", "out/experiment.toml", "--out", "again")
    assert layer_of("again")["default_n"] == result["layers"][0]["default_n"]


def test_leace_leaves_nothing_between_the_class_means(place):
    sweep("--basis", "leace", "--class-tokens", HE)
    arrays = read_safetensors(pathlib.Path("out", "arrays.safetensors"))
    pieces = read_results("out")["tokens"]["pieces"]
    he = np.array([piece in (" he", " his", " him") for piece in pieces])
    gap = lambda a: np.linalg.norm(a[he].mean(0) - a[~he].mean(0))
    assert gap(arrays["a_edited_l3"].astype(float)) < 1e-4 * gap(arrays["a_clean_l3"].astype(float))


def test_frozen_svd_of_this_text_is_the_svd_of_it(place):
    """Fitted, written, read and applied: the same numbers as the one fitted on the fly, but for the
    float32 rounding of the pass that it was fitted in."""
    excise("fit", "baker-7m", "--text", TEXT.strip(), "--preset", "pca", "--out", "svd.safetensors")
    sweep("--text", TEXT.strip(), "--preset", "pca", out="fly")
    sweep("--text", TEXT.strip(), "--basis-file", "svd.safetensors", out="file")
    fly, frozen = layer_of("fly"), layer_of("file")
    for key in ("share", "value_change", "sink_share"):
        assert frozen[key] == pytest.approx(fly[key], rel=1e-5)
    assert frozen["default_n"]["mean"] == pytest.approx(fly["default_n"]["mean"], abs=1e-5)
    basis = read_results("file")["manifest"]["basis"]
    assert basis["source"] == "file" and basis["held_out"] is False
    assert basis["fit"]["options"]["centre"] == "neuron"
    done = sweep("--text-file", "other.txt", "--basis-file", "svd.safetensors", out="other")
    assert read_results("other")["manifest"]["basis"]["held_out"] is True
    assert "was held out" in " ".join(done.out.split())


@pytest.mark.parametrize("basis", ["ica", "ged", "diff-means", "leace", "random"])
def test_every_basis_through_a_file(place, basis):
    """The same basis of the same text, on the fly and from a file."""
    classes = ["--class-tokens", HE] if basis in ("ged", "diff-means", "leace") else []
    excise("fit", "baker-7m", "--basis", basis, *classes, "--at", "blocks.3.mlp.hook_pre", "--out",
           "basis.safetensors", "--quiet")
    sweep("--basis", basis, *classes, out="fly")
    sweep("--basis-file", "basis.safetensors", out="file")
    fly, frozen = layer_of("fly"), layer_of("file")
    assert frozen["share"] == pytest.approx(fly["share"], rel=1e-3)
    assert frozen["default_n"]["mean"] == pytest.approx(fly["default_n"]["mean"], abs=1e-4)


def test_notes_of_the_fit_come_first(place):
    sweep("--basis", "leace", "--class-tokens", HE, out="out")
    results = read_results("out")
    layer = results["layers"][0]
    assert "no more than the 768 neurons" in layer["basis_note"]
    assert [warning["code"] for warning in results["warnings"]] == ["basis_fit"]
    assert results["passages"][0]["text"].startswith("Note: The fit of the basis has a note at 1 of 1 layer; at layer 3: ")
    assert layer["basis_note"] in results["passages"][0]["text"]


def test_corpus_is_split_and_said_so(place):
    sweep("--corpus", "corpus.txt", "--preset", "pca", "--components", "4")
    manifest = read_results("out")["manifest"]
    basis = manifest["basis"]
    assert basis["held_out"] is True and basis["source"] == "corpus"
    assert basis["fit"]["n_tokens"] > 3 * manifest["n_tokens"]
    excise("run", "out/experiment.toml", "--out", "again")
    assert read_results("again")["manifest"]["basis"] == basis
    assert layer_of("again")["default_n"] == layer_of("out")["default_n"]


def test_files_that_have_changed_are_refused(place):
    """Between a run and its repetition: another corpus, class file or basis of the same name."""
    pathlib.Path("he.txt").write_text("He saw his dog and told him. " * 9)
    pathlib.Path("she.txt").write_text("She saw her cat and told her. " * 9)
    excise("fit", "baker-7m", "--text-file", "corpus.txt", "--components", "2", "--out",
           "basis.safetensors")
    write_sae(place / "sae", 768)
    config = (place / "sae/cfg.json").read_text()
    for name, options, file, key in [
            ("corpus", ["--corpus", "corpus.txt"], "corpus.txt", "corpus_fingerprint"),
            ("classes", ["--basis", "diff-means", "--class-file", "he.txt", "--class-file",
                         "she.txt"], "she.txt", "class_fingerprints"),
            ("basis", ["--basis-file", "basis.safetensors"], "basis.safetensors",
             "basis_fingerprint"),
            ("folder", ["--basis-file", "sae"], "sae/cfg.json", "basis_fingerprint")]:
        sweep(*options, "--text", TEXT[:300], out=name)
        experiment = pathlib.Path(name, "experiment.toml")
        excise("run", experiment, "--out", name + "-same")
        assert layer_of(name + "-same")["default_n"] == layer_of(name)["default_n"]
        if name == "basis":  # the same atoms, of which another mean is put back
            excise("fit", "baker-7m", "--text-file", "corpus.txt", "--components", "2", "--out",
                   file, "--force", "--centre", "neuron", "--restore", "token")
        elif name == "folder":
            pathlib.Path(file).write_text(config.replace('"standard"', '"standard", "k": null'))
        else:
            with open(file, "a") as more:
                more.write("And more of it.\n")
        done = excise("run", experiment, "--out", name + "-other", code=BAD_INPUT)
        assert f"take {key} out of the experiment file" in done.err
        lines = experiment.read_text().splitlines()
        experiment.write_text("\n".join(line for line in lines if key not in line) + "\n")
        excise("run", experiment, "--out", name + "-other")


def test_line_ends_of_windows_are_told(place):
    """Of what is fitted on, in the result; the numbers are those of the same lines."""
    lines = ["He saw his dog and told him of it."] * 40
    for name, end in (("unix.txt", "\n"), ("windows.txt", "\r\n")):
        pathlib.Path(name).write_bytes((end.join(lines) + end).encode())
        sweep("--corpus", name, "--preset", "pca", "--components", "4", "--text", TEXT[:300],
              out=name + ".out")
    unix, windows = (read_results(name + ".txt.out") for name in ("unix", "windows"))
    assert unix["layers"][0]["default_n"] == windows["layers"][0]["default_n"]
    (warning,) = [each for each in windows["warnings"] if each not in unix["warnings"]]
    assert warning["code"] == "line_ends" and warning["text"].startswith("40 line ends of Windows")


def test_fit_tells_held_out_quality(place):
    done = excise("fit", "baker-7m", "--text-file", "corpus.txt", "--window", 20, "--basis",
                  "diff-means", "--class-tokens", HE, "--at", "blocks.*.hook_resid_mid",
                  "--out", "fit.safetensors", "--json")
    result = json.loads(done.out)
    assert len(result["hooks"]) == 12
    assert result["fit_tokens"] > result["held_out_tokens"] > 0
    for hook in result["hooks"]:
        assert hook["components"] == 1
        assert 0.5 < hook["fit"]["accuracy"] <= 1 and 0 < hook["held_out"]["accuracy"] <= 1
    tensors = read_safetensors(pathlib.Path("fit.safetensors"))
    atom = tensors["blocks.3.hook_resid_mid/atoms"]
    assert atom.shape == (1, 192) and np.linalg.norm(atom) == pytest.approx(1)


def test_fit_says_what_was_held_out(place):
    def said(*options):
        done = excise("fit", "baker-7m", *options, "--at", "blocks.3.mlp.hook_pre", "--out",
                      "words.safetensors", "--force")
        return " ".join(done.out.split())

    windows = said("--text-file", "corpus.txt", "--window", 20, "--basis", "leace",
                   "--class-tokens", HE)
    tokens, count = re.search(r"held out: the same on (\d+) tokens in (\d+) windows that were not "
                              "fitted on", windows).groups()
    assert 0 < int(tokens) <= 20 * int(count)
    assert "told apart: labelled tokens" in windows
    assert "Note, blocks.3.mlp.hook_pre: " in windows
    none = said("--text-file", "corpus.txt", "--window", 20, "--no-held-out", "--components", 4)
    assert "Nothing was held out (--no-held-out)." in none
    assert "told apart" not in none and "Note, " not in none
    short = said("--text-file", "other.txt", "--components", 4)
    assert "Nothing was held out: that takes five windows" in short


def write_sae(folder, d_in, hook="blocks.3.mlp.hook_pre", **options):
    rng = np.random.default_rng(0)
    folder.mkdir()
    config = {"architecture": "standard", "d_in": d_in, "d_sae": 6,
              "metadata": {"hook_name": hook}} | options
    (folder / "cfg.json").write_text(json.dumps(config))
    weights = {"W_enc": rng.normal(size=(d_in, 6)), "W_dec": rng.normal(size=(6, d_in)),
               "b_enc": rng.normal(size=6), "b_dec": rng.normal(size=d_in)}
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    write_safetensors(folder / "sae_weights.safetensors", weights)
    return weights


def test_sae(place):
    weights = write_sae(place / "sae", 768)
    excise("sweep", "baker-7m", "--basis-file", "sae", "--remove", "2,4", "--out", "out")
    result = read_results("out")
    assert [layer["layer"] for layer in result["layers"]] == [3]
    assert result["manifest"]["basis"]["held_out"] is None
    arrays = read_safetensors(pathlib.Path("out", "arrays.safetensors"))
    a = arrays["a_clean_l3"].astype(float)
    codes = np.maximum((a - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"], 0)
    want = a - codes[:, [2, 4]] @ weights["W_dec"][[2, 4]]
    assert np.abs(arrays["a_edited_l3"] - want).max() < 1e-3


CASES = {
    "unknown basis": (["--basis", "pcaa"], BAD_INPUT, ["svd, ica", "pcaa"]),
    "preset of another basis": (["--basis", "ica", "--preset", "pca"], BAD_INPUT, ["preset"]),
    "preset of a file": (["--basis-file", "fit.safetensors", "--centre", "none"], BAD_INPUT,
                         ["preset"]),
    "no classes": (["--basis", "leace"], BAD_INPUT, ["--class-tokens"]),
    "classes for none": (["--basis", "ica", "--class-tokens", "a"], BAD_INPUT, ["leace"]),
    "classes that are the same": (["--basis", "ged", "--class-tokens", "a", "--class-tokens", "a"],
                                  BAD_INPUT, ["the same"]),
    "a class without tokens": (["--basis", "leace", "--class-tokens", "zebra"], BAD_INPUT,
                               ["zebra"]),
    "no pattern": (["--basis", "leace", "--class-tokens", "(he"], BAD_INPUT, ["byte 3"]),
    "fewer tokens than components": (["--basis", "ica", "--components", "500"], BAD_INPUT,
                                     ["more tokens than components (500)"]),
    "another layer": (["--basis-file", "fit.safetensors", "--layers", "4"], BAD_INPUT,
                      ["blocks.3.mlp.hook_pre", "blocks.4.mlp.hook_pre"]),
    "another hook": (["--basis-file", "fit.safetensors", "--at", "hook_post"], BAD_INPUT,
                     ["blocks.3.mlp.hook_pre"]),
    "component beyond": (["--basis-file", "fit.safetensors", "--remove", "7"], BAD_INPUT,
                         ["0 to 1", "7"]),
    "no basis file": (["--basis-file", "fit.txt"], BAD_FILE, ["fit.txt"]),
    "narrow sae": (["--basis-file", "narrow"], BAD_INPUT, ["768", "48"]),
    "sae option": (["--basis-file", "strange"], UNSUPPORTED, ["l2_trick"]),
    "short corpus": (["--corpus", "fit.txt"], BAD_INPUT, ["10 tokens"]),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    excise("fit", "baker-7m", "--components", 2, "--at", "blocks.3.mlp.hook_pre", "--out",
           folder / "fit.safetensors")
    (folder / "fit.txt").write_text("not a basis")
    write_sae(folder / "narrow", 48)
    write_sae(folder / "strange", 768, l2_trick=True)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_refused(name, files, monkeypatch):
    monkeypatch.chdir(files)
    arguments, code, fragments = CASES[name]
    done = excise("sweep", "baker-7m", "--out", "refused", *arguments, code=code)
    assert done.err.count("\n") <= 2 and done.err.splitlines()[-1].startswith("[")
    for fragment in fragments:
        assert fragment in done.err, done.err
    assert not (files / "refused").exists()


def test_basis_of_another_model(files, monkeypatch):
    monkeypatch.chdir(files)
    done = excise("sweep", ROOT / "tests" / "golden" / "tiny-gpt2", "--ids", "1,2,3",
                  "--basis-file", "fit.safetensors", "--out", "refused", code=BAD_INPUT)
    assert "baker-7m" in done.err and "fit one with excise fit" in done.err


def test_fit_replaces_nothing_unasked(place):
    fit = ["fit", "baker-7m", "--components", 2, "--at", "blocks.0.mlp.hook_pre", "--out", "b"]
    excise(*fit)
    assert "--force" in excise(*fit, code=BAD_INPUT).err
    excise(*fit, "--force", "--quiet")
    assert sorted(path.name for path in place.iterdir()) == ["b", "corpus.txt", "other.txt"]
