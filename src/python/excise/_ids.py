"""Texts and token ids, as Python people hand them over."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excise._checks import bad_input, check_text, text_of

Row = NDArray[np.int64]
Encode = Callable[[str], Row]

_EXPECTED = "a text, a Path of one, token ids [tokens] or [texts, tokens], or a list of these"


@dataclass(frozen=True)
class Given:
    """Rows of ids, each a text of its own, and how results go back: "one" as it is, the rows of a
    "batch" stacked along a first axis, a "list" as a list."""

    rows: list[Row]
    form: str

    def gathered(self, results: list[Any]) -> Any:
        if self.form == "one":
            return results[0]
        return np.stack(results) if self.form == "batch" else results


def read(given: object, encode: Encode) -> Given:
    """Any number of texts. Errors: bad_input for what is none, padded rows among them."""
    given = text_of(given)
    if isinstance(given, str):
        return Given([_encoded(given, encode)], "one")
    if isinstance(given, Mapping):
        return read(_input_ids(given), encode)
    if isinstance(given, Sequence) and len(given) > 0 and not _is_number(given[0]):
        inner = [read(each, encode) for each in given]
        if any(each.form != "one" for each in inner):
            raise bad_input("forward", "ids", _EXPECTED, "lists within lists")
        return Given([each.rows[0] for each in inner], "list")
    if isinstance(given, bytes) or not (hasattr(given, "__array__") or isinstance(given, Sequence)):
        raise bad_input("forward", "ids", _EXPECTED, "None" if given is None
                        else f"{type(given).__name__} {given!r}" if _is_number(given)
                        else type(given).__name__)
    array = _array(given)
    if array.ndim == 1:
        return Given([_row(array)], "one")
    if array.ndim == 2 and len(array) > 0:
        return Given([_row(row) for row in array], "batch")
    raise bad_input("forward", "ids", _EXPECTED, f"{array.dtype} {list(array.shape)}")


def read_one(given: object, encode: Encode) -> Row:
    """One text; of a batch axis of one, that one."""
    several = read(given, encode)
    if len(several.rows) != 1:
        raise bad_input("forward", "ids", "one text", f"{len(several.rows)} of them")
    return several.rows[0]


def _encoded(text: str, encode: Encode) -> Row:
    check_text("forward", "text", text)
    return encode(text)


def _is_number(value: object) -> bool:
    return hasattr(value, "__index__") and not getattr(value, "shape", ()) or isinstance(value, float)


def _input_ids(given: Mapping[str, Any]) -> object:
    """Of a BatchEncoding, or of what a tokenizer's output was copied to."""
    if "input_ids" not in given:
        raise bad_input("forward", "ids", "a key input_ids", f"keys {sorted(map(str, given))}")
    for row in given.get("attention_mask", ()):
        if not np.all(np.asarray(row)):
            raise bad_input("forward", "attention_mask", "all ones: excise runs each text alone",
                            "padding", "tokenize without padding, to a list")
    return given["input_ids"]


def _array(given: object) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except (ValueError, TypeError, OverflowError):  # ragged, or no numbers at all
        raise bad_input("forward", "ids", _EXPECTED, type(given).__name__) from None


def _row(array: NDArray[Any]) -> Row:
    if array.size == 0:
        return np.empty(0, np.int64)  # which the engine refuses, with its reason
    if array.dtype.kind not in "iu":
        raise bad_input("forward", "ids", "integers", f"{array.dtype} {list(array.shape)}")
    if array.dtype.kind == "u" and array.max() > np.iinfo(np.int64).max:
        raise bad_input("forward", "ids", "ids of the vocabulary", str(array.max()))
    return np.ascontiguousarray(array, np.int64)
