"""excise report through the command line: what it writes, refuses, and never lets out."""
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from support import GOLDEN, ROOT, excise, read_results, read_safetensors, write_safetensors

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "out"
    excise("sweep", BAKER, "--text", "The dog did nothing in the night-time.", "--layers", "0,3-5",
           "--out", out)
    return out


@pytest.fixture
def copy(folder, tmp_path):
    """A result folder that may be spoiled."""
    place = tmp_path / "copy"
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place


def page_data(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', text).group(1))


def change(folder, edit):
    results = read_results(folder)
    edit(results)
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")


def test_sweep_leaves_the_report_that_report_rebuilds(folder, tmp_path):
    done = excise("report", folder, "--out", tmp_path / "again.html")
    assert str(tmp_path / "again.html") in done.out
    assert (tmp_path / "again.html").read_bytes() == (folder / "report.html").read_bytes()


def test_figures_of_the_page_are_those_of_the_results(folder):
    data, results = page_data(folder / "report.html"), read_results(folder)
    arrays = read_safetensors(folder / "arrays.safetensors")
    series = {s["name"]: s for s in data["figures"]["layers-effect"]["series"]}
    assert series["whole edit"]["y"] == [layer["default_n"]["mean"] for layer in results["layers"]]
    assert series["whole edit"]["low"] == [layer["default_n"]["ci95"][0] for layer in results["layers"]]
    assert series["mean alone"]["y"] == [layer["empty_branch"]["default_n"]["mean"]
                                         for layer in results["layers"]]
    tokens = data["figures"]["tokens-removal"]["series"][0]["y"]
    assert tokens == arrays["delta_logprob"].ravel().tolist()
    density = data["figures"]["inside-values"]["heatMap"]["values"]
    assert len(density) > 1000 or "f32" in density
    histogram = data["figures"]["inside-histogram"]["series"][0]["y"]
    assert sum(count or 0 for count in histogram) == arrays["a_clean_l4"].size


def test_figures_are_svg(folder, tmp_path):
    excise("report", folder, "--figures", tmp_path / "figures", "--layer", 4, "--quiet")
    names = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert set(page_data(folder / "report.html")["figures"]) | {"tokens-text"} == names
    for path in (tmp_path / "figures").iterdir():
        root = ET.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(root.iter())) > 10, path.name
    title = ET.parse(tmp_path / "figures" / "tokens-removal.svg").getroot()[0].text
    assert title.endswith("layer 4")
    done = excise("report", folder, "--figures", tmp_path / "figures", code=2)
    assert "--force" in done.err


