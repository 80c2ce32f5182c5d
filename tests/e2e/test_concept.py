"""excise concept: the bundled concepts switch off and on, through the files; wrong use."""
import math

import pytest
from support import ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
CONCEPTS = ROOT / "experiments" / "concepts"
HIM_HER = CONCEPTS / "him-her.toml"
BAD_INPUT = 2


@pytest.mark.parametrize("name, method", [("him-her", "diff-means"), ("questions", "leace")])
def test_bundled_concepts_switch(tmp_path, name, method):
    out = tmp_path / "out"
    done = excise("concept", "fit", BAKER, "--concept", CONCEPTS / f"{name}.toml", "--method",
                  method, "--layers", "0,11", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "basis.safetensors", "concept.csv", "concept.toml", "off.toml", "on.toml", "results.json"]
    results = read_results(out)
    assert results["schema"] == "excise.concept-results/1"
    assert results["off"]["report"]["own_words"] > 0.2
    assert results["on"]["report"]["own_words"] < -0.2
    off = results["off"]["report"]
    assert off["selectivity"] == pytest.approx(
        off["own_words"] / (0.02 + abs(off["control_text"])))
    assert results["off"]["perplexity"] == pytest.approx(
        results["perplexity_clean"] * math.exp(off["control_text"]))
    rows = read_csv(out / "concept.csv")
    assert len(rows) == 2 * 2 * 4 * 2  # layers, off and on, strengths, uses
    best = max((row for row in rows if row["switch"] == "off" and row["use"] == "choose"),
               key=lambda row: float(row["selectivity"]))
    assert int(best["layer"]) == results["off"]["layer"]
    assert float(best["alpha"]) == results["off"]["alpha"]
    assert max(map(len, done.out.splitlines())) <= 100
    assert f'hook = "blocks.{results["off"]["layer"]}.mlp.hook_pre"' in (
        out / "off.toml").read_text()
    assert any("atoms" in key for key in read_safetensors(out / "basis.safetensors"))


def test_an_earlier_fit_is_tested(tmp_path):
    common = ("--concept", HIM_HER, "--layers", "0", "--alpha", "1")
    excise("concept", "fit", BAKER, *common, "--out", tmp_path / "a")
    excise("concept", "test", BAKER, *common, "--fitted", tmp_path / "a", "--out", tmp_path / "b")
    tables = [read_csv(tmp_path / name / "concept.csv") for name in "ab"]
    assert len(tables[0]) == len(tables[1]) == 4
    for one, other in zip(*tables):
        assert float(one["own_words"]) == pytest.approx(float(other["own_words"]), abs=1e-4)
        assert float(one["probe_after"]) == pytest.approx(float(other["probe_after"]), abs=0.05)


def test_refused(tmp_path):
    empty = tmp_path / "empty.toml"
    empty.write_text('schema = "excise.concept/1"\nname = "x"\nwith = []\n')
    for arguments, fragment in [
            (("fit", BAKER, "--concept", empty), "at least 6 texts"),
            (("fit", BAKER, "--concept", HIM_HER, "--method", "svd"), "leace"),
            (("fit", BAKER, "--concept", HIM_HER, "--alpha", "0"), "above 0"),
            (("fit", BAKER), "--concept"),
            ((), "subcommand")]:
        done = excise("concept", *arguments, code=BAD_INPUT, cwd=tmp_path)
        assert done.err.startswith("[") and fragment in done.err, done.err
