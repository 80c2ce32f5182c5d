"""A signal at a random moment: the old result or the new one, whole, and nothing hidden left."""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, files_of

TINY = GOLDEN / "tiny-gpt2"
BAKER = ROOT / "models" / "baker-7m"
HIM_HER = ROOT / "experiments" / "concepts" / "him-her.toml"
PAIRS = ROOT / "experiments" / "him-her.tsv"
KILLS = int(os.environ.get("EXCISE_KILLS", "34"))
SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP,
           "KILL": signal.SIGKILL}
TEXT = "The old man looked at the door. She said that he had taken her hand. " * 4


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "text.txt").write_text(TEXT)
    excise("sweep", TINY, "--ids", "1,2,3,4", "--out", folder / "result")
    excise("median", BAKER, "--prompt", "He shook his", "--target", " head", "--random", "2",
           "--layers", "0-3", "--out", folder / "median")
    excise("lesion", BAKER, "--pairs", PAIRS, "--layers", "0,1", "--random", "2", "--out",
           folder / "lesion")
    excise("concept", "fit", BAKER, "--concept", HIM_HER, "--layers", "0,1", "--random", "2",
           "--sample-tokens", "4", "--out", folder / "concept")
    # What is there before: of the same form, other content.
    excise("fit", BAKER, "--text-file", folder / "text.txt", "--components", "1", "--at",
           "blocks.0.mlp.hook_pre", "--out", folder / "old.safetensors")
    excise("report", folder / "median", "--out", folder / "old.html")
    return folder


FOLDER, BASIS, PAGE = "result", "old.safetensors", "old.html"


def commands(inputs):
    """Name -> arguments without --out, and what of `inputs` --force replaces (None: no --force)."""
    def run(name):
        return ["run", inputs / name / "experiment.toml"]
    return {
        "sweep": (["sweep", BAKER, "--text-file", inputs / "text.txt", "--layers", "0-3"], FOLDER),
        "reproduce": (["reproduce"], FOLDER),
        "run": (run("result"), "median"),
        "run median": (run("median"), FOLDER),
        "run lesion": (run("lesion"), FOLDER),
        "run concept": (run("concept"), FOLDER),
        "median": (["median", "baker-7m", "--random", "5", "--layers", "0-3"], FOLDER),
        "lesion": (["lesion", BAKER, "--pairs", PAIRS, "--layers", "0-1", "--random", "5"], FOLDER),
        "concept fit": (["concept", "fit", BAKER, "--concept", HIM_HER, "--layers", "0,1",
                         "--random", "2", "--sample-tokens", "4"], FOLDER),
        "concept test": (["concept", "test", BAKER, "--fitted", inputs / "concept", "--concept",
                          HIM_HER, "--layers", "0,1", "--random", "2", "--sample-tokens", "4"],
                         FOLDER),
        "concept apply": (["concept", "apply", BAKER, "--fitted", inputs / "concept", "--switch",
                           "off", "--max-tokens", "8"], FOLDER),
        "fit": (["fit", BAKER, "--text-file", inputs / "text.txt", "--window", "32"], BASIS),
        "report": (["report", inputs / "result"], PAGE),
        "report figures": (["report", inputs / "concept", "--figures", "figures"], PAGE),
        "report two": (["report", inputs / "result", inputs / "result"], PAGE),
        "export": (["export", BAKER, "--edit", inputs / "concept" / "off.toml"], None),
        "make-model": (["make-model", "--dtype", "bf16"], None)}


def content(place):
    """The bytes of a file or of a folder's files, but for the timings; None where nothing is."""
    if place.is_file():
        return place.read_bytes()
    if not place.is_dir():
        return None
    if (place / "results.json").exists():
        return files_of(place)
    return {path.name: path.read_bytes() for path in place.iterdir()}


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
    """What each command leaves when nothing stops it, how long that takes; and it can be read."""
    out = {}
    for name, (arguments, _) in commands(inputs).items():
        folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
        start = time.monotonic()
        excise(*arguments, "--out", folder / "out", cwd=folder)
        out[name] = (content(folder / "out"), content(folder / "figures"),
                     time.monotonic() - start)
        check_readable(name, folder)
    return out


def check_readable(name, folder):
    out = folder / "out"
    if name.startswith("report"):
        assert out.read_bytes().rstrip().endswith(b"</html>")
    elif name in ("export", "make-model"):
        excise("inspect", out)
    elif name == "fit":
        excise("sweep", BAKER, "--text", TEXT, "--basis-file", out, "--out", folder / "swept")
    elif name == "concept apply":
        excise("generate", BAKER, "--prompt", "He", "--max-tokens", "1", "--edit",
               out / "edit.toml")
    else:
        excise("report", out, "--out", folder / "page.html")


@pytest.mark.parametrize("number", range(KILLS))
def test_old_or_new_and_nothing_hidden(inputs, whole, tmp_path, number):
    draw = random.Random(number)
    known = commands(inputs)
    name = sorted(known)[number % len(known)]
    arguments, old = known[name]
    new, new_figures, seconds = whole[name]
    how = draw.choice(sorted(SIGNALS))
    replaces = old is not None and draw.random() < 0.5
    out = tmp_path / "out"
    if replaces:
        (shutil.copytree if (inputs / old).is_dir() else shutil.copy)(inputs / old, out)
    before = content(out)
    assert before != new
    # From the first lines of main to a little behind the end.
    delay = 0.03 + draw.random() * seconds * 1.1
    command = [*arguments, "--out", out, *(["--force"] if replaces else [])]
    code, err = run_killed(command, tmp_path, SIGNALS[how], delay)
    label = f"{name} {how} after {delay:.2f} of {seconds:.2f} s: {code} {err}"
    after = content(out)
    assert after in (before, new), label
    figures = content(tmp_path / "figures") or {}
    for file, bytes_of in figures.items():
        assert file.startswith(".") or bytes_of == new_figures[file], label
    if how != "KILL":
        # On a busy machine the loader may not have come to main yet.
        before_main = [-SIGNALS[how]] if delay < 0.3 and after == before and not err else []
        assert code in (0, 130, *before_main), label
        assert not hidden(tmp_path), label
        if code == 0:
            assert after == new and figures == (new_figures or {}), label
    shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    if how == "KILL":
        shutil.rmtree(tmp_path / "figures", ignore_errors=True)
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
    before = content(result)
    for number in range(6):
        code, err = run_killed(["report", result], tmp_path, signal.SIGINT, 0.03 + 0.03 * number)
        assert code in (0, 130), err
        assert content(result) == before
