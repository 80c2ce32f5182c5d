"""Fitted bases: what `fit` gives, what a basis file holds, what a sweep, an edit and an edit file
take. They know no `Model`, which knows edits, and those know bases."""
from __future__ import annotations

import operator
import os
import pathlib
import pickle
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise._checks import bad_input, unknown_name
from excise._decompositions import Parts, PythonBasis, affine_parts, name_of, one_line

CoreModel = _core.Model


class HookedModel(Protocol):
    """What a basis asks of a `Model`."""

    _core: CoreModel

    @property
    def hook_names(self) -> list[str]: ...
    def find_editable(self, name: str) -> list[str]: ...


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
    def of(cls, model: HookedModel, fitted: Mapping[str, PythonBasis]) -> Basis:
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
        if not isinstance(getattr(model, "_core", None), CoreModel):
            raise bad_input("basis", "model", "a model from excise.load()", repr(model))
        if not fitted:
            raise bad_input("basis", "fitted", "at least one hook", "none")
        hooks: list[tuple[str, Parts]] = []
        for hook, basis in fitted.items():
            names = model.find_editable(hook)
            hooks += [(name, affine_parts(basis)) for name in names]
        order = {name: i for i, name in enumerate(model.hook_names)}
        hooks.sort(key=lambda each: order[each[0]])
        one = next(iter(fitted.values()))
        return cls(_core.make_basis(model._core, name_of(one), hooks, one_line(one)))

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
            raise unknown_name("basis", f"hook {hook}",
                               f"one that it has: {', '.join(self._core.hooks)}", "another")
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
