"""What Jupyter shows of a result: its words, the main figure, a short table; the report on demand."""
from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ROWS = 48  # layers, beyond which a table is no glance


@dataclass(frozen=True)
class Report:
    """The report of a result as a page. Jupyter shows it in a frame of its own."""

    html: str = field(repr=False)  # a megabyte

    def _repr_html_(self) -> str:
        return (f'<iframe srcdoc="{html.escape(self.html)}" style="width: 100%; height: 800px; '
                'border: 0" sandbox="allow-scripts allow-downloads"></iframe>')


def cell(summary: str, content: Mapping[str, Any], figure: str | None) -> str:
    """figure: SVG of the engine."""
    parts = [f"<p>{html.escape(summary)}</p>"]
    if figure is not None:
        parts.append(f'<div style="max-width: 760px">{figure}</div>')
    parts.append(_layers(content))
    if figure is not None:
        parts.append('<p style="opacity: 0.6">All figures: <code>result.report</code>, or '
                     "<code>result.save(folder)</code></p>")
    return "".join(parts)


def _layers(content: Mapping[str, Any]) -> str:
    """The effect at each layer of a sweep, over all tokens that it can reach, or over a task's
    prompts; nothing of others."""
    rows = content.get("layers")
    if not isinstance(rows, list) or not all(
            isinstance(row, Mapping) and isinstance(row.get("default_n"), Mapping) for row in rows):
        return ""
    second = any(isinstance(row.get("ewc"), Mapping) for row in rows)
    of_task = str(content.get("schema")).startswith("excise.task")
    heads = ["layer", "share %", "nats a prompt" if of_task else "nats a token", "95 % interval", "t", "q"]
    if second:
        heads.append("q, second opinion")
    lines = ["".join(f"<th>{head}</th>" for head in heads)]
    for row in rows[:_ROWS]:
        test = row["default_n"]
        low, high = test.get("ci95") or (None, None)
        cells = [str(row.get("layer")), _number(row.get("share"), 1), _number(test.get("mean"), 4),
                 f"{_number(low, 4)} to {_number(high, 4)}", _number(test.get("t"), 2),
                 _probability(test.get("q"))]
        if second:
            cells.append(_probability(row.get("ewc", {}).get("q")))
        lines.append("".join(f"<td>{html.escape(each)}</td>" for each in cells))
    more = len(rows) - _ROWS
    tail = f"<p>and {more} further layers: <code>result.layers</code></p>" if more > 0 else ""
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>" + tail


def _probability(value: object) -> str:
    """Never 0: the least that is stored stands for all that double precision cannot hold."""
    if not isinstance(value, int | float):
        return "–"
    return "< 1e-300" if value < 1e-300 else f"{value:.2g}"


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "–"
