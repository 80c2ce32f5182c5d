"""Activations of one forward pass, by hook name."""
import difflib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from excise._checks import bad_input

# TransformerLens' short names, for cache["pre", 5].
_SHORT = {
    "resid_pre": "blocks.{}.hook_resid_pre",
    "z": "blocks.{}.attn.hook_z",
    "attn_out": "blocks.{}.hook_attn_out",
    "resid_mid": "blocks.{}.hook_resid_mid",
    "pre": "blocks.{}.mlp.hook_pre",
    "post": "blocks.{}.mlp.hook_post",
    "pre_linear": "blocks.{}.mlp.hook_pre_linear",
    "mlp_out": "blocks.{}.hook_mlp_out",
    "resid_post": "blocks.{}.hook_resid_post",
}


class ActivationCache(Mapping[str, NDArray[np.float32]]):
    """A read-only mapping from hook names to float32 arrays ``[tokens, ...]``.

    Hugging Face module names and TransformerLens' short form work too:
    ``cache["transformer.h.5.mlp.c_fc"]`` and ``cache["pre", 5]`` are
    ``cache["blocks.5.mlp.hook_pre"]``; a negative layer counts from the last. The arrays own their
    memory and outlive the model; a cache can be pickled.
    """

    def __init__(self, arrays: dict[str, NDArray[np.float32]], n_layers: int,
                 spellings: dict[str, str]) -> None:
        self._arrays = arrays
        self._n_layers = n_layers
        self._spellings = spellings  # any name of a hook -> its own

    def __getitem__(self, key: str | tuple[str, int]) -> NDArray[np.float32]:
        if isinstance(key, tuple):
            short, layer = key
            layer += self._n_layers if layer < 0 else 0
            key = _SHORT.get(short, f"blocks.{{}}.{short}").format(layer)
        if key not in self._spellings:
            near = difflib.get_close_matches(key, self._spellings)
            raise bad_input("hooks", f"hook {key}",
                            f"a hook of this model, layers 0 to {self._n_layers - 1}",
                            "a name that matches none", ", ".join(f"near: {name}" for name in near))
        hook = self._spellings[key]
        if hook not in self._arrays:
            raise KeyError(f"{key} was not kept; see names_filter")
        return self._arrays[hook]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        shapes = (f"  {name} {list(array.shape)}" for name, array in self._arrays.items())
        return "\n".join(["ActivationCache with", *shapes])
