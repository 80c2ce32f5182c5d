"""The reports of the sister experiments in a browser: drawn, readable by everybody, and to themselves."""
import pytest
from browser import browser
from support import ROOT, excise

PAIRS = ROOT / "experiments" / "him-her.tsv"
CONCEPT = ROOT / "experiments" / "concepts" / "him-her.toml"
RUNS = {
    "median": ("median", "baker-7m", "--prompt", "I beg your", "--target", " pardon", "--random", 5,
               "--percent", "10,50", "--layers", "0-3"),
    "lesion": ("lesion", "baker-7m", "--pairs", PAIRS, "--hold-out", "0.1", "--layers", "0,5",
               "--random", 3),
    "concept": ("concept", "fit", "baker-7m", "--concept", CONCEPT, "--layers", "0,10", "--alpha", "1,2"),
}
PANELS = {"median": ["effect", "control", "method"],
          "lesion": ["profile", "control", "tests", "neurons", "method"],
          "concept": ["choice", "effect", "chance", "probe", "samples", "method"]}


@pytest.fixture(scope="module")
def chromium():
    with browser() as page:
        yield page


@pytest.fixture(scope="module", params=RUNS)
def report(request, chromium, tmp_path_factory):
    """The page of each kind, drawn, and its name."""
    out = tmp_path_factory.mktemp(request.param) / "out"
    excise(*RUNS[request.param], "--out", out)
    chromium.size(1280, 900)
    chromium.scheme("light")
    chromium.open(out / "report.html")
    chromium.drawn()
    yield chromium, request.param
    assert chromium.problems() == []
    assert set(chromium.asked_for()) <= {(out / "report.html").as_uri()}


def test_every_figure_has_marks(report):
    page, kind = report
    assert page.js("return [...document.querySelectorAll('.panel')].map((p) => p.id)") == PANELS[kind]
    assert all(page.marks().values()), page.marks()


def test_every_choice_can_be_shown(report):
    page, _ = report
    titles = page.js("""return [...document.querySelectorAll("figure")].map((f) => {
      const seen = [f.querySelector("h3").textContent];
      const buttons = [...f.querySelectorAll(".choices button")];
      for (const b of buttons) { b.click(); seen.push(f.querySelector("h3").textContent); }
      return [buttons.length, f.querySelectorAll("button[aria-pressed=true]").length, seen]; })""")
    for buttons, pressed, seen in titles:
        assert all(seen) and pressed >= min(buttons, 1)
    page.drawn()
    assert all(page.marks().values())


def test_layer_moves_what_follows_it(report):
    page, kind = report
    if kind == "median":
        assert page.js("return document.getElementById('layer')") is None
        return
    seen = """return [...document.querySelectorAll("[data-reading]")].map((p) => p.textContent).join()"""
    before = page.js(seen)
    page.js("const l = document.getElementById('layer'); l.value = 1 - l.value; l.dispatchEvent(new Event('input'))")
    page.drawn()
    assert page.js(seen) != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessibility(report, scheme, width):
    page, _ = report
    page.size(width, 844, phone=width < 500)
    page.scheme(scheme)
    page.drawn()
    page.wait(f"document.documentElement.dataset.theme === '{scheme}'")
    assert page.violations() == []
    assert page.js("return document.documentElement.scrollWidth") <= width


def test_prints_every_figure(report, tmp_path):
    page, _ = report
    page.js("""window.printed = null; addEventListener("beforeprint", () => { window.printed =
      [...document.querySelectorAll("figure .plot")].map((p) => p.querySelectorAll("svg").length); })""")
    page.pdf(tmp_path / "print.pdf")
    assert all(page.js("return window.printed"))
