"""Products in bfloat16: what they cost in accuracy, and where they are refused."""
import os
import pathlib
import re

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


@pytest.mark.parametrize("compute, env", [
    pytest.param("bf16", None, marks=NATIVE),
    pytest.param("bf16-emulated", WITHOUT_BF16, marks=AVX512)])
def test_every_branch_is_checked_where_that_is_asked_for(tmp_path, compute, env):
    done = sweep(tmp_path / "all", "--compute", compute, "--check-rounding", "all", env=env)
    sweep(tmp_path / "sample", "--compute", compute, env=env)
    results = read_results(tmp_path / "all")
    stated = results["audit"]["rounding"]
    assert len(stated) == results["audit"]["edits_expected"]
    assert {error["layer"] for error in stated} == {0, 3, 4, 5}
    for error in read_results(tmp_path / "sample")["audit"]["rounding"]:
        assert any(other["layer"] == error["layer"] and other["rms_error"] == pytest.approx(
            error["rms_error"], rel=0.05) for other in stated)
    worst = max(error["relative"] or 0 for error in stated)
    said = [p["text"] for p in results["passages"] if p["topic"] == "rounding"]
    assert len(said) == 1 and f"over all {len(stated)} branches" in said[0]
    told = float(re.search(r"at most ([\d.e-]+) % of their size", said[0]).group(1))
    assert told == pytest.approx(100 * worst, rel=0.06)
    assert said[0] in " ".join(done.out.split())


OTHERS = {
    "median": ("median", BAKER, "--prompt", "I beg your", "--target", " pardon", "--layers", "0,3-5",
               "--percent", "10,50", "--random", "2"),
    "lesion": ("lesion", BAKER, "--pairs", ROOT / "experiments" / "him-her.tsv", "--layers", "3,4",
               "--hold-out", "0.1"),
    "concept": ("concept", "fit", BAKER, "--concept",
                ROOT / "experiments" / "concepts" / "him-her.toml", "--layers", "3,4",
                "--sample-tokens", "0"),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("compute, env", [
    pytest.param("bf16", None, marks=NATIVE),
    pytest.param("bf16-emulated", WITHOUT_BF16, marks=AVX512)])
def test_every_experiment_takes_it(tmp_path, kind, compute, env):
    excise(*OTHERS[kind], "--compute", compute, "--out", tmp_path / "rounded", env=env)
    excise(*OTHERS[kind], "--out", tmp_path / "exact")
    rounded, exact = (read_results(tmp_path / name) for name in ("rounded", "exact"))
    assert rounded["manifest"]["spec"]["compute"] == compute
    assert exact["audit"]["rounding"] == []
    stated = rounded["audit"]["rounding"]
    assert stated and all(0 <= error["relative"] < 0.03 for error in stated)
    assert max(error["relative"] for error in stated) > 0
    # Repeated by its experiment file, which states it.
    assert f'compute = "{compute}"' in (tmp_path / "rounded" / "experiment.toml").read_text()
    excise("run", tmp_path / "rounded" / "experiment.toml", "--out", tmp_path / "again", env=env)
    assert read_results(tmp_path / "again")["audit"] == rounded["audit"]


@pytest.mark.parametrize("kind", OTHERS)
def test_every_experiment_refuses_it(tmp_path, kind):
    done = excise(*OTHERS[kind], "--compute", "bf16", "--out", tmp_path / "out", code=4,
                  env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"})
    assert f"[{kind}] compute bf16: expected a processor with " in done.err
    assert not (tmp_path / "out").exists()


def test_without_bfloat16_nothing_is_checked(tmp_path):
    """--check-rounding is about products in bfloat16: with float32 it is recorded, and says nothing."""
    done = sweep(tmp_path / "all", "--check-rounding", "all")
    sweep(tmp_path / "plain")
    results = read_results(tmp_path / "all")
    assert results["manifest"]["spec"]["check_rounding"] == "all"
    assert results["audit"]["rounding"] == []
    assert not [p for p in results["passages"] if p["topic"] == "rounding"]
    assert "rounded to bfloat16" not in done.out
    assert ((tmp_path / "all" / "arrays.safetensors").read_bytes()
            == (tmp_path / "plain" / "arrays.safetensors").read_bytes())


def test_an_unknown_check_is_refused(tmp_path):
    done = sweep(tmp_path / "out", "--check-rounding", "some", code=2)
    assert 'check-rounding: expected sample or all, got "some"' in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("check", ["sample", "all"])
@pytest.mark.parametrize("compute, isa, hint", [
    pytest.param("bf16", "AVX512_CORE", "bf16-emulated", marks=AVX512),
    ("bf16", "AVX2", "take f32"),
    ("bf16-emulated", "AVX2", "take f32")])
def test_refused_without_the_instructions(tmp_path, compute, isa, hint, check):
    done = sweep(tmp_path / "out", "--compute", compute, "--check-rounding", check, code=4,
                 env={**os.environ, "ONEDNN_MAX_CPU_ISA": isa})
    assert f"[sweep] compute {compute}: expected a processor with " in done.err and hint in done.err
    assert not (tmp_path / "out").exists()
