"""Fixtures of the Python package's tests; run with build/python-venv/bin/python -m pytest."""
import json
import os
import pathlib

# NumPy's and SciPy's threads wait by spinning; on a busy machine small products then take seconds.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

import excise

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def model():
    return excise.load("baker-7m")


@pytest.fixture(scope="session")
def ids(model):
    return model.encode("It was a dark and stormy night, and the dog did nothing.")


@pytest.fixture(scope="session")
def close():
    """close(file, quantity, value, reference): whether they agree within tolerances.json."""
    tolerances = json.loads((GOLDEN / "tolerances.json").read_text())

    def check(file, quantity, value, reference):
        limit = tolerances[file][quantity]["atol"]
        np.testing.assert_allclose(value, reference, rtol=0, atol=limit, err_msg=quantity)
    return check
