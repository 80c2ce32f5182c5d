"""What the machine does to a call: model files that change under it, and other work beside it."""
import faulthandler
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import excise

TEXT = "The dog did nothing in the night-time."


@pytest.fixture()
def copy(tmp_path):
    shutil.copytree(ROOT / "models" / "baker-7m", tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("call", [
    lambda model, out: model.run_with_cache(TEXT),
    lambda model, out: excise.sweep(model, TEXT, progress=False).save(out),
    lambda model, out: excise.generate(model, TEXT, max_tokens=4),
    lambda model, out: excise.fit(model, excise.bundled_text()),
], ids=["run", "sweep", "generate", "fit"])
def test_a_shortened_model_file_is_an_error(copy, tmp_path, call):
    model, other = excise.load(copy), excise.load("baker-7m")
    os.truncate(copy / "model.safetensors", 1000)
    # A handler in front of the package's own, as a test runner or debugger has.
    faulthandler.disable()
    faulthandler.enable()
    with pytest.raises(excise.IoError, match="the file changed while it was read"):
        call(model, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
    logits = np.asarray(other.run_with_cache(TEXT)[0])  # another model is none the worse
    assert np.isfinite(logits).all()


def test_other_bus_errors_still_go_to_faulthandler(copy):
    code = ("import faulthandler, mmap, os, sys, excise\n"
            "faulthandler.enable()\n"
            f"model = excise.load({str(copy)!r})\n"
            "with open('foreign', 'wb+') as file:\n"
            "    file.write(b'x' * 4096); file.flush()\n"
            "    memory = mmap.mmap(file.fileno(), 4096)\n"
            "os.truncate('foreign', 0)\n"
            "memory[0]\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=copy.parent, capture_output=True,
                          text=True)
    assert done.returncode == -7, done.stderr
    assert done.stderr.count("Fatal Python error: Bus error") == 1


@pytest.mark.parametrize("wish", [{}, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "active"}],
                         ids=["none", "count", "policy"])
def test_waiting_threads_spin_briefly_unless_the_user_has_a_wish(wish):
    clean = {name: value for name, value in os.environ.items()
             if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    code = "import os, excise; excise.bundled_text(); print(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run([sys.executable, "-c", code], env=clean | wish | {
        "OMP_DISPLAY_ENV": "VERBOSE"}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wish.get("GOMP_SPINCOUNT", "None")
    spin = [line.split("'")[1] for line in done.stderr.splitlines() if "GOMP_SPINCOUNT" in line]
    assert spin == [wish.get("GOMP_SPINCOUNT", "10000" if not wish else spin[0])]


@pytest.mark.parametrize("megabytes", [200, 400, 800])
@pytest.mark.parametrize("use", ["import excise; excise.load('baker-7m')",
                                 "from excise._command import main; sys.exit(main())"])
def test_a_small_address_space_ends(megabytes, use):
    """OpenBLAS would look for memory for ever."""
    code = ("import resource, sys\n"
            f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)\n{use}")
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == (5 if "main" in use else 1), done.stderr
    assert "[excise] memory: expected room for" in done.stderr
