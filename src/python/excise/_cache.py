"""Activations of one forward pass, by hook name."""
from __future__ import annotations

import difflib
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excise._checks import bad_input, unknown_name
from excise._hook_names import full_name
from excise._weights import FinalNorm, layer_number

# "blocks.5.mlp.hook_pre", "pre5", ("pre", 5), ("scale", 5, "ln1"), ("embed",)
Key = str | tuple[str] | tuple[str, int | None] | tuple[str, int | None, str | None]


PosSlice = int | slice | Sequence[int] | NDArray[np.integer[Any]] | None


def _at(value: NDArray[np.float32], pos_slice: PosSlice) -> NDArray[np.float32]:
    """The tokens chosen; a number takes the axis away."""
    return value if pos_slice is None else value[..., pos_slice, :]


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
                 spellings: dict[str, str], ln_final: FinalNorm) -> None:
        self._arrays = arrays
        self._n_layers = n_layers
        self._spellings = spellings  # any name of a hook -> its own
        self._ln_final = ln_final

    def __getitem__(self, key: Key) -> NDArray[np.float32]:
        name = self._whole(key)
        hook = self._spellings.get(name)
        if hook is None:
            near = difflib.get_close_matches(name, self._spellings)
            raise unknown_name("hooks", f"hook {name}",
                               f"a hook of this model, layers 0 to {self._n_layers - 1}",
                               "a name that matches none",
                               f"did you mean {' or '.join(near)}?" if near else "")
        if hook not in self._arrays:
            raise unknown_name("hooks", f"hook {name}", "one that was kept", "another",
                               "names_filter of run_with_cache says which are")
        return self._arrays[hook]

    def _whole(self, key: object) -> str:
        """The whole name that a key stands for."""
        if isinstance(key, str):
            return key if key in self._spellings else full_name(key)
        if isinstance(key, tuple) and 1 <= len(key) <= 3:
            name, layer, kind = (*key, None, None)[:3]
            known = layer is None or (hasattr(layer, "__index__") and np.ndim(layer) == 0)
            if isinstance(name, str) and known and isinstance(kind, str | None):
                number = None if layer is None else operator.index(layer)
                if number is not None and number < 0:
                    number += self._n_layers
                return full_name(name, number, kind)
        raise unknown_name("hooks", "key", 'a name, ("pre", 5) or ("scale", 5, "ln1")', repr(key))

    def stack_activation(self, activation_name: str, layer: int | None = None,
                         sublayer_type: str | None = None) -> NDArray[np.float32]:
        """``cache[activation_name, l, sublayer_type]`` of all layers below `layer` (None or -1:
        all), one behind the other along a first axis."""
        last = self._last(layer)
        return np.stack([self[activation_name, each, sublayer_type] for each in range(last)])

    def accumulated_resid(self, layer: int | None = None, incl_mid: bool = False,
                          apply_ln: bool = False, pos_slice: PosSlice = None,
                          mlp_input: bool = False, return_labels: bool = False) -> Any:
        """The residual stream before each block up to `layer`, [states, ..., tokens, d_model].

        Args:
            layer: the last whose input is there; None, -1 or n_layers: all, and what goes into the
                final norm.
            incl_mid: the states between attention and MLP too, of blocks below `layer`.
            apply_ln: through the norm that reads the last of them: the final norm, of each state by
                itself; of an earlier `layer` centred and divided by what its norm divided by.
            pos_slice: which tokens: a number, a slice or several numbers.
            mlp_input: of `layer` the state between attention and MLP too.
            return_labels: (states, labels), "0_pre", "0_mid", ..., "final_post".

        Raises:
            UnknownNameError: one of the states was not kept, or is not there.
        """
        last = self._last(layer)
        names: list[tuple[str, Key]] = []
        for each in range(min(last + 1, self._n_layers)):
            names.append((f"{each}_pre", ("resid_pre", each)))
            if (incl_mid and each < last) or (mlp_input and each == last):
                names.append((f"{each}_mid", ("resid_mid", each)))
        if last == self._n_layers:
            names.append(("final_post", ("resid_post", self._n_layers - 1)))
        stack = self._stacked(names, pos_slice)
        if apply_ln and last == self._n_layers:
            stack = self._ln_final(stack)
        elif apply_ln:
            stack = self._scaled(stack, last, mlp_input, pos_slice)
        return (stack, [label for label, _ in names]) if return_labels else stack

    def decompose_resid(self, layer: int | None = None, mlp_input: bool = False, mode: str = "all",
                        apply_ln: bool = False, pos_slice: PosSlice = None,
                        incl_embeds: bool = True, return_labels: bool = False) -> Any:
        """What the embeddings, each attention and each MLP below `layer` add to the stream,
        [parts, ..., tokens, d_model]: their sum is the state that goes into `layer`.

        Args:
            layer: None, -1 or n_layers: all, whose sum goes into the final norm.
            mlp_input: the attention of `layer` too: what its MLP reads.
            mode: "all", "mlp" or "attn".
            apply_ln: centred and divided by what the norm that reads their sum divided by, so that
                they still add up.
            pos_slice: which tokens: a number, a slice or several numbers.
            incl_embeds: the embeddings too.
            return_labels: (parts, labels), "embed", "pos_embed", "0_attn_out", "0_mlp_out", ...

        Raises:
            BadInputError: another mode.
            UnknownNameError: one of the parts was not kept.
        """
        if mode not in ("all", "mlp", "attn"):
            raise bad_input("cache", "mode", '"all", "mlp" or "attn"', repr(mode))
        last = self._last(layer)
        names: list[tuple[str, Key]] = []
        if incl_embeds:
            names = [("embed", "hook_embed")]
            if "hook_pos_embed" in self._spellings:
                names.append(("pos_embed", "hook_pos_embed"))
        kinds = [kind for kind in ("attn", "mlp") if mode in ("all", kind)]
        names += [(f"{each}_{kind}_out", (f"{kind}_out", each))
                  for each in range(last) for kind in kinds]
        if mlp_input and mode != "mlp":
            names.append((f"{last}_attn_out", ("attn_out", last)))
        stack = self._stacked(names, pos_slice)
        if apply_ln:
            stack = self._scaled(stack, last, mlp_input, pos_slice)
        return (stack, [label for label, _ in names]) if return_labels else stack

    def _last(self, layer: int | None) -> int:
        if layer is None or layer == -1:  # in TransformerLens all of them, not the last
            return self._n_layers
        return layer_number("cache", layer, self._n_layers, end=1)

    def _stacked(self, names: list[tuple[str, Key]], pos_slice: PosSlice) -> NDArray[np.float32]:
        if not names:
            raise bad_input("cache", "layer", "at least one part below it", "none")
        return np.stack([_at(self[key], pos_slice) for _, key in names])

    def _scaled(self, stack: NDArray[np.float32], layer: int, mlp_input: bool,
                pos_slice: PosSlice) -> NDArray[np.float32]:
        norm = "ln2" if mlp_input else "ln1"
        scale = self["scale"] if layer == self._n_layers else self["scale", layer, norm]
        scaled: NDArray[Any] = self._ln_final.centred(stack) / _at(scale, pos_slice)
        return scaled

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
