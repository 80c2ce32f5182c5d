"""Fitted bases: what `fit` gives, what a basis file holds, what a sweep, an edit and an edit file
take."""
from __future__ import annotations

import json
import operator
import os
import pathlib
import pickle
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise._decompositions import (
    LayerFits, Parts, PythonBasis, affine_parts, is_fitted, name_of)
from excise._model import Model
from excise._progress import Report, reporter
from excise.errors import bad_input, check_counts


@dataclass(frozen=True)
class HookBasis:
    """The basis of one hook: ``codes = (a - mean) filters.T``, ``a = mean + codes @ atoms + rest``.
    All arrays are float64 and read-only; of a sparse autoencoder they are None."""

    hook: str
    atoms: NDArray[np.float64] | None
    """[components, width]: what each component adds to the activation."""
    filters: NDArray[np.float64] | None
    """[components, width]: what its code is measured with; for svd the atoms."""
    mean: NDArray[np.float64] | None
    """[width], or None where nothing is centred."""
    values: NDArray[np.float64] | None
    """[components]: what the fit ranks them by, e.g. singular values."""
    class_codes: NDArray[np.float64] | None
    """[classes, components]: mean codes of the classes that were fitted on."""
    decomposition: _core.Decomposition
    """`encode` and `remove`, for any activations [tokens, width]."""
    _set: _core.BasisSet = field(repr=False)  # that it is in

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.getitem, (Basis(self._set.alone(self.hook)), self.hook)


def _of_bytes(content: bytes, report: Mapping[str, Any]) -> Basis:
    """A basis that was pickled."""
    with tempfile.TemporaryDirectory(prefix="excise-") as folder:
        file = pathlib.Path(folder) / "basis.safetensors"
        file.write_bytes(content)
        return Basis(_core.read_basis(file), report=report)


