"""What a sweep takes in memory, beside the pages of the mapped weights."""
import os
import subprocess

import pytest
from support import PROGRAM, ROOT, excise, ids_option

IDS = ids_option([(37 * t) % 8192 for t in range(70)])


def peak_bytes(*arguments):
    """Runs the program; returns its peak memory, pages of mapped files included."""
    process = subprocess.Popen([PROGRAM, *map(str, arguments)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def test_bundled_model(tmp_path):
    model = ROOT / "models" / "baker-7m"
    peak = peak_bytes("sweep", model, "--out", tmp_path / "out", "--quiet")
    assert peak <= (model / "model.safetensors").stat().st_size + 300e6


@pytest.mark.parametrize("dtype", ["f32", "bf16"])
def test_gpt2(tmp_path, dtype):
    model = tmp_path / "gpt2"
    excise("make-model", "--preset", "gpt2", "--dtype", dtype, "--out", model)
    peak = peak_bytes("sweep", model, "--ids", IDS, "--out", tmp_path / "out", "--quiet")
    # Less than the weights: layers are dropped behind, and packed ones before the head.
    assert peak <= 280e6


def test_many_draws_keep_to_the_limit(tmp_path):
    """90,000 branches: their effects, kept, would take 400 MB."""
    peak = peak_bytes("median", ROOT / "tests" / "golden" / "tiny-gpt2",
                      "--ids", ids_option((37 * t) % 500 for t in range(60)), "--target-id", 5,
                      "--random", 10000, "--layers", 3, "--memory-limit", "30M",
                      "--out", tmp_path / "out", "--quiet")
    assert peak <= 130e6  # with the pages of the libraries
