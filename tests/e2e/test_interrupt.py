"""Ctrl-C, SIGTERM and SIGHUP end the program within a second, whenever they come, and leave nothing
behind."""
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, ids_option, write_random_gpt2

INTERRUPTED = 130
BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
STOPS = {"int": signal.SIGINT, "term": signal.SIGTERM, "hup": signal.SIGHUP}
D_VOCAB = 8192


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Large enough that every command takes some seconds; it reads texts as baker-7m does."""
    folder = tmp_path_factory.mktemp("models") / "large"
    write_random_gpt2(folder, n_layers=24, d_model=512, n_heads=8, d_vocab=D_VOCAB, n_ctx=512)
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(BAKER / name, folder)
    return folder


IDS = ("--ids", ids_option(i % 2048 for i in range(512)))
TEXT = "He said that she had taken his hat, and she said that he had lost her ring. " * 400
COMMANDS = {
    "sweep": ["sweep", "MODEL", *IDS],
    "naive": ["sweep", "MODEL", *IDS, "--executor", "naive"],
    "median": ["median", "MODEL", *IDS, "--target-id", "3", "--random", "50"],
    "lesion": ["lesion", "MODEL", "--pairs", ROOT / "experiments" / "him-her.tsv", "--random",
               "500"],
    "concept": ["concept", "fit", "MODEL", "--concept",
                ROOT / "experiments" / "concepts" / "him-her.toml"],
    "fit": ["fit", "MODEL", "--text", TEXT],
}


def listen():
    """A shell in the background or nohup may have had them ignored, which programs leave so."""
    for stop in STOPS.values():
        signal.signal(stop, signal.SIG_DFL)


def start(command, folder, **options):
    return subprocess.Popen([PROGRAM, *map(str, command)], cwd=folder, stdin=subprocess.DEVNULL,
                            preexec_fn=listen,
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("name", COMMANDS)
def test_ends_within_a_second(model, tmp_path, stop, name):
    command = [model if part == "MODEL" else part for part in COMMANDS[name]]
    running = start([*command, "--out", "out"], tmp_path)
    try:
        time.sleep(1.5)
        assert running.poll() is None, running.communicate()
        sent = time.monotonic()
        running.send_signal(STOPS[stop])
        out, err = running.communicate(timeout=30)
        took = time.monotonic() - sent
    finally:
        running.kill()
    assert running.returncode == INTERRUPTED, err
    assert out == b"" and b"interrupted" in err, err
    assert list(tmp_path.iterdir()) == []
    assert took < 1.0


def test_a_continuation_ends_with_what_was_written(model, tmp_path):
    running = start(["generate", model, *IDS, "--max-tokens", "100000", "--past-context", "slide",
                     "--ignore-end"], tmp_path)
    try:
        time.sleep(1.5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == INTERRUPTED and b"interrupted" in err, err
    out.decode()


def test_a_reader_of_messages_that_reads_none(model, tmp_path):
    """Standard error is a pipe that is full, so nothing can be said any more."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)
    running = start(["sweep", model, *IDS, "--out", "out"], tmp_path, stderr=write,
                    stdout=subprocess.DEVNULL)
    try:
        time.sleep(1.5)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=10) == INTERRUPTED
    finally:
        running.kill()
        os.close(read), os.close(write)
    assert list(tmp_path.iterdir()) == []


def taken(process, number):
    """Whether the process holds this signal back or has a function for it: from its first lines
    on. Before, while it is loaded, a signal does what it does to any program."""
    masks = {}
    with open(f"/proc/{process.pid}/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("SigBlk", "SigCgt"):
                masks[name] = int(value, 16)
    return (masks["SigBlk"] | masks["SigCgt"]) >> (number - 1) & 1 == 1


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("early") / "result"
    excise("sweep", TINY, "--ids", "1,2,3", "--out", folder)
    return folder


EARLY = {"version": ["--version"], "report": ["report", "RESULT", "--out", "page.html"],
         "sweep": ["sweep", TINY, "--ids", "1,2,3", "--out", "out"],
         "tokenize": ["tokenize", BAKER, "The dog did nothing."]}


@pytest.mark.parametrize("name", EARLY)
def test_a_signal_in_the_first_milliseconds(result, tmp_path, name):
    """At the first lines exactly, and at moments of the first 30 ms."""
    command = [result if part == "RESULT" else part for part in EARLY[name]]
    made = {"report": "page.html", "sweep": "out"}.get(name)
    draw = random.Random(name)
    for at in range(50):
        stop = draw.choice(list(STOPS.values()))
        running = start(command, tmp_path)
        if at % 5:
            time.sleep(0.03 * draw.random())
            is_taken = running.poll() is not None or taken(running, stop)
        else:
            while running.poll() is None and not taken(running, stop):
                pass
            is_taken = True
        running.send_signal(stop)
        out, err = running.communicate(timeout=30)
        assert running.returncode in ((0, INTERRUPTED) if is_taken else (0, INTERRUPTED, -stop)), err
        there = [path.name for path in tmp_path.iterdir()]
        assert there == ([made] if running.returncode == 0 and made else []), (there, err)
        for path in tmp_path.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
