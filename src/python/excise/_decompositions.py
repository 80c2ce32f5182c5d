"""Decompositions written in Python, in the manner of scikit-learn, as the engine takes them."""
from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from excise._checks import bad_input

Wide = NDArray[np.float64]
# atoms and filters [components, width], mean [width] or None:
#     codes = (a - mean) filters^T,  a = mean + codes atoms + rest
Parts = tuple[Wide, Wide, Wide | None]


@runtime_checkable
class PythonBasis(Protocol):
    """A decomposition in the manner of scikit-learn, e.g. ``sklearn.decomposition.FastICA``."""

    def fit(self, X: Any) -> Any: ...
    def transform(self, X: Any) -> Any: ...


def is_fitted(basis: PythonBasis) -> bool:
    return hasattr(basis, "components_")


def name_of(basis: PythonBasis) -> str:
    """What results call it: "FastICA"."""
    return type(basis).__name__


def one_line(basis: object) -> str:
    """How it shows itself, for messages and provenance."""
    return " ".join(repr(basis).split())


def fitted(basis: PythonBasis, a: Wide) -> PythonBasis:
    """Itself where it is fitted, else a copy that is fitted to a [tokens, width]."""
    if is_fitted(basis):
        return basis
    fresh = copy.deepcopy(basis)  # so that the caller's object stays unfitted, layer after layer
    fresh.fit(a)
    return fresh


def _contribution(basis: Any, codes: Wide) -> Wide:
    """codes atoms: what the components contribute, [tokens, width]."""
    if hasattr(basis, "inverse_transform"):
        # Affine: what is constant in it, the mean, cancels.
        back = basis.inverse_transform(np.vstack([codes, np.zeros_like(codes[:1])]))
        return np.asarray(back[:-1] - back[-1:], np.float64)
    return np.asarray(codes @ np.asarray(basis.components_), np.float64)


def explained(basis: PythonBasis, a: Wide, k: Sequence[int]) -> Wide:
    """codes[:, K] atoms[K, :]: what the components K contribute to a, [tokens, width]."""
    codes = np.asarray(basis.transform(a), np.float64)
    if not all(0 <= i < codes.shape[1] for i in k):
        raise bad_input("intervention", f"components {list(k)}",
                        f"0 to {codes.shape[1] - 1} for this basis", str(list(k)))
    only = np.zeros_like(codes)
    only[:, list(k)] = codes[:, list(k)]
    return _contribution(basis, only)


def _mean(basis: Any, filters: Wide, at_zero: Wide) -> Wide | None:
    """A mean that gives the code of 0, at_zero = -mean filters^T; None for 0."""
    size = np.abs(filters).sum(axis=1)

    def gives(mean: Wide) -> bool:
        error = np.abs(filters @ mean + at_zero)
        return bool((error <= 1e-9 * size * max(np.abs(mean).max(), 1e-300)).all())
    if not at_zero.any():
        return None
    own = getattr(basis, "mean_", None)
    if own is not None and np.shape(own) == filters.shape[1:] and gives(np.asarray(own)):
        return np.ascontiguousarray(own, np.float64)
    return np.asarray(np.linalg.lstsq(filters, -at_zero, rcond=None)[0], np.float64)


def _probe(basis: PythonBasis, width: int) -> tuple[Wide, Wide]:
    """Filters [components, width] and the code of 0 [components] of an affine transform."""
    at_zero = np.asarray(basis.transform(np.zeros((1, width))), np.float64)[0]
    columns = []
    for first in range(0, width, 512):  # so that no [width, width] is made
        unit = np.eye(min(512, width - first), width, first)
        columns.append(np.asarray(basis.transform(unit), np.float64) - at_zero)
    return np.ascontiguousarray(np.vstack(columns).T), at_zero


def affine_parts(basis: PythonBasis, a: Wide | None = None) -> Parts:
    """A fitted decomposition as arrays.

    Args:
        a: activations [tokens, width], by which it is checked; default random ones.

    Raises:
        BadInputError: its transform is not affine (a sparse code, say), or cannot be undone.
    """
    name = name_of(basis)
    if not hasattr(basis, "inverse_transform") and not hasattr(basis, "components_"):
        raise bad_input("basis", name, "components_ or inverse_transform", "neither")
    if a is None:
        width = int(getattr(basis, "n_features_in_", 0) or np.shape(
            getattr(basis, "components_", np.zeros((1, 0))))[1])
        a = np.random.default_rng(0).standard_normal((8, width))
    filters, at_zero = _probe(basis, a.shape[1])
    codes = np.asarray(basis.transform(a), np.float64)
    if not (np.isfinite(filters).all() and np.isfinite(codes).all()):
        raise bad_input("basis", name, "finite codes", "NaN or infinity")
    predicted = a @ filters.T + at_zero
    if not np.allclose(predicted, codes, rtol=1e-6, atol=1e-6 * max(np.abs(codes).max(), 1e-300)):
        raise bad_input("basis", name, "codes that are affine in the activations", "others",
                        "as an edit, excise.remove(...), any decomposition will do")
    atoms = _contribution(basis, np.eye(len(filters)))
    return np.ascontiguousarray(atoms), filters, _mean(basis, filters, at_zero)


class LayerFits:
    """Fits copies of one decomposition, layer by layer: what the engine calls during a sweep.

    The engine may come back to a layer; it gets what it got, so that a fit that draws at random
    is one fit.
    """

    def __init__(self, basis: PythonBasis) -> None:
        self._basis = basis
        self._known: dict[tuple[int, bytes], Parts] = {}

    def __call__(self, layer: int, a: NDArray[np.float32]) -> Parts:
        key = layer, hashlib.blake2b(a.tobytes(), digest_size=16).digest()
        if key not in self._known:
            wide = a.astype(np.float64)
            self._known[key] = affine_parts(fitted(self._basis, wide), wide)
        return self._known[key]
