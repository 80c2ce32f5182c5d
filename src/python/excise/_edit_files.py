"""Edits as files state them: the same for `Model.edit`, `sweep`, `generate` and `export`."""
from __future__ import annotations

import difflib
import fnmatch
import os
import pathlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, SupportsIndex, cast

import numpy as np
from numpy.typing import NDArray

from excise import _core, _toml
from excise._bases import Basis
from excise._checks import (
    bad_input, check_counts, check_text, components as each_once, numbers, out_of_range, unknown_name)
from excise._edits import EditFunction, HookContext
from excise._types import Integers


@dataclass(frozen=True, init=False)
class Edit:
    """An edit with a fitted basis, as an edit file states it (docs/formats.md)."""

    hook: str
    """A hook name; with ``*`` every layer, each with its own basis."""
    basis: str | os.PathLike[str] | Basis
    """A basis file, the folder of a sparse autoencoder, or a `Basis`."""
    components: tuple[int, ...]
    """Counted from 0; none: all that the basis has."""
    action: str
    """"remove" switches off; "add" switches on, for a basis that was fitted on classes."""
    strength: float
    """1: all of it; 0: nothing; below 0 the other way."""
    from_class: int
    """Of "add": whose mean codes are added (the key ``class`` of the file)."""
    positions: str
    """Tokens that are changed, counted from 0: "all", "0", "1-" (all but the first), "2-5,7"."""

    def __init__(self, hook: str, basis: str | os.PathLike[str] | Basis,
                 components: SupportsIndex | Integers = (), action: str = "remove",
                 strength: float = 1.0, from_class: int = 0, positions: str = "all") -> None:
        for name, value in (("hook", hook), ("basis", basis),
                            ("components", each_once("edit", "components", components)),
                            ("action", action), ("strength", strength),
                            ("from_class", from_class), ("positions", positions)):
            object.__setattr__(self, name, value)  # frozen
        self._check()

    def _check(self) -> None:
        """Refuses at once what no model could change."""
        for name in ("hook", "action", "positions"):
            check_text("edit", name, getattr(self, name))
        if not isinstance(self.basis, (str, os.PathLike, Basis)):
            raise bad_input("edit", "basis", "a basis file, its path or a Basis",
                            type(self.basis).__name__)
        numbers("edit", "strength", (self.strength,))
        check_counts("edit", 0, from_class=self.from_class)
        _core.check_edit(self._to_toml("basis"))
        if not isinstance(self.basis, Basis):
            return
        hooks = [self.hook] if self.hook in self.basis else fnmatch.filter(self.basis, self.hook)
        near = difflib.get_close_matches(self.hook, self.basis, 1)
        if self.hook.startswith("blocks.") and not hooks:
            raise unknown_name("edit", f"hook {self.hook}",
                               f"one that the basis has: {', '.join(self.basis)}", "another",
                               f"did you mean {near[0]}?" if near else "")
        for hook in hooks:
            last = self.basis[hook].decomposition.n_components - 1
            for component in self.components:
                if component > last:
                    raise out_of_range("edit", f"component {component}",
                                       f"0 to {last} of the basis at {hook}",
                                       "one that it does not have")

    def _stated(self) -> tuple[str, _core.BasisSet | None]:
        """As the engine takes it: the file's text, and the basis where it is at hand."""
        if isinstance(self.basis, (str, os.PathLike)):
            return self._to_toml(os.path.abspath(self.basis)), None
        file = self.basis._unchanged_file()
        if file is not None:
            return self._to_toml(os.fspath(file)), None
        return self._to_toml(f"{self.basis.kind} basis in memory"), self.basis._core

    def _to_toml(self, basis: str) -> str:
        return _toml.dumps({
            "schema": "excise.edit/1", "hook": self.hook, "basis": basis,
            "components": self.components or None, "action": self.action,
            "strength": float(self.strength), "class": self.from_class,
            "positions": self.positions})

    def save(self, path: str | os.PathLike[str], force: bool = False) -> pathlib.Path:
        """Writes the edit file, whole or not at all, for ``--edit`` and `load_edit`. A basis in
        its folder, or below, is named relative to it; a `Basis` that no file has is written
        beside it first, as ``.safetensors``.

        Raises:
            IoError: it cannot be written. BadInputError: a file is there and `force` is false, or
                it is no place for a file: a device, or the basis itself.
        """
        target = pathlib.Path(path)
        if target.exists() and not force:
            raise bad_input("edit", str(target), "a file that is not there yet", "one that is",
                            "force=True replaces it")
        folder = os.path.abspath(target.parent)
        known = (self.basis if isinstance(self.basis, (str, os.PathLike))
                 else self.basis._unchanged_file())
        file = target.with_suffix(".safetensors") if known is None else known
        basis = os.path.abspath(file)
        _core.check_output(target, force, [basis])
        if known is None:
            assert not isinstance(self.basis, (str, os.PathLike))
            self.basis.save(file, force)
        if os.path.commonpath([folder, basis]) == folder:
            basis = os.path.relpath(basis, folder)
        _core.write_text(target, self._to_toml(basis), force)
        return target


EditLike = Edit | str | os.PathLike[str]


def load_edit(path: str | os.PathLike[str]) -> Edit:
    """The edit that a file states. A relative basis counts from the file's folder.

    Raises:
        IoError: the file cannot be read. BadInputError: unknown keys or values.
    """
    keys = _core.read_edit(path)
    return Edit(keys["hook"], pathlib.Path(keys["basis"]), tuple(keys["components"]),
                keys["action"], keys["strength"], keys["class"], keys["positions"])


def as_edits(edit: EditLike | Iterable[EditLike]) -> list[Edit]:
    """One or several, read where they are paths."""
    one = isinstance(edit, (Edit, str, os.PathLike)) or not isinstance(edit, Iterable)
    several: list[Any] = [edit] if one else list(cast(Iterable[EditLike], edit))
    for each in several:
        if not isinstance(each, (Edit, str, os.PathLike)):
            raise bad_input("edit", "edit", "an Edit or the path of an edit file",
                            type(each).__name__,
                            "functions are edits inside `with model.edit(hook, function):`")
    return [each if isinstance(each, Edit) else load_edit(each) for each in several]


def open_edits(core: _core.Model, edits: Iterable[Edit]) -> _core.OpenEdits:
    """Ready for the model. Errors: see `Model.edit`."""
    return _core.open_edits(core, [each._stated() for each in edits])


def functions_of(core: _core.Model, edit: Edit) -> list[tuple[str, EditFunction]]:
    """The same as functions at hooks."""
    opened = open_edits(core, [edit])

    def at(place: int) -> Callable[[NDArray[np.float32], HookContext], None]:
        def apply(a: NDArray[np.float32], ctx: HookContext) -> None:
            opened.apply(0, place, a.reshape(len(a), -1), ctx.position)
        return apply
    return [(hook, at(place)) for _, place, hook in opened.places]
