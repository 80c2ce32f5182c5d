"""The wheel of `make wheel`: it runs on its own libraries, and brings their licences."""
import json
import pathlib
import subprocess
import sys

from conftest import ROOT

CODE = """
import json, excise
model = excise.load("baker-7m")
result = excise.sweep(model, "The dog did nothing in the night-time.", basis="ica", components=2)
lines = [line.split() for line in open("/proc/self/maps")]
print(json.dumps({"package": excise.__file__, "summary": result.summary,
                  "libraries": sorted({line[5] for line in lines
                                       if len(line) > 5 and ".so" in line[5]})}))
"""


def stem(library):
    """libdnnl of libdnnl-5d9c7d1b.so.2.7 and of libdnnl.so.2.7."""
    return library.name.split("-")[0].split(".so")[0]


def test_it_needs_no_other_library(tmp_path):
    (wheel,) = subprocess.run([ROOT / "tools" / "wheel"], capture_output=True, text=True,
                              check=True).stdout.split()
    assert "manylinux" in wheel
    target = tmp_path / "installed"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target",
                    target, ROOT / wheel], check=True)
    found = json.loads(subprocess.run([sys.executable, "-c", CODE], env={"PYTHONPATH": str(target)},
                                      capture_output=True, text=True, check=True).stdout)
    assert found["package"].startswith(str(target)) and "ica component 0" in found["summary"]
    libraries = [pathlib.Path(path) for path in found["libraries"]]
    own = {stem(path) for path in (target / "excise.libs").iterdir()}
    assert {"libdnnl", "libopenblasp", "libhwy"} <= own
    # None of them comes from the machine; what else is loaded belongs to the interpreter or NumPy.
    assert not [path for path in libraries if stem(path) in own
                and target not in path.parents and "site-packages" not in path.parts]
    assert [path for path in libraries if path.parent == target / "excise.libs"]
    licences = {path.name for path in (target / "excise" / "licences").iterdir()}
    assert {"libdnnl2", "libgomp1", "libpcre2-8-0", "libxxhash-dev", "nlohmann-json3-dev", "libexpected-dev",
            "libtomlplusplus-dev", "nanobind"} <= licences
