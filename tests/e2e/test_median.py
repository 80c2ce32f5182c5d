"""excise median: the reference's numbers through the files, its options, and wrong use."""
import json

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
REFERENCE = json.loads((GOLDEN / "median_baker.json").read_text())
TOLERANCES = json.loads((GOLDEN / "tolerances.json").read_text())["median_baker.json"]
HEAD = ("--prompt", "He shook his", "--target", " head")
BAD_INPUT = 2


def atol(quantity):
    return TOLERANCES[f"cases/{quantity}"]["atol"]


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["target"].strip())
def test_golden(tmp_path, case):
    out = tmp_path / "out"
    excise("median", BAKER, "--prompt", case["prompt"], "--target", case["target"], "--out", out)
    results, arrays = read_results(out), read_safetensors(out / "arrays.safetensors")
    assert results["tokens"]["ids"] == case["ids"]
    assert results["target"]["id"] == case["target_id"]
    assert results["clean"]["rank"] == case["clean_rank"]
    assert results["clean"]["logprob"] == pytest.approx(case["clean_logprob"],
                                                        abs=atol("clean_logprob"))
    assert results["clean"]["prob"] == pytest.approx(case["clean_prob"], abs=atol("clean_prob"))
    assert arrays["percent"].tolist() == [100 * p for p in REFERENCE["p"]]
    expected = np.array(case["delta_logprob"])
    assert arrays["delta_logprob"].shape == expected.shape
    # Besides, the wavefront rounds relative to what is replaced (median_test.cc).
    rounded = atol("delta_logprob") + 2e-5 * np.abs(expected)
    assert (np.abs(arrays["delta_logprob"] - expected) <= rounded).all()


def test_files_agree(tmp_path):
    out = tmp_path / "out"
    done = excise("median", BAKER, *HEAD, "--layers", "2,5", "--percent", "10,50", "--random", 5,
                  "--out", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "arrays.safetensors", "experiment.toml", "median.csv", "report.html", "results.json"]
    results, arrays = read_results(out), read_safetensors(out / "arrays.safetensors")
    assert results["schema"] == "excise.median/2"
    assert arrays["delta_logprob_random"].shape == (2, 2, 5)
    assert arrays["count"].tolist() == [76, 384]
    rows = read_csv(out / "median.csv")
    assert [(row["layer"], row["percent"]) for row in rows] == [
        ("2", "10"), ("2", "50"), ("5", "10"), ("5", "50")]
    cells = [cell for layer in results["layers"] for cell in layer["cells"]]
    for row, cell, delta, random in zip(rows, cells, arrays["delta_logprob"].ravel(),
                                        arrays["delta_logprob_random"].reshape(4, 5)):
        assert float(row["delta_logprob"]) == cell["delta_logprob"] == delta
        assert cell["random"]["p_one_sided"] == pytest.approx(((random >= delta).sum() + 1) / 6)
        assert cell["random"]["mean"] == pytest.approx(random.mean())
        assert cell["prob_edited"] == pytest.approx(
            results["clean"]["prob"] * np.exp(-delta))
    assert results["audit"]["edits_fired"] == results["audit"]["edits_expected"] == 25
    assert max(map(len, done.out.splitlines())) <= 100
    assert results["summary"].split(".")[0] in done.out.replace("\n", " ")


def test_experiment_file_repeats_the_run(tmp_path):
    excise("median", BAKER, *HEAD, "--percent", "5-15:5", "--by", "magnitude", "--with", "zero",
           "--positions", "all", "--random", 2, "--seed", 4, "--layers", "3", "--out",
           tmp_path / "a")
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    for name in ("arrays.safetensors", "median.csv", "experiment.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_options_change_the_numbers(tmp_path):
    seen = set()
    for i, options in enumerate([(), ("--by", "magnitude"), ("--with", "mean"), ("--with", "zero"),
                                 ("--positions", "all")]):
        excise("median", BAKER, *HEAD, "--layers", "4", *options, "--out", tmp_path / str(i))
        arrays = read_safetensors(tmp_path / str(i) / "arrays.safetensors")
        seen.add(tuple(arrays["delta_logprob"][0]))
    assert len(seen) == 5


def test_without_a_tokenizer(tmp_path):
    excise("median", TINY, "--ids", "1,2,3", "--target-id", 4, "--quiet", "--out",
           tmp_path / "out")
    assert read_results(tmp_path / "out")["clean"]["rank"] <= 512


def test_the_bundled_prompt(tmp_path):
    done = excise("median", "baker-7m", "--layers", "0", "--out", tmp_path / "out")
    assert "No prompt given" in done.err and '" head" p = 0.863 (rank 1)' in done.out


@pytest.mark.parametrize("arguments, fragments", [
    ((BAKER, "--prompt", "a", "--target", " perplexingly"), ["2", " perplex", "--first-token"]),
    ((BAKER, "--prompt", "a", "--target", "handkerchief"), ['" handkerchief"', "blank"]),
    ((BAKER, "--prompt", "a"), ["--target"]),
    ((BAKER, "--target", " a"), ["--prompt"]),
    ((BAKER, "--prompt", "a " * 300, "--target", " a"), ["256"]),
    ((TINY, "--prompt", "a", "--target-id", 1), ["ids"]),
    ((TINY, "--ids", "1", "--target-id", 512), ["512", "511"]),
    ((BAKER, *HEAD, "--percent", "0"), ["above 0"]),
    ((BAKER, *HEAD, "--percent", "ten"), ["ten", "10-90:10"]),
    ((BAKER, *HEAD, "--by", "size"), ["magnitude"]),
    ((BAKER, *HEAD, "--with", "mode"), ["median, mean or zero"]),
    ((BAKER, *HEAD, "--positions", "first"), ["last or all"]),
    ((BAKER, *HEAD, "--layers", "12"), ["layer 12", "0 to 11"]),
], ids=lambda value: None if isinstance(value, list) else " ".join(map(str, value[1:]))[:40])
def test_refused(tmp_path, arguments, fragments):
    done = excise("median", *arguments, "--out", tmp_path / "out", code=BAD_INPUT)
    assert done.out == "" and done.err.startswith("[") and done.err.count("\n") == 1
    for fragment in fragments:
        assert fragment in done.err, done.err
    assert list(tmp_path.iterdir()) == []
