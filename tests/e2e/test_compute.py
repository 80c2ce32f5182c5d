"""Products in bfloat16: what they cost in accuracy, and where they are refused."""
import os
import pathlib

import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
FLAGS = pathlib.Path("/proc/cpuinfo").read_text()
NATIVE = pytest.mark.skipif("avx512_bf16" not in FLAGS, reason="no bfloat16 here")
AVX512 = pytest.mark.skipif("avx512bw" not in FLAGS, reason="no AVX-512 here")
WITHOUT_BF16 = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}


def sweep(out, *options, **extra):
    return excise("sweep", BAKER, "--layers", "0,3-5", "--out", out, *options, **extra)


@pytest.mark.parametrize("compute, env", [
    pytest.param("bf16", None, marks=NATIVE),
    pytest.param("bf16-emulated", WITHOUT_BF16, marks=AVX512)])
def test_the_result_states_the_rounding(tmp_path, compute, env):
    done = sweep(tmp_path / "rounded", "--compute", compute, env=env)
    sweep(tmp_path / "exact")
    stated = read_results(tmp_path / "rounded")["audit"]["rounding"]
    assert [error["layer"] for error in stated] == [0, 4]
    rounded = read_safetensors(tmp_path / "rounded" / "arrays.safetensors")["delta_logprob"][:, 1:]
    exact = read_safetensors(tmp_path / "exact" / "arrays.safetensors")["delta_logprob"][:, 1:]
    for row, error in zip((0, 2), stated):
        rms = np.sqrt(np.mean((rounded[row] - exact[row]) ** 2))
        assert error["rms_error"] == pytest.approx(rms, rel=1e-2)
        assert 0 < error["relative"] < 0.01
    assert "rounded to bfloat16" in " ".join(done.out.split())
    assert read_results(tmp_path / "exact")["audit"]["rounding"] == []


@pytest.mark.parametrize("compute, isa, hint", [
    pytest.param("bf16", "AVX512_CORE", "bf16-emulated", marks=AVX512),
    ("bf16", "AVX2", "take f32"),
    ("bf16-emulated", "AVX2", "take f32")])
def test_refused_without_the_instructions(tmp_path, compute, isa, hint):
    done = sweep(tmp_path / "out", "--compute", compute, code=4,
                 env={**os.environ, "ONEDNN_MAX_CPU_ISA": isa})
    assert hint in done.err
    assert not (tmp_path / "out").exists()
