"""The reports of the sister experiments: their figures are the numbers of the folder."""
import json
import re

import numpy as np
import pytest
from support import ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
KINDS = ["median", "lesion", "concept"]


def page_data(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', text).group(1))


def page_text(folder):
    """The page without its scripts, style and data."""
    text = (folder / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)


def table(folder, name):
    """The cells of a table as its CSV would have them, its header cell first."""
    body = re.search(f'<table data-csv="{name}">.*?</table>', page_text(folder), re.DOTALL).group(0)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", body, re.DOTALL)
    return [[head, *(value or text for value, text in
                     re.findall(r"<td(?: class=\"number\" data-value=\"(.*?)\")?>(.*?)</td>", cells))]
            for head, cells in rows]


def series(data, figure):
    return {one["name"]: one for one in data["figures"][figure]["series"]}


@pytest.fixture(scope="module")
def median(tmp_path_factory):
    out = tmp_path_factory.mktemp("median") / "out"
    excise("median", BAKER, "--prompt", "I beg your", "--target", " pardon", "--random", 6,
           "--percent", "10,50,90", "--layers", "0,2,10", "--out", out)
    return out


def test_median_points_are_the_cells(median):
    data, results = page_data(median), read_results(median)
    for j, percent in enumerate(("10 %", "50 %", "90 %")):
        assert series(data, "effect-points")[percent]["y"] == [
            layer["cells"][j]["delta_logprob"] for layer in results["layers"]]
    cells = [cell for layer in results["layers"] for cell in layer["cells"]]
    assert data["figures"]["effect-map"]["heatMap"]["values"] == [c["delta_logprob"] for c in cells]
    assert data["figures"]["effect-kl"]["heatMap"]["values"] == [c["kl"] for c in cells]
    shown = table(median, "median")
    assert [float(row[3]) for row in shown] == [c["delta_logprob"] for c in cells]
    assert [row[7] for row in shown] == ["yes" if c["top1_changed"] else "no" for c in cells]


def test_median_band_is_of_the_draws(median):
    data, results = page_data(median), read_results(median)
    draws = read_safetensors(median / "arrays.safetensors")["delta_logprob_random"]
    for j in range(3):
        shown = series(data, f"control-{j}")
        band, largest = shown["95 % of the draws, and their median"], shown["largest neurons"]
        np.testing.assert_allclose(band["y"], np.median(draws[:, j], axis=1), atol=1e-12)
        np.testing.assert_allclose(band["low"], np.quantile(draws[:, j], 0.025, axis=1), atol=1e-12)
        assert largest["filled"] == [layer["cells"][j]["random"]["p_one_sided"] < 0.05 for layer in results["layers"]]


def test_median_says_what_came_out(median):
    text, worst = page_text(median), read_results(median)["worst"]
    assert f"costs it most at layer {worst['layer']} with {worst['percent']:g}\u00a0%" in text
    assert "<mark> your</mark></bdi><bdi class=\"next\"> pardon</bdi>" in text
    experiment = re.search(r'<pre id="experiment"[^>]*>(.*?)</pre>', text, re.DOTALL).group(1)
    (median / "again.toml").write_text(experiment.replace("&quot;", '"'), encoding="utf-8")
    excise("run", median / "again.toml", "--out", median / "again")
    assert read_results(median / "again")["layers"] == read_results(median)["layers"]


def test_median_without_draws_says_what_to_run(tmp_path):
    excise("median", BAKER, "--ids", "5,6,7", "--target-id", 8, "--layers", "1", "--positions", "all",
           "--with", "zero", "--out", tmp_path / "out")
    text = page_text(tmp_path / "out")
    assert "--random 20" in text and "set to 0" in text
    assert not re.search(r">[^<]*\bnan\b[^<]*<", text)


@pytest.fixture(scope="module")
def lesion(tmp_path_factory):
    out = tmp_path_factory.mktemp("lesion") / "out"
    excise("lesion", BAKER, "--pairs", ROOT / "experiments" / "him-her.tsv", "--hold-out", "0.2", "--test",
           "Robert helped Lucy with her project, and she thanked him.", "--layers", "0,9", "--random", 5,
           "--out", out)
    return out


def test_lesion_profile_is_the_results(lesion):
    data, results = page_data(lesion), read_results(lesion)
    assert series(data, "profile-neurons")["both"]["y"] == [
        layer["significant_percent"] for layer in results["layers"]]
    assert series(data, "profile-size")["both groups"]["y"] == [
        layer["mean_abs_delta_logit"] for layer in results["layers"]]
    for zeroed, figure in (("zeroed_first", "profile-first"), ("zeroed_second", "profile-second")):
        for word, shown in zip(("first", "second"), data["figures"][figure]["series"]):
            assert shown["y"] == [layer[zeroed][f"delta_logit_{word}"] for layer in results["layers"]]
    rows = read_csv(lesion / "laminar.csv")
    for row, cells in zip(rows, table(lesion, "laminar"), strict=True):
        assert [float(cell) for cell in cells] == [float(value) for value in row.values()]


def test_lesion_band_is_of_the_same_groups(lesion):
    data, arrays = page_data(lesion), read_safetensors(lesion / "arrays.safetensors")
    for g, group in enumerate(("first", "second")):
        for quantity, name in (("own", "selective_loss_random"), ("size", "mean_abs_delta_logit_random")):
            band = data["figures"][f"control-{group}-{quantity}"]["series"][0]
            np.testing.assert_allclose(band["y"], np.median(arrays[name][:, g], axis=1), atol=1e-12)
            np.testing.assert_allclose(band["high"], np.quantile(arrays[name][:, g], 0.975, axis=1),
                                       atol=1e-12)


def test_lesion_shows_every_test_with_the_lesioned_token(lesion):
    data, results, text = page_data(lesion), read_results(lesion), page_text(lesion)
    delta = read_safetensors(lesion / "arrays.safetensors")["delta_logit"]
    for g, shown in enumerate(data["figures"]["tests-own"]["series"]):
        assert shown["y"] == (delta[:, g, :, g] - delta[:, g, :, 1 - g]).ravel().tolist()
    own = [layer["zeroed_first"]["selective_loss"]["mean"] for layer in results["layers"]]
    np.testing.assert_allclose((delta[:, 0, :, 0] - delta[:, 0, :, 1]).mean(1), own, atol=1e-9)
    assert text.count("<mark>") == len(results["tests"]) + 1
    assert "Robert helped Lucy<mark> with</mark></bdi><bdi class=\"next\"> her</bdi>" in text
    for test in results["tests"]:
        assert "".join(test["pieces"]) == test["prefix"] and len(test["pieces"]) == test["position"] + 1


def test_lesion_histograms_hold_every_neuron(lesion):
    data, results = page_data(lesion), read_results(lesion)
    neither, first, second = data["figures"]["neurons-t"]["series"]
    for i, layer in enumerate(results["layers"]):
        bins = len(first["x"])
        row = slice(i * bins, (i + 1) * bins)
        assert [sum(s["y"][row]) for s in (neither, first, second)] == [
            layer["n_neither"], layer["n_first"], layer["n_second"]]


@pytest.fixture(scope="module")
def concept(tmp_path_factory):
    out = tmp_path_factory.mktemp("concept") / "out"
    excise("concept", "fit", BAKER, "--concept", ROOT / "experiments" / "concepts" / "him-her.toml", "--layers",
           "0,10", "--alpha", "1,2", "--out", out)
    return out


def test_concept_figures_are_the_cells(concept):
    data, results = page_data(concept), read_results(concept)
    for way in ("off", "on"):
        cells = [[cell for cell in layer["cells"] if cell["switch"] == way] for layer in results["layers"]]
        for use in ("choose", "report", "damage"):
            figure = data["figures"][f"choice-{way}-{use}"]
            assert figure["heatMap"]["values"] == [
                c["damage"] if use == "damage" else c[use]["own_words"] for row in cells for c in row]
            chosen = results[way]
            ring = figure["series"][0]
            assert results["layers"][int(ring["y"][0])]["layer"] == chosen["layer"]
            assert figure["x"]["names"][int(ring["x"][0])] == f"{chosen['alpha']:g}"
        for name in ("own words", "control words", "control text"):
            key, col = name.replace(" ", "_"), [1, 2].index(results[way]["alpha"])
            assert series(data, f"effect-{way}")[name]["y"] == [row[col]["report"][key] for row in cells]
            assert series(data, f"effect-strength-{way}")[name]["y"] == [
                c["report"][key] for row in cells for c in row]
        draws = data["figures"][f"random-{way}"]["series"][0]["y"]
        assert draws == [value for key in ("own_words", "control_words", "control_text")
                         for value in results[way]["random"][key]]
    probes = series(data, "probe-accuracy")
    assert probes["before"]["y"] == [layer["probe_before"] for layer in results["layers"]]
    assert probes["after, α = 1"]["y"] == [layer["cells"][0]["probe_after"] for layer in results["layers"]]


def test_concept_table_is_the_csv(concept):
    rows = [row for row in read_csv(concept / "concept.csv") if row["use"] == "report"]
    for row, cells in zip(rows, table(concept, "concept"), strict=True):
        assert cells[1] == row["switch"]
        for cell, column in zip([cells[0], *cells[2:6]],
                                ("layer", "alpha", "own_words", "own_words_low", "own_words_high")):
            assert float(cell) == float(row[column])


def test_concept_says_what_came_out(concept):
    text, results = page_text(concept), read_results(concept)
    for way in ("off", "on"):
        for sentence in ("effect", "cost", "chance"):
            assert results[way]["sentences"][sentence] in text
        own = results[way]["report"]["own_words"]
        times = re.search("become (\\S+) times (less|more) likely", results[way]["sentences"]["effect"])
        assert float(times[1]) == pytest.approx(np.exp(abs(own)), abs=6e-3)
        assert times[2] == ("less" if own > 0 else "more")
    assert f"{results['perplexity_clean']:.1f}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_report_rebuilds_the_page_and_writes_figures(request, tmp_path, kind):
    folder = request.getfixturevalue(kind)
    excise("report", folder, "--out", tmp_path / "again.html", "--figures", tmp_path / "figures")
    assert (tmp_path / "again.html").read_bytes() == (folder / "report.html").read_bytes()
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == set(page_data(folder)["figures"])
    assert "the result of a sweep" in excise("report", folder, folder, "--out", tmp_path / "both.html",
                                             code=2).err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spoil", [
    lambda results: results.update(schema="excise.unknown/1"),
    lambda results: results["layers"].reverse(),
    lambda results: results.update(layers=7),
])
def test_refuses_a_spoiled_folder(request, tmp_path, kind, spoil):
    folder = request.getfixturevalue(kind)
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    results = read_results(tmp_path)
    spoil(results)
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert re.match(r"\[report\] .+: expected .+, got .+\n$", excise("report", tmp_path, code=3).err)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_or_odd_does_no_harm(request, tmp_path, kind):
    folder = request.getfixturevalue(kind)
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    results = read_results(tmp_path)
    kept = {"schema", "layers", "tokens", "tests"}
    odd = {key: value if key in kept else "odd" for key, value in results.items()}
    odd["layers"] = [{"layer": layer["layer"], "cells": [3, None], "zeroed_first": []}
                     for layer in results["layers"]]
    (tmp_path / "results.json").write_text(json.dumps(odd), encoding="utf-8")
    excise("report", tmp_path, "--figures", tmp_path / "figures")
    assert not re.search(r">[^<]*\bnan\b[^<]*<", page_text(tmp_path))
