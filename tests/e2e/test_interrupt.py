"""Ctrl-C and SIGTERM end the program within a second and leave nothing behind."""
import signal
import subprocess
import time

import pytest
from support import PROGRAM, ids_option, write_random_gpt2

INTERRUPTED = 130


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "large"
    return write_random_gpt2(folder, n_layers=24, d_model=512, n_heads=8, d_vocab=2048,
                             n_ctx=512)


@pytest.mark.parametrize("executor", ["wavefront", "naive"])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_ends_within_a_second(model, tmp_path, stop, executor):
    ids = ids_option(i % 2048 for i in range(512))
    running = subprocess.Popen(
        [PROGRAM, "sweep", str(model), "--ids", ids, "--executor", executor, "--out", "out"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        time.sleep(1.5)
        assert running.poll() is None, running.communicate()
        sent = time.monotonic()
        running.send_signal(stop)
        out, err = running.communicate(timeout=30)
        took = time.monotonic() - sent
    finally:
        running.kill()
    assert running.returncode == INTERRUPTED, err
    assert out == b"" and b"interrupted" in err, err
    assert list(tmp_path.iterdir()) == []
    assert took < 1.0
