"""Models with an edit in their weights."""
from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from excise import _core
from excise._checks import bad_input, text_of
from excise._edit_files import EditLike, as_edits, open_edits
from excise._keywords import keywords
from excise._model import Model, check_model
from excise._progress import Report, reporter
from excise._types import Text


@dataclass(frozen=True)
class ExportCheck:
    """How far the written model is from the model with the edit as a hook, in nats."""

    tokens: int
    max_abs_delta_logprob: float
    """Of the next token."""
    max_abs_delta_logprob_vocabulary: float
    """Over the whole vocabulary."""
    edit_max_abs_delta_logprob: float
    """What the edit itself changes, to compare with."""


@dataclass(frozen=True)
class Export:
    """A model that `export` wrote; ``excise.load(export.folder)`` opens it."""

    folder: pathlib.Path
    dtype: str
    """Of the weights: "F32", "F16" or "BF16"."""
    changed: list[str]
    """Tensors that the edit changed."""
    check: ExportCheck | None
    json: dict[str, Any]
    """What ``excise export --json`` prints (docs/formats.md)."""


@keywords
def export(model: Model, edit: EditLike | Iterable[EditLike], out: str | os.PathLike[str], *,
           dtype: str = "auto", text: Text | None = None, check: bool = True,
           progress: bool | Report | None = None) -> Export:
    """Writes a model with an edit in its weights, for any other tool: ``excise export``, with its
    options. The folder appears whole or not at all; its README states the edit.

    Args:
        model: made by `load`. Edits that are active on it play no part.
        edit: edit files (`load_edit`, or their paths), one or several.
        out: the folder to write; must not exist yet, or be empty.
        dtype: "auto" (the model's where it holds the edited weights exactly, else f32), "same",
            "f32", "f16" or "bf16".
        text: or its ``Path``; run through both models to compare them; default the bundled text.
        check: compare the written model with the hooked one.
        progress: as for `sweep`.

    Raises:
        BadInputError: an edit that does not fit the model, a folder that is there.
        UnsupportedError: an edit that no weights can express (at some tokens only, say).
        IoError: the folder cannot be written.

    >>> basis = excise.fit(model, components=2)
    >>> off = excise.Edit("blocks.5.mlp.hook_pre", basis, components=[0])
    >>> edited = excise.export(model, off, "edited")
    >>> edited.changed
    ['transformer.h.5.mlp.c_fc.bias', 'transformer.h.5.mlp.c_fc.weight']
    >>> edited.check.max_abs_delta_logprob < 1e-4
    True
    """
    check_model(model)
    edits = as_edits(edit)
    if not edits:
        raise bad_input("export", "edit", "at least one", "none")
    checked = (text_of(text) if text is not None else _core.bundled_text()) if check else None
    report, finish = reporter(progress)
    try:
        content = json.loads(_core.export_model(
            model._core, open_edits(model._core, edits), pathlib.Path(out), dtype, checked, report))
    finally:
        finish()
    found = content["check"]
    return Export(pathlib.Path(out), content["dtype"], content["changed"],
                  ExportCheck(**found) if found else None, content)
