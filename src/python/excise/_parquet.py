"""Parquet: files of texts as the JSON lines that the engine reads, and tables of a corpus."""
from __future__ import annotations

import contextlib
import importlib
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from excise._checks import bad_input
from excise._keywords import keywords
from excise._results import Result
from excise.errors import UnsupportedError

Path = str | os.PathLike[str]


def _pyarrow(subject: str) -> list[Any]:
    """It, its csv and its parquet, which have no types."""
    try:
        return [importlib.import_module(name) for name in ("pyarrow", "pyarrow.csv", "pyarrow.parquet")]
    except ImportError:
        raise UnsupportedError(f"{subject}: expected the package pyarrow, got none; "
                               "pip install pyarrow") from None


def _write_lines(path: str, columns: Sequence[str], out: pathlib.Path) -> None:
    _, _, parquet = _pyarrow(f"[corpus] {path}")
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


# The tables of a corpus. One schema for every run, so that files of several can be read as one:
# null where a number was not measured, never NaN, and plain strings.
_TEXT, _COUNT, _NUMBER = "string", "int64", "double"
_BLOCK = 8 << 20  # bytes of CSV at a time
_COUNTED = {"windows": _COUNT, "tokens": _COUNT, "logprob_clean": _NUMBER, "layer": _COUNT,
            "branch": _TEXT, "share": _NUMBER, "effect": _NUMBER, "kl": _NUMBER,
            "top1_changed_share": _NUMBER, "drift_rms": _NUMBER}
_TABLES = {
    "texts": {"text": _TEXT, "group": _TEXT} | _COUNTED,
    "units": {"unit": _TEXT, "group": _TEXT} | _COUNTED,
    "layers": {"layer": _COUNT, "branch": _TEXT, "share": _NUMBER, "n": _COUNT} | dict.fromkeys(
        ("df", "mean", "sd", "t", "p", "q", "cohen_d", "ci_low", "ci_high", "sign_flip_p",
         "wilcoxon_statistic", "wilcoxon_p", "kl_mean", "top1_changed_share", "bootstrap_low",
         "bootstrap_high", "token_mean", "drift_rms"), _NUMBER) | {"units_hurt": _COUNT},
    "parts": {"layer": _COUNT, "part": _TEXT, "part_layer": _COUNT, "n": _COUNT} | dict.fromkeys(
        ("mean", "sd", "ci_low", "ci_high"), _NUMBER),
    "variants": {"layer": _COUNT, "variant": _TEXT, "n": _COUNT} | dict.fromkeys(
        ("mean", "sd", "t", "p", "q", "ci_low", "ci_high"), _NUMBER) | dict.fromkeys(
            ("verdict", "verdict_of_removal"), _TEXT),
    "tokens": {"text": _TEXT, "window": _COUNT, "position": _COUNT, "token": _TEXT,
               "layer": _COUNT, "effect": _NUMBER, "kl": _NUMBER},
}
_NEVER_NULL = {"text", "unit", "layer", "branch", "windows", "tokens", "n", "window", "position",
               "token", "part", "variant", "verdict", "verdict_of_removal"}


def _write_table(pyarrow: Any, csv: Any, parquet: Any, content: Any, columns: dict[str, str],
                 path: pathlib.Path) -> None:
    """Block by block: a table of tokens may be larger than the memory."""
    types = {column: pyarrow.type_for_alias(kind) for column, kind in columns.items()}
    schema = pyarrow.schema([pyarrow.field(column, kind, nullable=column not in _NEVER_NULL)
                             for column, kind in types.items()])
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with csv.open_csv(
                pyarrow.BufferReader(pyarrow.py_buffer(content)),
                read_options=csv.ReadOptions(block_size=_BLOCK),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=types, include_columns=list(types), null_values=[""],
                    strings_can_be_null=False)) as blocks, \
                parquet.ParquetWriter(hidden, schema) as writer:
            for block in blocks:
                writer.write_table(pyarrow.Table.from_batches([block]).cast(schema))
        os.replace(hidden, path)
    finally:
        hidden.unlink(missing_ok=True)


@keywords
def write_parquet(result: Result, folder: Path) -> list[pathlib.Path]:
    """The tables of a corpus as Parquet: texts.parquet, units.parquet, layers.parquet and, where
    they were asked for, parts.parquet, variants.parquet and tokens.parquet, with the columns of
    docs/formats.md. Needs pyarrow.

    Args:
        result: of `corpus` or `merge`, or loaded.
        folder: made where it is not there; files in it with these names are replaced.

    Raises:
        BadInputError: a result of another kind. UnsupportedError: pyarrow is not installed.

    >>> import pytest; _ = pytest.importorskip("pyarrow")
    >>> [path.name for path in excise.write_parquet(excise.corpus(model, stories), "tables")]
    ['texts.parquet', 'units.parquet', 'layers.parquet']
    """
    if result.kind != "corpus":
        raise bad_input("parquet", "result", "one of a corpus", f"one of a {result.kind}")
    if "layers.csv" not in result.files:
        raise bad_input("parquet", "result", "one with tables of CSV", "one without",
                        "it may have those of Parquet already")
    pyarrow, csv, parquet = _pyarrow("[parquet] write_parquet")
    place = pathlib.Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, columns in _TABLES.items():
        if f"{name}.csv" not in result.files:
            continue
        paths.append(place / f"{name}.parquet")
        _write_table(pyarrow, csv, parquet, result._files.read(f"{name}.csv"), columns, paths[-1])
    return paths
