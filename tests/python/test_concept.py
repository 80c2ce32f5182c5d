"""Concepts from Python: the results of the command line, their edits, and what is refused."""
import json
import pathlib
import subprocess
import sys

import pytest
import tomllib
from conftest import ROOT

import excise

PROGRAM = pathlib.Path(sys.executable).parent / "excise"
FILE = ROOT / "experiments" / "concepts" / "him-her.toml"
FAST = {"layers": [3, 5], "alpha": [1, 2], "sample_tokens": 6}


@pytest.fixture(scope="module")
def fitted(model):
    return excise.concept.fit(model, FILE, **FAST)


def test_it_is_the_command_line(model, fitted, tmp_path):
    subprocess.run([PROGRAM, "concept", "fit", "baker-7m", "--concept", FILE, "--layers", "3,5",
                    "--alpha", "1,2", "--sample-tokens", "6", "--quiet", "--out",
                    tmp_path / "cli"], check=True)
    theirs = excise.load_result(tmp_path / "cli").json
    ours = json.loads(json.dumps(fitted.json))
    for content in (ours, theirs):
        del content["manifest"]["timings"]
    assert ours == theirs
    assert isinstance(fitted, excise.ConceptResult)
    assert len(fitted.table("concept.csv")["layer"]) == 2 * 2 * 2 * 2
    keys = tomllib.loads(FILE.read_text())
    other = excise.concept.fit(model, {key: keys[key] for key in keys if key != "schema"}, **FAST)
    assert other.json["layers"] == fitted.json["layers"]


def test_its_edits(model, fitted, tmp_path):
    folder = fitted.save(tmp_path / "him-her")
    for source in (fitted, folder, str(folder), excise.load_result(folder)):
        off = excise.concept.apply(source, "off")
        assert (off.action, off.strength) == ("remove", fitted.json["off"]["alpha"])
        assert off.hook == fitted.json["off"]["hook"]
    strong = excise.concept.apply(fitted, "on", alpha=8, layer=3, positions="1-")
    assert (strong.action, strong.strength, strong.positions) == ("add", 8.0, "1-")
    assert strong.hook == "blocks.3.mlp.hook_pre"
    sample = fitted.json["samples"][0]
    text = excise.generate(model, sample["prompt"], edit=[fitted.off], compare=True, max_tokens=6)
    by_branch = {one["branch"]: one["text"] for one in sample["continuations"]}
    assert text.clean.text == by_branch["clean"] and text.edited.text == by_branch["off"]
    with model.edit(fitted.on):
        assert excise.generate(model, sample["prompt"], max_tokens=6).text == by_branch["on"]
    exported = excise.export(model, excise.load_edit(strong.save(tmp_path / "on.toml")).__class__(
        strong.hook, strong.basis, action="add", strength=2), tmp_path / "written")
    assert exported.check.max_abs_delta_logprob < 1e-3


def test_testing_and_repeating(model, fitted, tmp_path):
    folder = fitted.save(tmp_path / "him-her")
    tested = excise.concept.test(model, FILE, folder, **FAST)
    assert tested.manifest["spec"]["fitted"] is True
    assert [layer["cells"] for layer in tested.json["layers"]] == [
        layer["cells"] for layer in fitted.json["layers"]]
    again = excise.run(fitted)
    assert isinstance(again, excise.ConceptResult)
    assert again.json["layers"] == fitted.json["layers"]


@pytest.mark.parametrize("options, message", [
    ({"method": "svd"}, "method"), ({"alpha": [0]}, "alpha"), ({"alpha": []}, "alpha"),
    ({"layers": [40]}, "layer 40"), ({"hook": "blocks.*.no"}, "hook"),
    ({"concept": {"name": "x"}}, "with|texts"), ({"concept": {"nome": "x"}}, "nome"),
    ({"concept": {"schema": "other/1"}}, "schema"), ({"memory_limit": "many"}, "many"),
    ({"positions": "x"}, "positions"), ({"temperature": -1}, "temperature")])
def test_what_is_refused(model, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        excise.concept.fit(**({"model": model, "concept": FILE} | options))


def test_other_things_that_are_refused(model, fitted, tmp_path):
    with pytest.raises(excise.IoError):
        excise.concept.fit(model, tmp_path / "none.toml")
    (tmp_path / "c.toml").write_text("name = ")
    with pytest.raises(excise.BadInputError, match="TOML"):
        excise.concept.fit(model, tmp_path / "c.toml")
    for options, message in [({"switch": "dim"}, "off or on"),
                             ({"switch": "on", "layer": 9}, "fitted"),
                             ({"switch": "on", "alpha": float("nan")}, "alpha")]:
        with pytest.raises(excise.BadInputError, match=message):
            excise.concept.apply(fitted, **options)
    with pytest.raises(excise.BadInputError, match="concept fit"):
        excise.concept.apply(tmp_path, "on")
