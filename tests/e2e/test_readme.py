"""What the documents say: the README's commands run, its table is what they print, and what the
documents name is there."""
import re
import shutil

import pytest
from support import ROOT, excise, read_csv, read_results, read_safetensors, run_in_shell

README = (ROOT / "README.md").read_text(encoding="utf-8")
# sh: commands that run as they stand; text: what the block before it prints; console: commands
# that build the project, need a network or a model that is fetched, each after a $; python:
# tests/python runs them.
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*.md"),
                    *ROOT.glob("models/*/README.md")])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder like a fresh checkout, as far as the commands need it."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    return folder


def run(command, place):
    return run_in_shell(command, place, HF_HUB_CACHE=str(place / "cache"))


@pytest.fixture(scope="module")
def printed(place):
    """{command: what it printed} of all sh blocks, run in their order."""
    output = {}
    for tag, block in BLOCKS:
        for command in block.splitlines() if tag == "sh" else []:
            done = run(command, place)
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            output[command] = done.stdout
    return output


def same_words(ours, shown):
    """Whether two texts differ in nothing but the last digits of numbers."""
    ours, shown = ours.split(), shown.split()
    assert len(ours) == len(shown)
    for one, other in zip(ours, shown):
        try:
            assert float(one) == pytest.approx(float(other), rel=0.02, abs=0.011)
        except ValueError:
            assert re.sub(r"[\d.e-]+", "0", one) == re.sub(r"[\d.e-]+", "0", other)


def test_tags():
    assert {tag for tag, _ in BLOCKS} == {"sh", "text", "console", "python"}
    for tag, block in BLOCKS:
        if tag == "console":
            assert all(line.startswith("$ ") for line in block.splitlines())


def test_commands(printed):
    assert len(printed) > 5
    assert any("--preset pca" in command for command in printed)


def test_shown_output(printed):
    shown = 0
    for (tag, block), (next_tag, text) in zip(BLOCKS, BLOCKS[1:]):
        if (tag, next_tag) != ("sh", "text"):  # what console blocks print: test_real_model.py
            continue
        output = printed[block.splitlines()[-1]]
        time = re.compile(r"\d+\.\d\d s$", re.MULTILINE)
        same_words(time.sub("", output), time.sub("", text))
        shown += 1
    assert shown == 1


def test_demo_is_what_make_runs(printed):
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    commands = [" ".join(line.split()) for line in makefile.splitlines()]
    assert next(iter(printed)).replace("excise", "build/release/excise", 1) in commands


def test_a_model_that_is_not_there(place):
    done = run("excise run experiments/published.toml", place)
    assert done.returncode == 2
    download = re.search(r"^\$ (hf .*)$", README, re.MULTILINE).group(1)
    assert download in done.stderr


def test_the_components_of_the_example_are_worth_seeing(place, printed):
    assert "cost 0.46 nats a token, more than each of 40 random changes" in README
    results = read_results(place / "without-ica")
    first = results["layers"][0]
    control = first["controls"]["norm-matched"]
    assert first["default_n"]["mean"] == pytest.approx(0.46, abs=0.02) and first["default_n"]["q"] < 0.05
    assert control["percentile"] == 100 and max(control["mean"]) < first["default_n"]["mean"]
    assert results["headline"]["controls"]["norm-matched"]["p_max"] < 0.05
    elsewhere = read_results(place / "ica-elsewhere")
    assert elsewhere["headline"]["layers_hurt"] == []


def test_command_table():
    table = re.findall(r"^\| `([a-z-]+)[ `]", README.split("## Commands")[1], re.MULTILINE)
    listed = re.findall(r"^  ([a-z-]+) {2,}", excise("--help").out.split("Subcommands:")[1],
                        re.MULTILINE)
    assert table == listed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_files_are_there(document):
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (document.parent / link).exists(), link
    folders = "src|tests|tools|docs|experiments|models|bench|cmake"
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_result_folder_is_documented(place, printed):
    """Every file, key, column and array of a result stands in docs/formats.md."""
    formats = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    known = set(re.findall(r"[\w.]+", re.sub(r"_l\{k\}", "_l6", formats)))
    folder = place / "results" / "demo"
    names = {path.name for path in folder.iterdir()} | set(read_safetensors(
        folder / "arrays.safetensors"))
    for table in ("layers.csv", "tokens.csv"):
        names |= set(read_csv(folder / table)[0])

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list) and value:
            yield from keys(value[0])
    names |= set(keys(read_results(folder)))
    assert names - known == set()
