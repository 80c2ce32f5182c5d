"""Weights of a model, and what they make of states."""
from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excise import _core
from excise._checks import bad_input, out_of_range


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a model, under TransformerLens' names."""

    architecture: str  # model_type of config.json, "gpt2"
    n_layers: int
    d_model: int
    n_heads: int
    n_key_value_heads: int
    d_head: int
    d_mlp: int
    n_ctx: int
    d_vocab: int
    act_fn: str
    normalization_type: str  # "LN" or "RMS"
    eps: float


@dataclass(frozen=True, eq=False)
class FinalNorm:
    """The norm behind the last block; called with states ``[..., d_model]``, gives what is
    unembedded, float32. Sums are in double."""

    w: NDArray[np.float32]
    """[d_model], what is multiplied (1 + the stored weight where a family has that)."""
    b: NDArray[np.float32] | None
    """[d_model]; None of an RMSNorm."""
    eps: float
    centres: bool
    """LayerNorm; else RMSNorm."""

    def __call__(self, states: ArrayLike) -> NDArray[np.float32]:
        x = self.centred(np.asarray(states, np.float64))
        x /= np.sqrt(np.square(x).mean(-1, keepdims=True) + self.eps)
        y: NDArray[np.float32] = x.astype(np.float32) * self.w
        return y if self.b is None else y + self.b

    def centred(self, states: NDArray[Any]) -> NDArray[Any]:
        """Without each state's mean, where the norm takes it off."""
        return states - (states.mean(-1, keepdims=True) if self.centres else 0)


class ModelWeights:
    """The weights of a `Model`: float32, read-only, as the file has them (never folded or centred).
    Views of the mapped file where that stores float32, else copies, made when they are first asked
    for."""

    _core: _core.Model
    cfg: ModelConfig

    def _weight(self, name: str) -> NDArray[np.float32]:
        array = _core.weight(self._core, name)
        assert array is not None
        return array

    @functools.cached_property
    def W_E(self) -> NDArray[np.float32]:
        """[d_vocab, d_model], the embedding; ``hook_embed`` has the multiplier of Gemma and Granite
        too."""
        return self._weight("W_E")

    @functools.cached_property
    def W_U(self) -> NDArray[np.float32]:
        """[d_model, d_vocab], the unembedding."""
        return self._weight("unembedding").T

    @functools.cached_property
    def W_pos(self) -> NDArray[np.float32] | None:
        """[n_ctx, d_model]; None where positions are not learned."""
        return _core.weight(self._core, "W_pos")

    @functools.cached_property
    def b_U(self) -> NDArray[np.float32]:
        """[d_vocab], what is added behind the unembedding; 0 where the head has no bias."""
        bias = _core.weight(self._core, "b_U")
        return np.zeros(self.cfg.d_vocab, np.float32) if bias is None else bias

    @functools.cached_property
    def ln_final(self) -> FinalNorm:
        """The norm behind the last block, to be called with states.

        >>> logits, cache = model.run_with_cache("It was a dark night")
        >>> lens = model.unembed(model.ln_final(cache.accumulated_resid()))
        >>> lens.shape, bool(np.allclose(lens[-1], logits, atol=1e-3))
        ((13, 5, 8192), True)
        """
        bias = _core.weight(self._core, "ln_final.b")
        return FinalNorm(np.array(self._weight("ln_final.w")),
                         None if bias is None else np.array(bias), self.cfg.eps,
                         self.cfg.normalization_type == "LN")

    @property
    def ln_f(self) -> FinalNorm:
        """`ln_final`, as GPT-2 calls it."""
        return self.ln_final

    def unembed(self, normalized: ArrayLike) -> NDArray[np.float32]:
        """Logits [..., d_vocab] of normalized states [..., d_model]: ``normalized @ W_U + b_U``, and
        what a family makes of that (its scale, its cap)."""
        states = np.ascontiguousarray(normalized, np.float32)
        if states.ndim == 0 or states.shape[-1] != self.cfg.d_model:
            raise bad_input("model", "states", f"[..., {self.cfg.d_model}]",
                            str(list(states.shape)))
        logits = _core.unembed(self._core, states.reshape(-1, self.cfg.d_model))
        return logits.reshape(*states.shape[:-1], -1)

    def layer_weights(self, layer: int) -> dict[str, NDArray[np.float32]]:
        """Weights of one block (a negative layer counts from the last): ``W_QKV [d_model,
        3 d_model]``, ``W_O [d_model, d_model]``, ``W_in [d_model, d_mlp]``,
        ``W_out [d_mlp, d_model]``, their biases ``b_...``, ``ln1.w``, ``ln1.b``, ``ln2.w``,
        ``ln2.b``.

        Raises:
            OutOfRangeError: a layer that is not there.
        """
        return self._core.layer_weights(layer_number("model", layer, self.cfg.n_layers))


def layer_number(where: str, layer: int, n_layers: int, end: int = 0) -> int:
    """A layer counted from the first, of one that may be counted from the last; up to `end` beyond
    the last."""
    if not hasattr(layer, "__index__"):
        raise bad_input(where, "layer", "a whole number", repr(layer))
    number = operator.index(layer)
    number += n_layers if number < 0 else 0
    if not 0 <= number < n_layers + end:
        raise out_of_range(where, f"layer {layer}", f"0 to {n_layers + end - 1}",
                           "a layer that this model does not have")
    return number
