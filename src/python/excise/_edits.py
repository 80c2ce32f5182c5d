"""Edits of activations: functions of (activations, context) that give the edited activations."""
from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excise import _core
from excise.errors import bad_input

Activations = NDArray[np.float32]


@dataclass(frozen=True)
class HookContext:
    """Where an edit is called: the hook's TransformerLens name and its layer."""

    name: str
    layer: int


# Gives the edited activations, or None where it changed them in place.
EditFunction = Callable[[Activations, HookContext], ArrayLike | None]


@dataclass(frozen=True)
class SvdComponents:
    """Components of the singular value decomposition of the text at hand; see `svd`."""

    k: tuple[int, ...]


def svd(k: Sequence[int] = (0,)) -> SvdComponents:
    """Components `k`, counted from 0, of the singular value decomposition of the very activations
    that are edited. Centre and restored mean are those of `remove`.
    """
    return SvdComponents(tuple(int(i) for i in k))


@runtime_checkable
class PythonBasis(Protocol):
    """A decomposition in the manner of scikit-learn, e.g. ``sklearn.decomposition.FastICA``."""

    def fit(self, X: Any) -> Any: ...
    def transform(self, X: Any) -> Any: ...


def _fitted(basis: PythonBasis, a: NDArray[np.float64]) -> PythonBasis:
    if hasattr(basis, "components_"):
        return basis
    fresh = copy.deepcopy(basis)  # so that the caller's object stays unfitted, layer after layer
    fresh.fit(a)
    return fresh


def _explained(basis: Any, codes: NDArray[np.float64], k: Sequence[int]) -> NDArray[np.float64]:
    """codes[:, K] atoms[K, :]: what the components K contribute, [tokens, neurons]."""
    if not all(0 <= i < codes.shape[1] for i in k):
        raise bad_input("intervention", f"components {list(k)}",
                        f"0 to {codes.shape[1] - 1} for this basis", str(list(k)))
    if hasattr(basis, "inverse_transform"):
        # Affine: what is constant in it, the mean, cancels.
        only = np.zeros_like(codes)
        only[:, list(k)] = codes[:, list(k)]
        back = basis.inverse_transform(np.vstack([only, np.zeros_like(codes[:1])]))
        return np.asarray(back[:-1] - back[-1:], np.float64)
    return np.asarray(codes[:, list(k)] @ np.asarray(basis.components_)[list(k)], np.float64)


@dataclass(frozen=True)
class Removal:
    """An edit made by `remove`."""

    basis: SvdComponents | PythonBasis
    k: tuple[int, ...]
    preset: str | None
    centre: str | None
    restore: str | None

    def __call__(self, a: Activations, ctx: HookContext | None = None) -> Activations:
        """`a` [tokens, ...] without the components, float32."""
        flat = np.ascontiguousarray(a, np.float32).reshape(len(a), -1)
        if isinstance(self.basis, SvdComponents):
            fitted = _core.fit_svd(flat, self.preset, self.centre, self.restore)
            edited = fitted.remove(flat, list(self.k))
        else:
            wide = flat.astype(np.float64)
            basis = _fitted(self.basis, wide)
            codes = np.asarray(basis.transform(wide), np.float64)
            edited = (wide - _explained(basis, codes, self.k)).astype(np.float32)
        return edited.reshape(a.shape)


def remove(basis: SvdComponents | PythonBasis, k: Sequence[int] | None = None, *,
           preset: str | None = None, centre: str | None = None,
           restore: str | None = None) -> Removal:
    """The edit that removes components and keeps the rest: ``A' = A - codes[:, K] atoms[K, :]``.

    Args:
        basis: `svd(k)`, or an object with scikit-learn's `fit`, `transform` and `components_`.
            One that is not fitted yet is fitted to the activations that are edited (a copy of it;
            [tokens, neurons], float64).
        k: components of a scikit-learn basis, counted from 0; default the first.
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
        _core.check_removal(preset, centre, restore)
        return Removal(basis, basis.k, preset, centre, restore)
    if not isinstance(basis, PythonBasis):
        raise bad_input("remove", "basis", "svd(...) or an object with fit and transform",
                        type(basis).__name__)
    if preset or centre or restore:
        raise bad_input("remove", "preset, centre, restore", "none of them",
                        "one of them", "a scikit-learn basis has a mean of its own")
    return Removal(basis, tuple(k) if k is not None else (0,), None, None, None)
