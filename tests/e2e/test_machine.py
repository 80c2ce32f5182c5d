"""What the machine does to a run: files that change under it, runs that are killed, other work."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest
from support import PROGRAM, ROOT, excise, ids_option, write_frozen_pca, write_random_gpt2

IO = 6


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "large"
    return write_random_gpt2(folder, n_layers=24, d_model=512, n_heads=8, d_vocab=2048, n_ctx=512)


def start(arguments, folder, **options):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def wait_until(happened, running):
    """False where the program ended first."""
    while not happened():
        if running.poll() is not None:
            return False
        time.sleep(0.0005)
    return True


def hidden(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def maps(running, file):
    return str(file) in pathlib.Path(f"/proc/{running.pid}/maps").read_text()


def is_stopped(running):
    state = pathlib.Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


def shorten(file):
    os.truncate(file, file.stat().st_size // 3)


def rewrite(file):
    with open(file, "r+b") as out:
        out.seek(-1, os.SEEK_END)
        last = out.read(1)
        out.seek(-1, os.SEEK_END)
        out.write(last)


COMMANDS = {
    "sweep": ["sweep", "MODEL", "--text", "The dog did nothing.", "--out", "out"],
    "naive": ["sweep", "MODEL", "--text", "The dog did nothing.", "--out", "out", "--executor",
              "naive"],
    "median": ["median", "MODEL", "--prompt", "I beg your", "--target", " pardon", "--out", "out"],
    "lesion": ["lesion", "MODEL", "--pairs", ROOT / "experiments" / "him-her.tsv", "--out", "out"],
    "concept": ["concept", "fit", "MODEL", "--concept",
                ROOT / "experiments" / "concepts" / "him-her.toml", "--out", "out"],
    "fit": ["fit", "MODEL", "--text-file", ROOT / "experiments" / "silver-blaze.txt", "--out",
            "basis.safetensors"],
    "generate": ["generate", "MODEL", "--prompt", "It was a", "--max-tokens", "60", "--json"],
    "export": ["export", "MODEL", "--edit", "EDIT", "--out", "out"],
}


@pytest.mark.parametrize("change", [shorten, rewrite])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_file_that_changes_is_an_error(tmp_path, command, change):
    edits = tmp_path / "edits"
    edits.mkdir()
    edit = write_frozen_pca(edits, 5)
    place = tmp_path / "place"
    for _ in range(20):  # until it was caught in the middle
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(ROOT / "models" / "baker-7m", place / "model")
        file = place / "model" / "model.safetensors"
        arguments = [{"MODEL": "model", "EDIT": edit}.get(part, part)
                     for part in COMMANDS[command]]
        running = start(arguments, place)
        caught = wait_until(lambda: maps(running, file), running)
        running.send_signal(signal.SIGSTOP)
        if caught and wait_until(lambda: is_stopped(running), running):
            change(file)
        else:
            caught = False
        running.send_signal(signal.SIGCONT)
        out, err = running.communicate(timeout=300)
        if caught:
            break
    assert running.returncode == IO, (out, err)
    assert b"the file changed while it was read" in err
    assert [path.name for path in place.iterdir()] == ["model"]
    if command == "generate":
        assert out == b""


def long_run(model, folder):
    running = start(["sweep", model, "--ids", ids_option(i % 2048 for i in range(512)), "--out",
                     "long"], folder)
    assert wait_until(lambda: hidden(folder), running), running.communicate()
    return running


def test_a_killed_run_is_cleaned_up_by_the_next_a_living_one_is_not(large, tmp_path):
    killed = long_run(large, tmp_path)
    killed.kill()
    killed.communicate()
    [left] = hidden(tmp_path)
    assert left.is_dir()
    living = start(["sweep", large, "--ids", ids_option(i % 2048 for i in range(512)), "--out",
                    "living"], tmp_path)
    assert wait_until(lambda: hidden(tmp_path) not in ([], [left]) and not left.exists(), living)
    [theirs] = hidden(tmp_path)
    excise("sweep", "baker-7m", "--text", "The dog did nothing.", "--layers", "11", "--out",
           tmp_path / "quick", "--quiet")
    assert living.poll() is None
    assert hidden(tmp_path) == [theirs]
    living.send_signal(signal.SIGTERM)
    living.communicate(timeout=30)
    assert [path.name for path in tmp_path.iterdir()] == ["quick"]


@pytest.mark.parametrize("wish", [{}, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "active"}],
                         ids=["none", "count", "policy"])
def test_waiting_threads_spin_briefly_unless_the_user_has_a_wish(tmp_path, wish):
    clean = {name: value for name, value in os.environ.items()
             if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    running = start(["fit", "baker-7m", "-", "--out", "basis.safetensors"], tmp_path,
                    stdin=subprocess.PIPE, env=clean | wish)
    try:
        assert wait_until(lambda: maps(running, "model.safetensors"), running)
        process = pathlib.Path(f"/proc/{running.pid}")
        variables = dict(line.split("=", 1) for line in
                         (process / "environ").read_text().split("\0") if line)
        assert variables == clean | (wish or {"GOMP_SPINCOUNT": "10000"})
        assert (process / "comm").read_text() == "excise\n"
        assert (process / "cmdline").read_text().startswith(PROGRAM + "\0fit\0")
    finally:
        running.kill()
        running.communicate()
