"""Median replacement from Python: the golden numbers, and what is refused."""
import json

import numpy as np
import pytest
from conftest import GOLDEN

import excise

FILE = "median_baker.json"


def test_the_golden_cases(model, close):
    cases = json.loads((GOLDEN / FILE).read_text())["cases"]
    for case in cases:
        for prompt, target in [(case["prompt"], case["target"]),
                               (case["ids"], case["target_id"])]:
            result = excise.median(model, prompt, target)
            # Besides, the wavefront rounds relative to what is replaced (median_test.cc).
            expected = np.array(case["delta_logprob"])
            found = result.arrays["delta_logprob"]
            close(FILE, "cases/delta_logprob", found - np.clip(
                found - expected, -2e-5 * np.abs(expected), 2e-5 * np.abs(expected)), expected)
    table = result.table("median.csv")
    assert len(table["layer"]) == 12 * 9
    assert result.summary == str(result) and "median.csv" in repr(result)


def test_options_and_repetition(model, tmp_path):
    result = excise.median(model, "He shook his", " head", percent=[12.5, 50], layers=[3],
                           positions="all", random=5, seed=3)
    spec = result.manifest["spec"]
    assert (spec["percent"], spec["layers"], spec["positions"]) == ([12.5, 50], "3", "all")
    folder = result.save(tmp_path / "out")
    assert (folder / "report.html").stat().st_size > 1_000_000
    again = excise.run(folder / "experiment.toml")
    assert (again.arrays["delta_logprob"] == result.arrays["delta_logprob"]).all()
    assert excise.load_result(tmp_path / "out").json == result.json


@pytest.mark.parametrize("options, message", [
    ({"target": " unbelievably"}, "target"), ({"percent": [0]}, "percent"),
    ({"prompt": ""}, "prompt: expected at least one token"), ({"layers": [12]}, "layer 12"),
    ({"positions": "some"}, "last or all")])
def test_what_is_refused(model, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        excise.median(**({"model": model, "prompt": "He shook his", "target": " head"} | options))
