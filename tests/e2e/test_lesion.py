"""excise lesion: the reference's numbers through the files, its options, and wrong use."""
import json

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
PAIRS = GOLDEN / "pairs_him_her.tsv"
REFERENCE = json.loads((GOLDEN / "tlesion_baker.json").read_text())
TOLERANCES = json.loads((GOLDEN / "tolerances.json").read_text())
SENTENCE = REFERENCE["test_sentence"]
BAD_INPUT, BAD_FILE = 2, 3


def atol(file, quantity):
    return TOLERANCES[f"tlesion_baker.{file}"][quantity]["atol"]


def test_golden(tmp_path):
    out = tmp_path / "out"
    excise("lesion", BAKER, "--pairs", PAIRS, "--test", SENTENCE, "--random", 0, "--out", out)
    results, arrays = read_results(out), read_safetensors(out / "arrays.safetensors")
    expected = read_safetensors(GOLDEN / "tlesion_baker.safetensors")
    for name in "tpq":
        assert np.abs(arrays[name] - expected[name]).max() <= atol("safetensors", name)
    for test, clean in zip(results["tests"], REFERENCE["clean"]):
        assert (test["position"], test["before"]) == (clean["position"], clean["before"])
        for word, name in (("first", "him"), ("second", "her")):
            assert test["clean"][word]["logit"] == pytest.approx(
                clean["logits"][name], abs=atol("json", f"clean/logits/{name}"))
    lesioned = {(row["layer"], row["position"], row["zeroed"]): row
                for row in read_csv(out / "lesions.csv")}
    for layer, ours in zip(REFERENCE["layers"], results["layers"]):
        for group, name in ((1, "first"), (2, "second")):
            assert np.flatnonzero(arrays["group"][layer["layer"]] == group).tolist() == layer[name]
            assert ours[f"n_{name}"] == layer[f"n_{name}"]
        for one in layer["lesion"]:
            row = lesioned[str(layer["layer"]), str(one["position"]), one["zeroed"]]
            for word, name in (("first", "him"), ("second", "her")):
                assert float(row[f"logit_{word}_lesioned"]) == pytest.approx(
                    one["logits"][name], abs=atol("json", f"layers/lesion/logits/{name}"))


def test_files_agree(tmp_path):
    out = tmp_path / "out"
    done = excise("lesion", BAKER, "--pairs", PAIRS, "--hold-out", "0.2", "--layers", "0,4",
                  "--random", 9, "--out", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "arrays.safetensors", "experiment.toml", "laminar.csv", "lesions.csv", "report.html",
        "results.json"]
    results, arrays = read_results(out), read_safetensors(out / "arrays.safetensors")
    assert results["schema"] == "excise.lesion/2"
    held, fitted = results["pairs"]["held_out"], results["pairs"]["fitted"]
    assert len(held) == 11 and sorted(held + fitted) == list(range(2, 56))
    assert {test["pair_line"] for test in results["tests"]} <= set(held)
    delta = arrays["delta_logit"]
    assert delta.shape == (2, 2, len(results["tests"]), 2)
    for i, (layer, row) in enumerate(zip(results["layers"], read_csv(out / "laminar.csv"))):
        for group, name in enumerate(("first", "second")):
            loss = delta[i, group, :, group] - delta[i, group, :, 1 - group]
            ours = layer[f"zeroed_{name}"]
            assert ours["selective_loss"]["mean"] == pytest.approx(loss.mean())
            assert ours["selective_loss"]["t"] == pytest.approx(
                loss.mean() / loss.std(ddof=1) * len(loss) ** 0.5)
            assert float(row[f"selective_loss_{name}"]) == ours["selective_loss"]["mean"]
            draws = arrays["selective_loss_random"][i, group]
            assert ours["random"]["selective_loss_p_one_sided"] == pytest.approx(
                ((draws >= loss.mean()).sum() + 1) / 10)
        assert layer["mean_abs_delta_logit"] == pytest.approx(np.abs(delta[i]).mean())
        assert layer["significant_percent"] == pytest.approx(
            100 * (arrays["group"][i] > 0).mean())
    for name in ("first", "second"):
        head, groups = results["headline"][f"zeroed_{name}"], [
            (layer["layer"], layer[f"zeroed_{name}"]) for layer in results["layers"]]
        losses = [(layer, group["selective_loss"]) for layer, group in groups]
        assert head["layers_positive"] == [at for at, loss in losses if loss["mean"] > 0]
        assert head["layers_against"] == [
            at for at, loss in losses if loss["q"] < 0.05 and loss["mean"] > 0]
        assert head["layers_towards"] == [
            at for at, loss in losses if loss["q"] < 0.05 and loss["mean"] < 0]
        assert head["layers_beyond_random"] == []  # 9 draws give no p below 0.05
    assert results["summary"] == " ".join(one["text"] for one in results["passages"])
    assert "no one-sided p is below 0.1: that takes 20" in results["summary"]
    assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"]
    assert max(map(len, done.out.splitlines())) <= 100
    for name in ("laminar.csv", "lesions.csv"):
        assert len({line.count(",") for line in (out / name).read_text().splitlines()}) == 1


