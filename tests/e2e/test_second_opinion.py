"""What stands beside t: a test that allows for dependent tokens, and the largest token."""
import re

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, ids_option, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
TEXT = ("--text-file", ROOT / "experiments" / "silver-blaze.txt")


def sweep(out, *arguments):
    done = excise("sweep", *arguments, "--out", out)
    return done.out, read_results(out), read_safetensors(out / "arrays.safetensors")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return sweep(tmp_path_factory.mktemp("second") / "out", BAKER, *TEXT)


def test_is_that_of_the_formula(published):
    _, results, arrays = published
    series = {"": arrays["delta_logprob"][:, 1:], "removed_branch": arrays["delta_logprob_removed"][:, 1:],
              "empty_branch": arrays["delta_logprob_empty"][:, 1:]}
    series["interaction"] = series[""] - series["removed_branch"] - series["empty_branch"]
    n = series[""].shape[1]
    cosines = int(0.41 * n ** (2 / 3))
    waves = np.cos(np.pi * np.outer(np.arange(1, cosines + 1), np.arange(n) + 0.5) / n)
    for name, rows in series.items():
        for d, layer in zip(rows, results["layers"], strict=True):
            test = (layer[name] if name else layer)["ewc"]
            omega = np.mean((np.sqrt(2 / n) * waves @ d) ** 2)
            assert (test["n"], test["df"]) == (n, cosines)
            assert test["t"] == pytest.approx(d.mean() / np.sqrt(omega / n))
            assert test["n_effective"] == pytest.approx(min(n, n * d.var(ddof=1) / omega))
            centred = d - d.mean()
            assert test["lag1"] == pytest.approx((centred[1:] @ centred[:-1]) / (centred @ centred))
            assert sum(test["ci95"]) / 2 == pytest.approx(d.mean())
            assert 0 < test["p"] <= test["q"] * (1 + 1e-12) <= 1 + 1e-12
            largest = (layer[name] if name else layer)["largest_token"]
            assert largest["share"] == pytest.approx((d / d.sum()).max())
            assert largest["position"] == 1 + np.argmax(d / d.sum())


def test_q_is_that_of_benjamini_and_hochberg(published):
    _, results, _ = published
    tests = [layer["ewc"] for layer in results["layers"]]
    p = np.array([test["p"] for test in tests])
    order = np.argsort(p)
    q = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    assert [tests[i]["q"] for i in order] == pytest.approx(q)


def test_stars_are_hollow_where_it_does_not_agree(published):
    printed, results, _ = published
    lines = {int(line.split()[0]): line for line in printed.splitlines()
             if re.match(r" +\d+ +[\d.]+ ", line)}
    headline, marks = results["headline"], {"*": 0, "\u2606": 0}
    for layer in results["layers"]:
        cells = [re.search(r"[*\u2606]?$", cell)[0] for cell in lines[layer["layer"]].split()[4:7]]
        for mark, tests in zip(cells, (layer, layer["removed_branch"], layer["empty_branch"]), strict=True):
            star = tests["default_n"]["q"] < 0.05
            assert mark == ("" if not star else "*" if tests["ewc"]["q"] < 0.05 else "\u2606")
            if mark:
                marks[mark] += 1
    assert min(marks.values()) > 0
    unconfirmed = [layer["layer"] for layer in results["layers"]
                   if layer["default_n"]["q"] < 0.05 <= layer["ewc"]["q"]]
    assert headline["layers_unconfirmed"] == unconfirmed
    assert headline["layers_one_token"] == [
        layer["layer"] for layer in results["layers"]
        if layer["default_n"]["q"] < 0.05 and layer["largest_token"]["share"] > 0.25]
    found = len(headline["layers_hurt"]) + len(headline["layers_helped"])
    assert f"does not confirm {len(unconfirmed)} of these {found} layers" in " ".join(
        results["summary"].split())


def test_columns_stand_at_the_end(tmp_path):
    sweep(tmp_path / "out", BAKER, *TEXT, "--layers", "3,4")
    rows = read_csv(tmp_path / "out" / "layers.csv")
    results = read_results(tmp_path / "out")
    assert list(rows[0])[-10:] == [
        "ewc_df", "ewc_t", "ewc_p", "ewc_q", "ewc_ci_low", "ewc_ci_high", "lag1", "n_effective",
        "largest_token", "largest_share"]
    assert [row["branch"] for row in rows] == 2 * ["removal", "removed", "empty", "interaction"]
    for row in rows:
        layer = next(one for one in results["layers"] if one["layer"] == int(row["layer"]))
        tests = layer if row["branch"] == "removal" else layer.get(row["branch"] + "_branch",
                                                                   layer["interaction"])
        assert float(row["ewc_q"]) == tests["ewc"]["q"]
        assert float(row["n_effective"]) == tests["ewc"]["n_effective"]
        assert int(row["largest_token"]) == tests["largest_token"]["position"]


@pytest.mark.parametrize("tokens", [1, 2, 8, 9])
def test_a_short_text_has_none(tmp_path, tokens):
    _, results, _ = sweep(tmp_path / "out", TINY, "--ids", ids_option(range(3, 3 + tokens)))
    for layer in results["layers"]:
        test = layer["ewc"]
        assert test["n"] == tokens - 1
        if tokens == 9:
            assert test["df"] == 2
            assert test["p"] == pytest.approx(1 - abs(test["t"]) / np.sqrt(test["t"] ** 2 + 2))
        else:
            assert test["p"] is None and test["reason"] == "fewer than eight values"


def test_of_a_scan_it_is_corrected_over_the_grid(tmp_path):
    _, results, _ = sweep(tmp_path / "out", BAKER, *TEXT, "--preset", "pca", "--remove", "each:0-2",
                          "--layers", "3-5")
    steps = [step for layer in results["layers"] for step in layer["scan"]]
    p = np.sort([step["ewc_p"] for step in steps])
    q = np.minimum.accumulate((p * 9 / np.arange(1, 10))[::-1])[::-1]
    assert sorted(step["ewc_q"] for step in steps) == pytest.approx(q)
    for layer in results["layers"]:
        assert layer["ewc"]["q"] == layer["scan"][0]["ewc_q"]


def test_a_report_shows_it(published, tmp_path):
    """A layer that t alone finds is a diamond, and the sentence stands in the panel."""
    sweep(tmp_path / "out", BAKER, *TEXT)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "diamond: by t alone" in page and '"diamonds":[' in page
    assert "does not confirm" in page
