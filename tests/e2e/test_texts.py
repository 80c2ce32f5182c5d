"""Several texts: each counts once."""
import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TEXTS = ["The dog did nothing in the night-time.", "She was most impressed by his pallor.",
         "He wore gaiters, and carried a heavy stick with a knob to it."]
# A further text goes without the empty branch, so its products have other shapes than those of that
# text alone, and their float32 sums another order: as far as two executors may differ.
ROUNDED = 3e-5


def test_over_texts(tmp_path):
    options = ("--layers", "0-3", "--preset", "pca", "--skip-first")
    for i, text in enumerate(TEXTS[1:], start=1):
        (tmp_path / f"{i}.txt").write_text(text + "\n")
    singles = []
    for i, text in enumerate(TEXTS):
        excise("sweep", BAKER, "--text", text, *options, "--out", tmp_path / f"one{i}")
        singles.append(read_safetensors(tmp_path / f"one{i}" / "arrays.safetensors"))
    means = np.array([one["delta_logprob"][:, 2:].mean(axis=1) for one in singles])
    done = excise("sweep", BAKER, *[part for text in TEXTS for part in ("--text", text)],
                  *options, "--out", tmp_path / "all")
    results = read_results(tmp_path / "all")
    arrays = read_safetensors(tmp_path / "all" / "arrays.safetensors")
    assert np.array_equal(arrays["delta_logprob"], singles[0]["delta_logprob"])
    for i in (1, 2):
        assert np.abs(arrays[f"delta_logprob_text{i}"] - singles[i]["delta_logprob"]).max() < ROUNDED
        assert np.array_equal(arrays[f"ids_text{i}"], singles[i]["ids"])
    assert np.abs(arrays["text_mean"] - means).max() < ROUNDED
    means = np.array([arrays[f"delta_logprob{which}"][:, 2:].mean(axis=1)
                      for which in ("", "_text1", "_text2")])
    assert arrays["text_mean"] == pytest.approx(means)
    assert [text["n_tokens"] for text in results["texts"]] == [len(s["ids"]) for s in singles]
    for row, layer in enumerate(results["layers"]):
        over = layer["over_texts"]
        column = means[:, row]
        assert over["means"] == pytest.approx(column)
        assert over["n"] == 3 and over["df"] == 2
        assert over["t"] == pytest.approx(
            column.mean() / (column.std(ddof=1) / np.sqrt(3)), rel=1e-9)
        low, high = over["bootstrap_ci95"]
        assert column.min() - 1e-12 <= low <= column.mean() <= high <= column.max() + 1e-12
        assert over["q"] >= over["p"]
    n_tokens = sum(len(one["ids"]) for one in singles)
    assert f"baker-7m: 3 texts, {n_tokens} tokens, 4 of 12 layers" in done.out
    assert "Over the 3 texts" in results["summary"].replace("\n", " ")
    assert "texts redrawn" in done.out and "The first text alone" in done.out
    for passage in results["passages"]:
        first = passage["topic"] not in ("texts", "warnings", "cells", "checklist")
        assert passage["text"].startswith("Of the first text") == first, passage
    excise("run", tmp_path / "all" / "experiment.toml", "--out", tmp_path / "again")
    again = read_safetensors(tmp_path / "again" / "arrays.safetensors")
    assert np.array_equal(arrays["text_mean"], again["text_mean"])
    excise("sweep", BAKER, "--text", TEXTS[0], "--text-file", tmp_path / "1.txt", *options,
           "--out", tmp_path / "no", code=2)


def test_controls_and_scans_over_texts(tmp_path):
    options = ("--layers", "0,3", "--remove", "each:0-2", "--controls",
               "random-rank=40,norm-matched=40")
    singles = []
    for i, text in enumerate(TEXTS):
        excise("sweep", BAKER, "--text", text, *options, "--cells", "preset", "--out",
               tmp_path / f"one{i}")
        singles.append(read_safetensors(tmp_path / f"one{i}" / "arrays.safetensors"))
    excise("sweep", BAKER, *[part for text in TEXTS for part in ("--text", text)], *options,
           "--out", tmp_path / "all")
    results = read_results(tmp_path / "all")
    arrays = read_safetensors(tmp_path / "all" / "arrays.safetensors")
    real = np.mean([one["delta_logprob"][:, 1:].mean(axis=1) for one in singles], axis=0)
    for name in ("random-rank", "norm-matched"):
        key = name.replace("-", "_")
        draws = np.mean([one[f"control_mean_{key}"] for one in singles], axis=0)
        assert arrays[f"control_mean_over_texts_{key}"] == pytest.approx(draws, abs=1e-5)
        above = (draws >= real[:, None]).sum(axis=1)
        below = (draws <= real[:, None]).sum(axis=1)
        p = np.minimum(1, 2 * (1 + np.minimum(above, below)) / 41)
        over = [layer["over_texts"]["controls"][name] for layer in results["layers"]]
        assert [one["p_two_sided"] for one in over] == pytest.approx(p)
        headline = results["headline"]["over_texts"]["controls"][name]
        layers = results["manifest"]["spec"]["layers"].split(",")
        assert headline["layers_worse"] == [
            int(layer) for layer, small in zip(layers, (p < 0.05) & (above < below)) if small]
    scans = np.array([one["scan_mean"] for one in singles])
    t = scans.mean(axis=0) / (scans.std(axis=0, ddof=1) / np.sqrt(len(TEXTS)))
    for row, layer in enumerate(results["layers"]):
        assert [step["t"] for step in layer["over_texts"]["scan"]] == pytest.approx(
            t[row], rel=1e-3)
        assert layer["over_texts"]["q"] == layer["over_texts"]["scan"][0]["q"]
        # All cells are of the first text.
        assert layer["removed_branch"]["controls"]["norm-matched"]["repeats"] == 40
    assert "control_mean_norm_matched_removed" in arrays


