"""What `sweep` takes as its basis, as the engine takes it."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from excise import _core
from excise._bases import Basis, load_basis
from excise._checks import bad_input
from excise._decompositions import LayerFits, PythonBasis, is_fitted, name_of, one_line
from excise._edit_files import EditLike, as_edits
from excise._model import Model


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
        file = basis.endswith(".safetensors") or os.sep in basis or os.path.exists(basis)
        kind = basis in _core.basis_kinds() or not file
        return {"basis" if kind else "basis_file": basis}, None
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
            raise bad_input("sweep", name, f"none beside the basis {one_line(basis)}", str(value),
                            "it is fitted already, or by itself")


def of_edit(edit: EditLike) -> tuple[Any, ...]:
    """What an edit says of a sweep's basis, remove, hook, positions, and further keys."""
    one, *_ = as_edits(edit)
    basis = one.basis if isinstance(one.basis, Basis) else load_basis(one.basis)
    everything = range(next(iter(basis.values())).decomposition.n_components)
    return (basis, one.components or tuple(everything), one.hook, one.positions,
            {"action": one.action, "strength": float(one.strength), "class": one.from_class})
