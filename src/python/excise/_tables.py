"""Tables of results: a pandas DataFrame where pandas is installed, else a dict of arrays."""
from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Never numbers, even where every entry looks like one.
_TEXT = {"branch", "token"}


def _column(name: str, fields: list[str]) -> NDArray[Any]:
    if name in _TEXT:
        return np.array(fields, dtype=object)
    try:
        return np.array([int(field) for field in fields], dtype=np.int64)
    except ValueError:
        pass
    try:
        return np.array([float(field or "nan") for field in fields])
    except ValueError:
        return np.array(fields, dtype=object)


def read_table(text: str) -> Any:
    """Of a CSV file of a result folder. What is empty there is NaN here."""
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    columns = {name: _column(name, [row[i] for row in rows]) for i, name in enumerate(heading)}
    try:
        import pandas  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return columns
    return pandas.DataFrame(columns)
