"""Activations of one forward pass, by hook name."""
from __future__ import annotations

import difflib
import operator
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from excise._checks import unknown_name
from excise._hook_names import full_name

# "blocks.5.mlp.hook_pre", "pre5", ("pre", 5), ("scale", 5, "ln1"), ("embed",)
Key = str | tuple[str] | tuple[str, int | None] | tuple[str, int | None, str | None]


class ActivationCache(Mapping[str, NDArray[np.float32]]):
    """A read-only mapping from hook names to float32 arrays ``[tokens, ...]``.

    Hugging Face module names and TransformerLens' short forms work too:
    ``cache["transformer.h.5.mlp.c_fc"]``, ``cache["pre", 5]``, ``cache["pre", 5, "mlp"]`` and
    ``cache["pre5"]`` are ``cache["blocks.5.mlp.hook_pre"]``; a negative layer counts from the last.
    A name that is not there raises `UnknownNameError`, a KeyError. Two caches are equal that have
    the same names and values. The arrays own their memory and outlive the model; a cache can be
    pickled.
    """

    def __init__(self, arrays: dict[str, NDArray[np.float32]], n_layers: int,
                 spellings: dict[str, str]) -> None:
        self._arrays = arrays
        self._n_layers = n_layers
        self._spellings = spellings  # any name of a hook -> its own

    def __getitem__(self, key: Key) -> NDArray[np.float32]:
        name = self._whole(key)
        hook = self._spellings.get(name)
        if hook is None:
            near = difflib.get_close_matches(name, self._spellings)
            raise unknown_name("hooks", f"hook {name}",
                               f"a hook of this model, layers 0 to {self._n_layers - 1}",
                               "a name that matches none",
                               ", ".join(f"near: {name}" for name in near))
        if hook not in self._arrays:
            raise unknown_name("hooks", f"hook {name}", "one that was kept", "another",
                               "names_filter of run_with_cache says which are")
        return self._arrays[hook]

    def _whole(self, key: object) -> str:
        """The whole name that a key stands for."""
        if isinstance(key, str):
            return key if key in self._spellings else full_name(key)
        parts = (*key, None, None)[:3] if isinstance(key, tuple) and 1 <= len(key) <= 3 else ()
        try:
            name, layer, kind = parts
            number = None if layer is None else operator.index(layer)
        except (TypeError, ValueError):
            name = None
        if not isinstance(name, str) or not isinstance(kind, str | None):
            raise unknown_name("hooks", "key", 'a name, ("pre", 5) or ("scale", 5, "ln1")',
                               repr(key))
        if number is not None and number < 0:
            number += self._n_layers
        return full_name(name, number, kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.keys() == other.keys() and all(
            np.array_equal(array, other[name]) for name, array in self.items())

    __hash__ = None  # type: ignore[assignment]  # as of every mapping

    def __repr__(self) -> str:
        shapes = (f"  {name} {list(array.shape)}" for name, array in self._arrays.items())
        return "\n".join(["ActivationCache with", *shapes])
