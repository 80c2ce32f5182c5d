"""The edits that switch a fitted concept."""
from __future__ import annotations

import pathlib

from excise import _core
from excise._bases import Basis
from excise._edit_files import Edit


def concept_edit(folder: pathlib.Path, switch: str, alpha: float | None = None,
                 layer: int | None = None, positions: str | None = None) -> Edit:
    """Of the result folder of a fit: see `concept.apply`. It needs the folder no more."""
    keys = _core.concept_edit(folder, switch, alpha, layer, positions)
    basis = Basis(_core.read_basis(folder / "basis.safetensors"))
    return Edit(keys["hook"], basis, tuple(keys["components"]), keys["action"], keys["strength"],
                keys["class"], keys["positions"])
