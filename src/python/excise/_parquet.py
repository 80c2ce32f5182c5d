"""Parquet files as the JSON lines that the engine reads."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence

from excise._checks import bad_input
from excise.errors import UnsupportedError

Path = str | os.PathLike[str]


def _write_lines(path: str, columns: Sequence[str], out: pathlib.Path) -> None:
    try:
        from pyarrow import parquet
    except ImportError:
        raise UnsupportedError(f"[corpus] {path}: expected the package pyarrow to read Parquet, got "
                               "none; pip install pyarrow") from None
    table = parquet.ParquetFile(path)
    names = table.schema_arrow.names
    for column in columns:
        if column not in names:
            raise bad_input("corpus", path, f"a column \"{column}\"", ", ".join(names))
    with open(out, "w", encoding="utf-8") as lines:
        for batch in table.iter_batches(columns=list(columns)):
            for row in batch.to_pylist():
                lines.write(json.dumps(row, default=str) + "\n")


@contextlib.contextmanager
def as_json_lines(paths: Sequence[Path], columns: Sequence[str]) -> Iterator[list[str]]:
    """The paths, with a file of JSON lines in the place of each .parquet while this is open."""
    names = [os.fspath(path) for path in paths]
    if not any(name.endswith(".parquet") for name in names):
        yield names
        return
    wanted = [column for column in dict.fromkeys(columns) if column]
    with tempfile.TemporaryDirectory(prefix="excise-") as folder:
        for i, name in enumerate(names):
            if name.endswith(".parquet"):
                lines = pathlib.Path(folder) / f"{i}-{pathlib.Path(name).stem}.jsonl"
                _write_lines(name, wanted, lines)
                names[i] = str(lines)
        yield names
