"""How far long work is, on standard error."""
from __future__ import annotations

import sys
import time
from collections.abc import Callable

from excise import _core

Report = Callable[[str, int, int], None]


class ProgressBar:
    """The program's own line, at most ten times a second."""

    def __init__(self) -> None:
        self._stage = ""
        self._started = self._drawn = 0.0
        self._width = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._started = stage, now
        elif now - self._drawn < 0.1 and done < total:
            return
        self._drawn = now
        self._write(_core.progress_line(stage, done, total, now - self._started))

    def _write(self, line: str) -> None:
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def clear(self) -> None:
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()


def _in_notebook() -> bool:
    """Whether this process is a notebook's kernel. Others may have loaded ipykernel too."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    return hasattr(get_ipython(), "kernel")


def reporter(progress: bool | Report | None) -> tuple[Report | None, Callable[[], None]]:
    """What to call with (stage, done, total), and what to call at the end. None: a bar where
    somebody can see it, on a terminal or in a notebook."""
    if progress is None:
        progress = sys.stderr.isatty() or _in_notebook()
    if isinstance(progress, bool):
        if not progress:
            return None, lambda: None
        bar = ProgressBar()
        return bar, bar.clear
    return progress, lambda: None