def test_experiment_file_repeats_the_run(tmp_path):
    excise("lesion", BAKER, "--pairs", PAIRS, "--test", SENTENCE, "--position", "3,7",
           "--hold-out", "0.1", "--layers", "3", "--random", 2, "--seed", 4, "--out",
           tmp_path / "a")
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    for name in ("arrays.safetensors", "laminar.csv", "experiment.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert [test["position"] for test in read_results(tmp_path / "a")["tests"][:2]] == [3, 7]


HEADING = "him\ther\n"
GOOD = "".join(f"I {verb} him.\tI {verb} her.\n" for verb in ("saw", "met", "know"))


@pytest.mark.parametrize("pairs, options, code, fragments", [
    (HEADING + "We saw him today.\tWe met her today.\n", (), BAD_FILE,
     ["line 2", "saw / met", "him / her"]),
    (GOOD, (), BAD_FILE, ["line 1", "heading"]),
    (HEADING, (), BAD_FILE, ["no pair"]),
    (HEADING + "one field\n", (), BAD_FILE, ["line 2", "tab"]),
    ("him\tperplexingly\n" + GOOD, ("--test", SENTENCE), BAD_INPUT,
     [" perplex", "ingly", "--first-token"]),
    ("him\ther\nI met him.\tI met perplexingly.\n", ("--hold-out", "0.9"), BAD_INPUT,
     ["line 2", "perplexingly", "--first-token"]),
    (HEADING + GOOD, ("--test", "Nobody."), BAD_INPUT, ['" him"', "--position"]),
    (HEADING + GOOD, ("--test", "a him " * 200), BAD_INPUT, ["256"]),
    (HEADING + GOOD, ("--hold-out", "1"), BAD_INPUT, ["below 1"]),
    (HEADING + GOOD, ("--hold-out", "0.9"), BAD_INPUT, ["at least 2"]),
    (HEADING + GOOD, ("--layers", "12"), BAD_INPUT, ["0 to 11"]),
    (HEADING + "a " * 300 + "him\t" + "a " * 300 + "her\n", ("--hold-out", "0.9"), BAD_INPUT,
     ["line 2", "256"]),
], ids=lambda value: "")
def test_refused(tmp_path, pairs, options, code, fragments):
    file = tmp_path / "pairs.tsv"
    file.write_text(pairs)
    done = excise("lesion", BAKER, "--pairs", file, *options, "--out", tmp_path / "out", code=code)
    assert done.out == "" and done.err.startswith("[") and done.err.count("\n") == 1
    for fragment in fragments:
        assert fragment in done.err, done.err
    assert list(tmp_path.iterdir()) == [file]
