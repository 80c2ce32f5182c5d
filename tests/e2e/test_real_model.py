"""The README's real model: SmolLM2-135M as `make real-model` fetches it, and what is told of it."""
import re
import subprocess

import pytest
from support import ROOT, excise, read_results, run_in_shell

README = (ROOT / "README.md").read_text(encoding="utf-8").split("## A real model")[1].split("\n## ")[0]
COMMANDS = re.findall(r"^\$ (excise .*smollm2-135m.*)$", README, re.MULTILINE)
BAD_INPUT = 2


# First here, as the fixture of the others fetches it.
@pytest.mark.skipif((ROOT / "models/smollm2-135m").exists(), reason="it is there")
def test_it_is_fetched_by_its_command():
    refused = excise("inspect", "smollm2-135m", code=BAD_INPUT)
    assert "make real-model" in refused.err


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """{command: what it printed} of the README's commands, and the folder where they ran."""
    assert "$ make real-model\n" in README
    subprocess.run([ROOT / "tools" / "real_model"], check=True, timeout=600)
    place = tmp_path_factory.mktemp("real")
    (place / "experiments").symlink_to(ROOT / "experiments")
    output = {}
    for command in COMMANDS:
        done = run_in_shell(command, place)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        output[command] = done.stdout
    return place, output


def layer(place, number):
    return next(one for one in read_results(place)["layers"] if one["layer"] == number)


def test_commands(printed):
    place, output = printed
    assert len(output) == 4 and all(output.values())
    assert {path.name for path in (place / "results").iterdir()} == {
        "smollm2", "smollm2-controls", "smollm2-skip-first"}


def test_the_finding_is_what_the_readme_shows(printed):
    place, output = printed
    table, words = re.search(r"```text\n(.*?)```", README, re.DOTALL).group(1).split("\n\n")
    shown = output[COMMANDS[0]]
    rows = [line for line in table.splitlines() if re.match(r" +\d+ ", line)]
    assert len(rows) == 3
    for row in rows:
        ours = next(line for line in shown.splitlines() if line.split()[:1] == row.split()[:1])
        for mine, theirs in zip(ours.split(), row.split(), strict=True):
            assert float(mine.rstrip("*☆")) == pytest.approx(float(theirs.rstrip("*☆")), rel=0.05, abs=0.02)
    # The sentences, whatever the last digits are on this processor.
    def bare(text):
        return re.sub(r"[\d.]+(e-\d+)?", "0", " ".join(text.split()))
    for sentence in bare(words).split(". "):
        assert sentence.rstrip(".") in bare(shown), sentence
    assert layer(place / "results/smollm2", 11)["default_n"]["mean"] == pytest.approx(1.3175, abs=0.02)


def test_controls_and_the_first_token_answer_it(printed):
    place, _ = printed
    hurt = layer(place / "results/smollm2-controls", 11)
    control = hurt["controls"]["norm-matched"]
    assert len(control["mean"]) == 40 and max(control["mean"]) < hurt["default_n"]["mean"]
    assert sum(control["mean"]) / 40 == pytest.approx(0.006, abs=0.003)
    headline = read_results(place / "results/smollm2-controls")["headline"]
    assert headline["controls"]["norm-matched"]["p_max"] == pytest.approx(1 / 41, abs=1e-6)
    spared = place / "results/smollm2-skip-first"
    assert layer(spared, 11)["default_n"]["mean"] == pytest.approx(-0.0044, abs=0.003)
    assert layer(spared, 11)["default_n"]["q"] > 0.05
    assert layer(spared, 0)["default_n"]["mean"] == pytest.approx(0.28, abs=0.01)
