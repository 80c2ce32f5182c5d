"""Tasks: prompts with answers, in a file or as rows."""
from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

from excise import _core
from excise._checks import bad_input
from excise._keywords import keywords
from excise._model import Model, check_model
from excise._progress import Report, reporter
from excise._sweep_basis import Given

Row = Mapping[str, str | None]
Task = str | os.PathLike[str] | Sequence[Row]
_FILE = "task.jsonl"  # of rows, in the result folder


def _json_lines(rows: Sequence[Row]) -> str:
    """A line a row, so that the engine's errors count rows."""
    lines = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise bad_input("task", f"row {number}", "a dict with prompt and answer", repr(row))
        for key, value in row.items():
            if value is not None and not isinstance(value, str):
                raise bad_input("task", f"row {number}, {key}", "a string or None", repr(value))
        lines.append(json.dumps(dict(row)))
    return "\n".join(lines)


def _file_and_rows(where: str, name: str, task: Task) -> tuple[str, str]:
    """The file, and what it would have where there is none."""
    if isinstance(task, (str, os.PathLike)):
        return os.fspath(task), ""
    if not isinstance(task, Sequence) or not task:
        raise bad_input(where, name, "a file, or rows with prompt and answer", repr(task))
    return _FILE, _json_lines(cast(Sequence[Row], task))


def task_of_sweep(task: Task, all_prompts: bool, given: Given,
                  beside: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """(options of the experiment, the rows where no file has them) for `sweep`'s task. beside: what a
    task does not go with."""
    for name, value in beside.items():
        if value is not None:
            raise bad_input("sweep", name, "none beside a task", "both")
    if isinstance(given, tuple):
        raise bad_input("sweep", "basis", "one that is fitted elsewhere beside a task", given[0],
                        "excise.Basis.of(model, {hook: fitted}), excise.fit and corpus give one")
    file, rows = _file_and_rows("sweep", "task", task)
    return {"schema": "excise.task-experiment/1", "task": file, "all_prompts": all_prompts}, rows


@keywords
def task(model: Model, prompts: Task, *, progress: bool | Report | None = None) -> dict[str, Any]:
    """What a model makes of prompts with answers, before anything is removed: ``excise task --json``.

    Args:
        model: made by `load`.
        prompts: a file (docs/formats.md), or rows: dicts with the keys "prompt", "answer" and, where
            there are some, "foil", "counterpart" and "group".
        progress: as for `sweep`.

    Returns:
        ``solved`` of ``measured`` prompts, both also in ``groups``; ``prompts``: of each its ids,
        log p of answer and foil in nats, and whether the model solves it; ``refused``: the rows that
        this model cannot be asked, and why. A row's ``line`` is that of the file; of rows, which one
        it is, from 1.

    Raises:
        BadFileError: no table of prompts, with the line. BadInputError: a model without a tokenizer.

    >>> facts = excise.task(model, [{"prompt": "He shook his", "answer": " head", "foil": " nose"}])
    >>> facts["solved"], facts["prompts"][0]["answer"]["pieces"]
    (1, [' head'])
    """
    check_model(model)
    file, rows = _file_and_rows("task", "prompts", prompts)
    report, finish = reporter(progress)
    try:
        return cast(dict[str, Any], json.loads(_core.list_task(model._core, file, rows, report)))
    finally:
        finish()
