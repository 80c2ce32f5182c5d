"""A signal at a random moment: the old result or the new one, whole, and nothing hidden left."""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise

TINY = GOLDEN / "tiny-gpt2"
KILLS = int(os.environ.get("EXCISE_KILLS", "24"))
SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP,
           "KILL": signal.SIGKILL}
TEXT = "The old man looked at the door. She said that he had taken her hand. " * 4


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "text.txt").write_text(TEXT)
    excise("sweep", TINY, "--ids", "1,2,3,4", "--out", folder / "result")
    excise("concept", "fit", "baker-7m", "--concept",
           ROOT / "experiments" / "concepts" / "him-her.toml", "--layers", "0", "--random", "0",
           "--sample-tokens", "0", "--out", folder / "concept")
    return folder


def commands(inputs):
    """Name -> arguments without --out, whether --force is known, whether it writes a folder."""
    concept = ROOT / "experiments" / "concepts" / "him-her.toml"
    return {
        "sweep": (["sweep", "baker-7m", "--text-file", inputs / "text.txt"], True),
        "run": (["run", inputs / "result" / "experiment.toml", "--model", TINY], True),
        "median": (["median", "baker-7m", "--random", "5"], True),
        "lesion": (["lesion", "baker-7m", "--pairs", ROOT / "experiments" / "him-her.tsv"], True),
        "concept": (["concept", "fit", "baker-7m", "--concept", concept, "--layers", "0,1",
                     "--random", "2", "--sample-tokens", "4"], True),
        "apply": (["concept", "apply", "baker-7m", "--fitted", inputs / "concept", "--switch", "off",
                   "--max-tokens", "8"], True),
        "fit": (["fit", "baker-7m", "--text-file", inputs / "text.txt", "--window", "32"], True),
        "report": (["report", inputs / "result"], True),
        "export": (["export", "baker-7m", "--edit", inputs / "concept" / "off.toml"], False),
        "make-model": (["make-model", "--dtype", "bf16"], False)}


def snapshot(place):
    """Names and sizes of what is at a place; None where nothing is."""
    if place.is_dir():
        return {path.name: path.stat().st_size for path in place.iterdir()}
    return place.stat().st_size if place.exists() else None


def names(place):
    return set(place) if isinstance(place, dict) else place is not None


def hidden(folder):
    return [path for path in pathlib.Path(folder).rglob(".*partial-excise-*")]


def run_killed(command, folder, how, delay):
    running = subprocess.Popen([PROGRAM, *map(str, command)], cwd=folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        running.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        running.send_signal(how)
    try:
        _, err = running.communicate(timeout=60)
    finally:
        running.kill()
    return running.returncode, err


@pytest.fixture(scope="module")
def whole(inputs, tmp_path_factory):
    """What each command leaves when nothing stops it, and how long it takes."""
    out = {}
    for name, (arguments, _) in commands(inputs).items():
        folder = tmp_path_factory.mktemp(name)
        start = time.monotonic()
        excise(*arguments, "--out", folder / "out")
        out[name] = (folder / "out", time.monotonic() - start)
    return out


@pytest.mark.parametrize("number", range(KILLS))
def test_old_or_new_and_nothing_hidden(inputs, whole, tmp_path, number):
    draw = random.Random(number)
    known = commands(inputs)
    name = sorted(known)[number % len(known)]
    arguments, can_replace = known[name]
    finished, seconds = whole[name]
    how = draw.choice(sorted(SIGNALS))
    replaces = can_replace and draw.random() < 0.5
    out = tmp_path / "out"
    if replaces:
        (shutil.copytree if finished.is_dir() else shutil.copy)(finished, out)
    before = snapshot(out)
    # From the first lines of main to a little behind the end.
    delay = 0.03 + draw.random() * seconds * 1.1
    command = [*arguments, "--out", out, *(["--force"] if replaces else [])]
    code, err = run_killed(command, tmp_path, SIGNALS[how], delay)
    label = f"{name} {how} after {delay:.2f} of {seconds:.2f} s: {code} {err}"
    after = snapshot(out)
    complete = names(snapshot(finished))
    assert after == before or names(after) == complete, label
    if how != "KILL":
        assert code in (0, 130), label
        assert not hidden(tmp_path), label
        if code == 0:
            assert names(after) == complete, label
    shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    if how == "KILL":
        excise("sweep", TINY, "--ids", "1,2", "--out", tmp_path / "next")
        assert not hidden(tmp_path), label


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_ignored_signals_stay_ignored(tmp_path, name):
    running = subprocess.Popen(
        ["bash", "-c", f"trap '' {name}; exec \"$0\" median baker-7m --random 20 --out out --quiet",
         PROGRAM], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(5):
        time.sleep(0.1)
        running.send_signal(SIGNALS[name])
    _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert (tmp_path / "out" / "results.json").exists()


def test_the_report_beside_its_result(inputs, tmp_path):
    result = shutil.copytree(inputs / "result", tmp_path / "run")
    before = snapshot(result)
    for number in range(6):
        code, err = run_killed(["report", result], tmp_path, signal.SIGINT, 0.03 + 0.03 * number)
        assert code in (0, 130), err
        assert snapshot(result) == before
