"""What Jupyter shows of a result."""
import re

import numpy as np
import pytest

import excise
from excise._cell import cell


@pytest.fixture(scope="module")
def result(model):
    return excise.sweep(model, "The dog did nothing in <b>the</b> night-time & \u2603.",
                        permutations=10)


def test_a_cell_is_light(result, model):
    page = result._repr_html_()
    assert len(page) < 100_000 < len(result.report.html)
    assert page.count("<div") == 1 and "<svg" in page and page.count("<tr>") == 13 and "<script" not in page
    assert not re.search(r"(?:href|src)=", page)
    means = [row["default_n"]["mean"] for row in result.json["layers"]]
    shown = [float(row.split("</td><td>")[2]) for row in page.split("<tr>")[2:]]
    np.testing.assert_allclose(shown, means, atol=5.1e-5)
    assert "result.report" in page
    last = [row.split("</td>")[-2].split("<td>")[1] for row in page.split("<tr>")[2:]]
    assert [float(q) for q in last] == pytest.approx(
        [row["ewc"]["q"] for row in result.json["layers"]], rel=0.06)


def test_no_probability_is_zero(result):
    """A tail that double precision cannot hold; an older result, or a corpus, has no second opinion."""
    page = cell("", {"layers": [{"layer": 0, "default_n": {"q": 2.3e-308}}]}, None)
    assert "&lt; 1e-300" in page and "second" not in page and ">0.0" not in page


def test_the_report_is_there_on_demand(result, tmp_path):
    frame = result.report._repr_html_()
    assert frame.startswith("<iframe") and "sandbox" in frame
    result.save(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text() == result.report.html
    assert excise.load_result(tmp_path / "out")._repr_html_() == result._repr_html_()


def test_figures_are_those_of_the_report(result):
    assert len(result.figures) > 5 and next(iter(result.figures)) == "layers-effect.svg"
    assert all(svg.lstrip().startswith("<svg") for svg in result.figures.values())


def test_other_results_have_a_cell_too(model):
    found = excise.median(model, "He shook his", " head", percent=[50], layers=[3, 5])
    page = found._repr_html_()
    assert "<svg" in page and len(page) < 100_000


def test_what_a_result_says_is_text(result, monkeypatch):
    monkeypatch.setitem(result.json, "summary", "<script>alert(1)</script>")
    assert "<script>" not in result._repr_html_()
