"""Edits of activations: functions of (activations, context) that give the edited activations."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excise import _core
from excise._bases import Basis
from excise._checks import bad_input, check_text, components
from excise._decompositions import PythonBasis, explained, fitted, is_fitted
from excise._keywords import keywords
from excise._types import Integers

Activations = NDArray[np.float32]


@dataclass(frozen=True)
class HookContext:
    """Where an edit is called."""

    name: str
    """The hook's TransformerLens name."""
    layer: int
    """Of the block; n_layers for the final norm."""
    position: int = 0
    """Of the first row, in the text: above 0 where `generate` adds to a text."""


# Gives the edited activations, or None where it changed them in place.
EditFunction = Callable[[Activations, HookContext], ArrayLike | None]


@dataclass(frozen=True)
class SvdComponents:
    """Components of the singular value decomposition of the text at hand; see `svd`."""

    k: tuple[int, ...]


@keywords
def svd(k: SupportsIndex | Integers = (0,)) -> SvdComponents:
    """Components `k`, counted from 0, of the singular value decomposition of the very activations
    that are edited. Centre and restored mean are those of `remove`.
    """
    return SvdComponents(components("svd", "k", k))


@dataclass(frozen=True)
class Removal:
    """An edit made by `remove`."""

    basis: SvdComponents | PythonBasis | Basis
    k: tuple[int, ...]
    preset: str | None
    centre: str | None
    restore: str | None

    def __call__(self, a: Activations, ctx: HookContext | None = None) -> Activations:
        """`a` [tokens, ...] without the components, float32."""
        flat = np.ascontiguousarray(a, np.float32).reshape(len(a), -1)
        if isinstance(self.basis, SvdComponents):
            svd = _core.fit_svd(flat, self.preset, self.centre, self.restore)
            edited = svd.remove(flat, list(self.k))
        elif isinstance(self.basis, PythonBasis):
            wide = flat.astype(np.float64)
            basis = fitted(self.basis, wide)
            edited = (wide - explained(basis, wide, self.k)).astype(np.float32)
        else:
            edited = self._at_hook(self.basis, ctx).remove(flat, list(self.k))
        return edited.reshape(a.shape)

    def needs_no_text(self) -> bool:
        """Whether it is fitted already, so that it does the same to every token alone."""
        if isinstance(self.basis, PythonBasis):
            return is_fitted(self.basis)
        return not isinstance(self.basis, SvdComponents)

    @staticmethod
    def _at_hook(basis: Basis, ctx: HookContext | None) -> _core.Decomposition:
        if ctx is not None:
            return basis._core.decomposition(ctx.name)  # names the hooks there are
        if len(basis) != 1:
            raise bad_input("remove", "hook", "the context of a hook, as a basis of several has "
                            "one for each", "none")
        return basis._core.decomposition(next(iter(basis)))


@keywords
def remove(basis: SvdComponents | PythonBasis | Basis, k: SupportsIndex | Integers | None = None,
           *, preset: str | None = None, centre: str | None = None,
           restore: str | None = None) -> Removal:
    """The edit that removes components and keeps the rest: ``A' = A - codes[:, K] atoms[K, :]``.

    Args:
        basis: `svd(k)`; a `Basis`, which has one for each hook; or an object with scikit-learn's
            `fit`, `transform` and `components_`. One that is not fitted yet is fitted to the
            activations that are edited (a copy of it; [tokens, neurons], float64).
        k: components of a basis other than `svd(k)`, counted from 0; default the first.
        preset: for `svd`: "published" (centre none, restore token; the default) or "pca" (both
            neuron). See docs/method.md, section 2.
        centre: for `svd`: mean subtracted before: "none", "neuron" or "token".
        restore: for `svd`: mean added back, the same names.

    Raises:
        BadInputError: an unknown preset or mean; when applied, a component that is not there.

    >>> edit = excise.remove(excise.svd(k=[0]), preset="pca")
    >>> a = np.outer([1.0, 2.0, 4.0], [1.0, 0.0, 2.0])      # rank 1, so that nothing is left
    >>> np.allclose(edit(a), a.mean(axis=0), atol=1e-6)     # but the mean of each neuron
    True
    """
    if isinstance(basis, SvdComponents):
        if k is not None:
            raise bad_input("remove", "k", "the components in svd(k=...)", "k beside it")
        for name, value in (("preset", preset), ("centre", centre), ("restore", restore)):
            if value is not None:
                check_text("remove", name, value)
        _core.check_removal(preset, centre, restore)
        return Removal(basis, basis.k, preset, centre, restore)
    if not isinstance(basis, (PythonBasis, Basis)):
        raise bad_input("remove", "basis", "svd(...), a Basis, or an object with fit and transform",
                        type(basis).__name__)
    if preset or centre or restore:
        raise bad_input("remove", "preset, centre, restore", "none of them",
                        "one of them", "this basis has a mean of its own")
    return Removal(basis, (0,) if k is None else components("remove", "k", k), None, None, None)