class Basis(Mapping[str, HookBasis]):
    """Bases by hook name; made by `fit`, `load_basis` or `Basis.of`.

    `sweep` takes it as `basis`, `remove` as an edit; an edit file names the file that `save` wrote.
    It can be pickled, with all its arrays; a sparse autoencoder cannot: pass the path of its
    folder.
    """

    def __init__(self, core: _core.BasisSet, path: pathlib.Path | None = None,
                 stamp: tuple[int, ...] | None = None,
                 report: Mapping[str, Any] | None = None) -> None:
        self._core = core
        self._path = path  # of the file or folder that it was loaded from
        self._report = dict(report or {})
        self._stamp = stamp  # of that file, before it was read

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._is_linear():
            raise pickle.PicklingError(
                f"[basis] {self!r}: expected a basis of linear parts, got a sparse autoencoder; "
                f"pass its folder {self._path} and call excise.load_basis there")
        with tempfile.TemporaryDirectory(prefix="excise-") as folder:
            file = pathlib.Path(folder) / "basis.safetensors"
            self._core.write(file)
            return _of_bytes, (file.read_bytes(), self._report)

    def __copy__(self) -> Basis:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: Any) -> Basis:
        return self

    def _is_linear(self) -> bool:
        return all(self._core.parts(hook) for hook in self)

    @classmethod
    def of(cls, model: Model, fitted: Mapping[str, PythonBasis]) -> Basis:
        """Decompositions that Python fitted, as a basis of the engine.

        Args:
            model: whose activations they were fitted to.
            fitted: {hook name: fitted object in the manner of scikit-learn}.

        Raises:
            BadInputError: no such hook; codes that are not affine in the activations.

        >>> class FirstNeurons:
        ...     components_ = np.eye(2, 768)
        ...     def fit(self, X): return self
        ...     def transform(self, X): return X[:, :2]
        >>> excise.Basis.of(model, {"blocks.5.mlp.hook_pre": FirstNeurons()})
        <excise.Basis FirstNeurons of baker-7m: blocks.5.mlp.hook_pre>
        """
        if not fitted:
            raise bad_input("basis", "fitted", "at least one hook", "none")
        hooks: list[tuple[str, Parts]] = []
        for hook, basis in fitted.items():
            names = model.find_hooks(hook)
            hooks += [(name, affine_parts(basis)) for name in names]
        order = {name: i for i, name in enumerate(model.hook_names)}
        hooks.sort(key=lambda each: order[each[0]])
        one = next(iter(fitted.values()))
        return cls(_core.make_basis(model._core, name_of(one), hooks, _one_line(one)))

    @property
    def kind(self) -> str:
        """"svd", "ica", ...; of a decomposition of Python its class name."""
        return self._core.basis

    @property
    def provenance(self) -> dict[str, Any]:
        """Program, model, fingerprints, tokens and options of the fit."""
        return self._core.provenance

    @property
    def report(self) -> dict[str, Any]:
        """Of `fit`: what ``excise fit --json`` prints: for each hook the share of the energy in
        its components (%), in the fitted text and in what was held out, and with classes how well
        they tell those apart. Empty for others."""
        return dict(self._report)

    def __getitem__(self, hook: str) -> HookBasis:
        if hook not in self._core.hooks:
            raise KeyError(f"no basis at {hook}; there is one at {', '.join(self._core.hooks)}")
        parts = self._core.parts(hook)
        return HookBasis(hook, parts.get("atoms"), parts.get("filters"), parts.get("mean"),
                         parts.get("values"), parts.get("class_codes"),
                         self._core.decomposition(hook), self._core)

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.hooks)

    def __len__(self) -> int:
        return len(self._core.hooks)

    def _unchanged_file(self) -> pathlib.Path | None:
        """The file or folder that it was loaded from, if that is still the same."""
        return self._path if self._path and _stamp(self._path) == self._stamp else None

    def save(self, path: str | os.PathLike[str], force: bool = False) -> pathlib.Path:
        """Writes a basis file (``.safetensors``), whole or not at all.

        Raises:
            BadInputError: the file exists and `force` is false. IoError: it cannot be written.
        """
        target = pathlib.Path(path)
        if target.is_dir() or (target.exists() and not force):
            raise bad_input("basis", str(target), "a file that is not there yet",
                            "a folder" if target.is_dir() else "one that is",
                            "" if target.is_dir() else "force=True replaces it")
        self._core.write(target)
        return target

    def __repr__(self) -> str:
        hooks = list(self)
        shown = ", ".join(hooks if len(hooks) < 4 else [*hooks[:2], "...", hooks[-1]])
        model = self.provenance["model"]
        return _core.shown(f"<excise.Basis {self.kind}{f' of {model}' if model else ''}: {shown}>")


def _stamp(path: pathlib.Path) -> tuple[int, ...] | None:
    """What tells whether a file, or the weights in a folder, are still the same."""
    try:
        file = os.stat(path / "sae_weights.safetensors" if path.is_dir() else path)
    except OSError:
        return None
    return file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns


def load_basis(path: str | os.PathLike[str]) -> Basis:
    """A basis file that `Basis.save` or ``excise fit`` wrote, or the folder of a sparse
    autoencoder (SAELens).

    Raises:
        IoError: it is not there. BadFileError: it is no basis.
    """
    place = pathlib.Path(path).resolve()
    stamp = _stamp(place)
    return Basis(_core.read_basis(path), place, stamp)