def test_hostile_text_is_text(tmp_path):
    text = "</script><script>alert(1)</script> \"&'<b> \u202eright\u202c \u0007bell"
    excise("sweep", BAKER, "--text", text, "--layers", "2", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<script>") == 2 and "alert(1)</script>" not in page
    assert "\u202e" not in page and "\u0007" not in page
    assert "default-src 'none'" in page and "unsafe-eval" not in page
    assert not re.search(r"<(?:link|img|iframe|script)[^>]+(?:src|href)=\"(?!data:)", page)


def test_no_private_names(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert str(ROOT) not in page and str(folder) not in page


def test_experiment_of_the_page_repeats_the_run(folder, tmp_path):
    page = (folder / "report.html").read_text(encoding="utf-8")
    toml = re.search(r'<pre id="experiment"[^>]*>(.*?)</pre>', page, re.DOTALL).group(1)
    for entity, character in [("&quot;", '"'), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]:
        toml = toml.replace(entity, character)
    (tmp_path / "experiment.toml").write_text(toml, encoding="utf-8")
    excise("run", tmp_path / "experiment.toml", "--model", BAKER, "--out", tmp_path / "again")
    one, other = read_results(folder), read_results(tmp_path / "again")
    assert one["layers"] == other["layers"]


def test_comparison(folder, tmp_path):
    excise("sweep", TINY, "--ids", "1,2,3,4", "--out", tmp_path / "a" / "out")
    done = excise("report", folder, tmp_path / "a" / "out", "--out", tmp_path / "both.html")
    assert "both.html" in done.out
    figure = page_data(tmp_path / "both.html")["figures"]["compare-effect"]
    names = [series["name"] for series in figure["series"]]
    assert len(set(names)) == 2 and names[1] == "a/out"
    assert figure["series"][0]["y"] == [
        layer["default_n"]["mean"] for layer in read_results(folder)["layers"]]
    text = (tmp_path / "both.html").read_text(encoding="utf-8")
    reading = page_data(tmp_path / "both.html")["readings"]["difference"][0]
    assert "no test of their difference token by token: they are of different texts" in reading
    for key in ("layers_hurt", "model_fingerprint", "worst_layer", "strongest_layer", "d_mlp"):
        assert key not in text.split("<main")[1].split("<script")[0]
    assert "--force" in excise("report", folder, folder, "--out", tmp_path / "both.html", code=2).err
    excise("report", folder, folder, "--out", tmp_path / "both.html", "--force")


def test_comparison_tests_the_difference(folder, tmp_path):
    """Mean, interval and t of the paired differences, from the arrays of both folders."""
    excise("sweep", BAKER, "--text", "The dog did nothing in the night-time.", "--layers", "0,2-4",
           "--preset", "pca", "--out", tmp_path / "pca")
    excise("report", folder, tmp_path / "pca", "--out", tmp_path / "both.html")
    data = page_data(tmp_path / "both.html")
    deltas = [read_safetensors(place / "arrays.safetensors")["delta_logprob"] for place in (folder, tmp_path / "pca")]
    # Layers 0, 3, 4 are in both; token 0 is predicted by nothing.
    differences = deltas[1][[0, 2, 3], 1:] - deltas[0][[0, 1, 2], 1:]
    series = data["figures"]["compare-difference"]["series"][0]
    assert series["x"] == [0, 3, 4]
    np.testing.assert_allclose(series["y"], differences.mean(axis=1), rtol=1e-12)
    error = differences.std(axis=1, ddof=1) / np.sqrt(differences.shape[1])
    table = re.search(r'<table data-csv="difference".*?</table>',
                      (tmp_path / "both.html").read_text(encoding="utf-8"), re.DOTALL).group(0)
    rows = [[float(x) for x in re.findall(r'data-value="([^"]*)"', row)] for row in table.split("<tr>")[2:]]
    np.testing.assert_allclose([row[3] for row in rows], differences.mean(axis=1) / error, rtol=1e-10)
    p, q = np.array([row[4] for row in rows]), np.array([row[5] for row in rows])
    order = np.argsort(p)
    np.testing.assert_allclose(q[order], np.minimum.accumulate(
        (p[order] * 3 / np.arange(1, 4))[::-1])[::-1], rtol=1e-10)
    reading = data["readings"]["difference"][0]
    assert reading.startswith(f"Token by token ({differences.shape[1]} tokens of the same text)")
    means = [read_results(place)["layers"][0]["default_n"]["mean"] for place in (folder, tmp_path / "pca")]
    assert series["y"][0] == pytest.approx(means[1] - means[0], rel=1e-9)


def test_comparison_over_texts(tmp_path):
    for preset in ("published", "pca"):
        (tmp_path / f"{preset}.toml").write_text(
            'schema = "excise.experiment/1"\nmodel = "baker-7m"\nlayers = "0-2"\n'
            f'preset = "{preset}"\ntext = ["The dog did nothing.", "He went out.", "She rose from her chair."]\n',
            encoding="utf-8")
        excise("run", tmp_path / f"{preset}.toml", "--out", tmp_path / preset)
    excise("report", tmp_path / "published", tmp_path / "pca", "--out", tmp_path / "both.html")
    data = page_data(tmp_path / "both.html")
    reading = data["readings"]["difference"][0]
    assert reading.startswith("Text by text (3 texts, each counted once)")
    assert "tokens of the first text" in reading
    means = [np.array([layer["over_texts"]["means"] for layer in read_results(tmp_path / preset)["layers"]])
             for preset in ("published", "pca")]
    shown = data["figures"]["compare-difference-texts"]["series"][0]["y"]
    np.testing.assert_allclose(shown, (means[1] - means[0]).mean(axis=1), rtol=1e-12)


def test_a_number_that_is_shown_as_zero_has_no_sign(tmp_path):
    """Of a component that does next to nothing, on the terminal and on pages."""
    text = (ROOT / "experiments" / "silver-blaze.txt").read_text(encoding="utf-8")
    done = excise("sweep", BAKER, "--preset", "pca", "--text", text, "--remove", "126", "--layers", "0-5",
                  "--out", tmp_path / "one")
    means = [layer["default_n"]["mean"] for layer in read_results(tmp_path / "one")["layers"]]
    assert any(-5e-5 < mean < 0 for mean in means), means  # else nothing is tested here
    excise("report", tmp_path / "one", tmp_path / "one", "--out", tmp_path / "both.html")
    pages = [(tmp_path / name).read_text(encoding="utf-8").split("<main")[1].split("<script")[0]
             for name in ("one/report.html", "both.html")]
    signed = re.compile("[-\u2212+]0(\\.0+)?(?![.\\d])(?!-)")
    for shown in [done.out, *pages]:
        words = [shown[max(0, m.start() - 30):m.end() + 5] for m in signed.finditer(shown)
                 if not shown[m.start() - 1:m.start()].isalnum()]
        assert words == []


def test_several_texts_and_sets_of_layers(tmp_path):
    texts = ["The dog did nothing in the night-time.", "He shook his head and went out into the street.",
             "The lady rose from her chair."]
    (tmp_path / "texts.toml").write_text(
        f'schema = "excise.experiment/1"\nmodel = "baker-7m"\nlayers = "0,2,3"\ntext = {json.dumps(texts)}\n'
        'together = "0,2,3;0,3"\n', encoding="utf-8")
    excise("run", tmp_path / "texts.toml", "--out", tmp_path / "out")
    data, results = page_data(tmp_path / "out" / "report.html"), read_results(tmp_path / "out")
    each, mean = data["figures"]["texts-means"]["series"]
    over = [layer["over_texts"] for layer in results["layers"]]
    assert each["y"] == [value for layer in over for value in layer["means"]]
    assert mean["y"] == [layer["mean"] for layer in over]
    assert mean["low"] == [layer["ci95"][0] for layer in over]
    single, together = data["figures"]["together-effect"]["series"]
    assert together["y"] == [branch["default_n"]["mean"] for branch in results["together"]]
    assert single["y"] == [branch["sum_of_single_means"] for branch in results["together"]]
    assert data["figures"]["together-effect"]["x"]["names"] == ["0, 2 and 3", "0 and 3"]
    assert len(re.findall('<section class="panel(?: absent)?" id="(?:texts|together)"',
                          (tmp_path / "out" / "report.html").read_text(encoding="utf-8"))) == 2
    excise("report", tmp_path / "out", "--figures", tmp_path / "figures")


@pytest.mark.parametrize("case", ["one-token", "one-layer", "one-cell"])
def test_little_to_show(tmp_path, case):
    options = {"one-token": ("--ids", "7"), "one-layer": ("--ids", "7,8,9", "--layers", "1"),
               "one-cell": ("--ids", "7,8,9", "--cells", "preset")}[case]
    excise("sweep", TINY, *options, "--out", tmp_path / "out")
    excise("report", tmp_path / "out", "--figures", tmp_path / "figures")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r">[^<]*\bnan\b[^<]*</p>", page)


def test_refuses_what_is_no_result_folder(tmp_path):
    assert "results.json" in excise("report", tmp_path, code=2).err
    assert "nothing there" in excise("report", tmp_path / "gone", code=2).err


@pytest.mark.parametrize("spoil,code", [
    (lambda f: (f / "results.json").write_text("{"), 3),
    (lambda f: (f / "results.json").write_text("[" * 100000), 3),
    (lambda f: (f / "results.json").write_text('{"schema": "excise.results/1"}'), 3),
    (lambda f: (f / "results.json").write_bytes(b'{"schema": "\xff"}'), 3),
    (lambda f: change(f, lambda r: r.update(schema="excise.results/9")), 3),
    (lambda f: change(f, lambda r: r.update(layers=[])), 3),
    (lambda f: change(f, lambda r: r["layers"].reverse()), 3),
    (lambda f: change(f, lambda r: r["layers"][0].update(layer=-1)), 3),
    (lambda f: change(f, lambda r: r["layers"][0].update(layer=1e300)), 3),
    (lambda f: change(f, lambda r: r["tokens"]["pieces"].pop()), 3),
    (lambda f: (f / "arrays.safetensors").unlink(), 6),
    (lambda f: (f / "arrays.safetensors").write_bytes(b"\xff" * 100), 3),
    (lambda f: write_safetensors(f / "arrays.safetensors", {"state_norm": np.ones(13)}), 3),
], ids=range(13))
def test_refuses_a_spoiled_folder(copy, spoil, code):
    (copy / "report.html").unlink()
    spoil(copy)
    done = excise("report", copy, code=code)
    assert re.match(r"\[\w+\] .+: (expected|got) .+\n$", done.err)
    assert not list(copy.glob("*report.html*"))


def test_wrong_shapes_and_types_elsewhere_do_no_harm(copy):
    arrays = read_safetensors(copy / "arrays.safetensors")
    arrays["u0"] = arrays["u0"][:, :2]
    write_safetensors(copy / "arrays.safetensors", arrays)
    assert "u0" in excise("report", copy, code=3).err
    del arrays["u0"], arrays["a_clean_l4"]
    arrays["delta_logprob"] = np.full_like(arrays["delta_logprob"], np.nan)
    write_safetensors(copy / "arrays.safetensors", arrays)

    def odd(results):
        results["headline"] = results["manifest"] = "text"
        results["layers"][0]["default_n"] = [1, 2]
        results["layers"][1]["controls"] = {"random-rank": {"mean": ["x", None, {}]}}
        results["layers"][1]["anatomy"] = [{"readout_high": [1, {"token": "<b>"}]}, 3]
        results["scan"] = {"components": ["a"]}
        results["audit"] = []
    change(copy, odd)
    excise("report", copy, "--figures", copy / "figures")


def test_layer_must_be_swept(folder):
    assert "0, 3, 4 and 5" in excise("report", folder, "--layer", 2, code=2).err
    assert excise("report", folder, folder, "--layer", 3, code=2).err
