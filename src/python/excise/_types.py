"""Types of arguments that several functions take."""
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex


class HasArray(Protocol):
    """An array of NumPy, or what gives one: a tensor, a Series."""

    def __array__(self) -> Any: ...


# A text itself, or the file that holds it: a Path, read as the command line reads files.
Text = str | os.PathLike[str]
# A list, a range, an array: whatever gives numbers one after the other.
Integers = Iterable[SupportsIndex]
Numbers = Iterable[SupportsFloat]
# One text's token ids; or what a tokenizer of Transformers gives, with its key input_ids.
Ids = Sequence[SupportsIndex] | HasArray | Mapping[str, Any]
# "all", "0-11", "3,5"; a layer, or several.
Layers = str | SupportsIndex | Integers