def fit(model: Model, text: str | None = None, *, class_texts: Sequence[str] = (),
        basis: str = "svd", hook: str = "blocks.*.mlp.hook_pre", components: int = 0,
        class_tokens: Sequence[str] = (), shrinkage: float | None = None,
        preset: str | None = None, centre: str | None = None, restore: str | None = None,
        window: int = 0, hold_out: bool = True, seed: int = 0,
        progress: bool | Report | None = None) -> Basis:
    """Fits a basis at any hooks over a text of any length, and tests it on the part of the text
    that was held out: ``excise fit``, with its options.

    Args:
        model: made by `load`.
        text: of any length: it is cut into windows of the model's context. baker-7m has a
            paragraph of its own.
        class_texts: instead of `text`, one for each class ("leace": two or more, others: two).
        basis: "svd", "ica", "ged", "diff-means", "leace" or "random".
        hook: a name or pattern; one basis for each hook that it means.
        components: how many to fit; 0: "svd" 64, "ica" and "random" 16, "ged" 1.
        class_tokens: regular expressions on token text, one for each class; or one: all other
            tokens are the second class.
        shrinkage: 0 to 1, of the covariance of "ged" (default 0.01) and "leace" (0).
        preset: of "svd": "pca" (centre and restore neuron; the default) or "published".
        centre: of "svd": mean subtracted before: "none", "neuron" or "token".
        restore: of "svd": mean added back, the same names.
        window: tokens that the model reads at once; 0: its context.
        hold_out: hold out every fifth window, where there are so many, and test on them.
        seed: of everything random.
        progress: as for `sweep`.

    Raises:
        BadInputError: an option that cannot be, a hook that matches nothing, a text or class that
            is too small.

    >>> basis = excise.fit(model, components=8, hook="blocks.5.mlp.hook_pre")
    >>> basis["blocks.5.mlp.hook_pre"].atoms.shape           # [components, width]
    (8, 768)
    >>> result = excise.sweep(model, basis=basis, remove=[0, 1])
    """
    if text is not None and class_texts:
        raise bad_input("fit", "text", "text or class_texts", "both")
    if text is None and not class_texts:
        if model.name != "baker-7m":
            raise bad_input("fit", "text", "a text, or class_texts", "none")
        text = _core.bundled_text()
    texts = list(class_texts) if text is None else [text]
    check_counts("fit", 0, components=components, window=window, seed=seed)
    report, finish = reporter(progress)
    try:
        fitted, found = _core.fit(
            model._core, basis, hook, texts, text is None, list(class_tokens), components,
            shrinkage, preset, centre, restore, window, hold_out, seed, report)
    finally:
        finish()
    content = json.loads(found)
    del content["file"]
    return Basis(fitted, report=content)


def _one_line(basis: object) -> str:
    return " ".join(repr(basis).split())


def _at_layers(model: Model, basis: Mapping[Any, Any], hook: str | None) -> Basis:
    """Of {layer: fitted decomposition}."""
    named = {}
    for layer, one in basis.items():
        if not isinstance(one, PythonBasis) or not is_fitted(one):
            raise bad_input("sweep", f"basis of layer {layer}", "a fitted decomposition",
                            type(one).__name__)
        named[_core.edited_hooks(model._core, hook, str(int(layer)))[0][1]] = one
    return Basis.of(model, named)


# What the engine takes beside the options: nothing, bases, or (name, what fits them).
Given = _core.BasisSet | tuple[str, LayerFits] | None


def basis_of_sweep(model: Model, basis: Any, hook: str | None, layers: str
                   ) -> tuple[dict[str, Any], Given]:
    """(options of the experiment, what the engine gets beside them) for `sweep`'s basis."""
    if isinstance(basis, str):
        file = basis.endswith(".safetensors") or os.sep in basis
        return {"basis_file" if file else "basis": basis}, None
    if isinstance(basis, os.PathLike):
        return {"basis_file": os.fspath(basis)}, None
    if isinstance(basis, Basis):
        file_of_it = basis._unchanged_file()
        if file_of_it is not None:
            return {"basis_file": str(file_of_it)}, None
        return {}, basis._core
    if isinstance(basis, Mapping):
        return {}, _at_layers(model, basis, hook)._core
    if not isinstance(basis, PythonBasis):
        raise bad_input(
            "sweep", "basis", "a name, a basis file, svd(...), a Basis, an object with fit and "
            "transform, or {layer: such an object}", type(basis).__name__)
    if not is_fitted(basis):
        return {}, (name_of(basis), LayerFits(basis))
    hooks = _core.edited_hooks(model._core, hook, layers)
    if len(hooks) != 1:
        raise bad_input("sweep", f"basis {name_of(basis)}, which is fitted already",
                        "one layer to use it at", str(len(hooks)),
                        "set layers, or give {layer: basis}, or one that is not fitted yet")
    return {}, Basis.of(model, {hooks[0][1]: basis})._core


def check_alone(options: Mapping[str, Sequence[str] | Any], basis: Any) -> None:
    """Refuses what only a basis that the engine fits would listen to."""
    for name, value in options.items():
        if value is not None:
            raise bad_input("sweep", name, f"none beside the basis {_one_line(basis)}", str(value),
                            "it is fitted already, or by itself")