def test_a_text_that_repeats_itself_is_warned_of(tmp_path):
    excise("sweep", BAKER, "--text", "word " * 20, "--layers", "0", "--text", TEXTS[0],
           "--out", tmp_path / "out")
    warnings = read_results(tmp_path / "out")["warnings"]
    assert [one["code"] for one in warnings] == ["repeated_tokens"]
    assert "in text 1 repeat" in warnings[0]["text"]


def test_a_text_that_is_too_long_is_named(tmp_path):
    done = excise("sweep", BAKER, "--text", TEXTS[0], "--text", "word " * 400, "--out",
                  tmp_path / "out", code=2)
    assert "text 2" in done.err and not (tmp_path / "out").exists()


def test_files_a_folder_and_standard_input_are_several_texts(tmp_path):
    """As the shell writes texts/*.txt; each way gives the texts of --text given again."""
    folder = tmp_path / "texts"
    (folder / "deeper").mkdir(parents=True)
    (folder / ".hidden").write_text("Not read.")
    files = [folder / f"{i}.txt" for i in range(3)]
    for file, text in zip(files, TEXTS):
        file.write_text(text + "\n")
    options = ("--layers", "0-1", "--cells", "preset")

    def texts(*arguments, **more):
        excise("sweep", *arguments, *options, "--out", tmp_path / "out", "--force", **more)
        results = read_results(tmp_path / "out")
        return results["manifest"]["spec"]["text"], results["layers"]
    wanted = texts(BAKER, *[part for text in TEXTS for part in ("--text", text)])
    assert wanted[0] == TEXTS
    assert texts(BAKER, "--text-file", *files) == wanted
    assert texts(BAKER, "--text-file", folder) == wanted
    assert texts(BAKER, "--text-file", files[0], "-", files[2], input=TEXTS[1].encode() + b"\n") == wanted
    assert texts(BAKER, "--text-file", files[0], "--text-file", files[1], "--text-file", files[2]) == wanted
    assert texts("--text-file", files[0], BAKER, "-", files[2], input=TEXTS[1].encode()) == wanted


def test_files_of_a_folder_are_named_where_they_cannot_be(tmp_path):
    folder = tmp_path / "texts"
    (folder / "deeper").mkdir(parents=True)
    for i, text in enumerate(TEXTS):
        (folder / f"{i}.txt").write_text(text)

    def sweep(*options, code=2):
        return excise("sweep", BAKER, "--text-file", folder, "--layers", "0", *options, "--out",
                      tmp_path / "out", "--force", code=code).err
    note = f"{folder}: 1 folder in it left out; name it too to read it\n"
    assert note in sweep(code=0)
    assert "left out" not in sweep("--quiet", code=0)
    wrong = folder / "3.txt"
    wrong.write_text("word " * 400)
    assert f"(text 4, {wrong})" in sweep()
    wrong.write_text(TEXTS[1])
    assert f"twice: text 2, {folder / '1.txt'} and text 4, {wrong}" in sweep()
    wrong.write_text("")
    assert f"[text] {wrong}: expected at least one token" in sweep()
    for file in folder.glob("*.txt"):
        file.unlink()
    assert "got folders alone" in sweep()


def test_texts_that_cannot_be_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(TEXTS[0])
    file = tmp_path / "a.txt"
    out = ("--out", tmp_path / "out")
    assert "1 to 10000 files" in excise("sweep", BAKER, "--text-file", tmp_path / "empty", *out, code=2).err
    assert "once" in excise("sweep", BAKER, "--text-file", "-", "-", *out, code=2, input=b"a").err
    assert "--text-file" in excise("sweep", BAKER, file, *out, code=2).err
    assert "two of them" in excise("sweep", BAKER, "--text", "a", "-", *out, code=2, input=b"a").err
    assert "two of them" in excise("sweep", BAKER, "--ids", "1,2", "-", *out, code=2, input=b"a").err
    excise("sweep", BAKER, "--text-file", file, *out)
    # What is read is not written over, a file of a folder neither.
    excise("sweep", BAKER, "--text-file", tmp_path, "--out", file, "--force", code=2)
    assert file.read_text() == TEXTS[0]
