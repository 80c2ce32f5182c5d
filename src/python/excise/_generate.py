"""Continuations of a text by the clean and the edited model."""
from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise._checks import bad_input, check_counts
from excise._edit_files import EditLike, as_edits, open_edits
from excise._edits import Removal
from excise._keywords import keywords
from excise._model import Model, check_model
from excise._progress import Report, reporter
from excise._types import Ids, Text


@dataclass(frozen=True)
class Continuation:
    """One way in which the text goes on."""

    branch: str
    """"clean" or "edited"."""
    sample: int
    """From 0; clean and edited of one sample draw with the same random numbers."""
    text: str
    """Bytes that are no whole character are U+FFFD."""
    ids: NDArray[np.int64]
    """[new tokens]"""
    tokens: list[str]
    """The text of each token."""
    logprobs: NDArray[np.float64]
    """[new tokens], nats: log p of each token by the model's own distribution, whatever the
    temperature."""
    stop: str
    """Why it ends: "max_tokens", "end_of_text" or "context"."""
    windows: int
    """Above 1: the context slid."""

    def __str__(self) -> str:
        return self.text


class Generation(Sequence[Continuation]):
    """What `generate` gives: a sequence of `Continuation`. ``str()`` is the text; of
    several, such as clean and edited, all of them, labelled. In Jupyter they stand side by side."""

    def __init__(self, model: Model, content: dict[str, Any]) -> None:
        self._content = content
        self._all = []
        for one in content["continuations"]:
            ids = np.asarray(one["ids"], np.int64)
            self._all.append(Continuation(
                one["branch"], one["sample"], one["text"] or "", ids,
                model.to_str_tokens(ids) if model.has_tokenizer else [],
                np.asarray(one["logprobs"], np.float64), one["stop"], one["windows"]))

    @property
    def json(self) -> dict[str, Any]:
        """What ``excise generate --json`` prints (docs/formats.md)."""
        return dict(self._content)

    @property
    def prompt(self) -> str:
        return str(self._content["prompt"])

    @property
    def text(self) -> str:
        """Of the first continuation: the edited one, where there is an edit."""
        return (self.edited or self[0]).text

    @property
    def clean(self) -> Continuation | None:
        """The first one of the clean model, if it ran."""
        return self._first("clean")

    @property
    def edited(self) -> Continuation | None:
        """The first one of the edited model, if there is an edit."""
        return self._first("edited")

    def _first(self, branch: str) -> Continuation | None:
        return next((each for each in self._all if each.branch == branch), None)

    @overload
    def __getitem__(self, index: int) -> Continuation: ...
    @overload
    def __getitem__(self, index: slice) -> list[Continuation]: ...

    def __getitem__(self, index: int | slice) -> Continuation | list[Continuation]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def __str__(self) -> str:
        if len(self._all) == 1:
            return self.text
        return "\n\n".join(f"{each.branch} {each.sample}: {each.text}" for each in self._all)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{each.branch} {each.sample}: {len(each.ids)} tokens, {each.stop}, "
                          f"{each.text!r}" for each in self._all)
        return f"<excise.Generation {kinds}>"

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<td style="text-align: left; vertical-align: top; white-space: pre-wrap">'
            f"<b>{html.escape(each.branch)} {each.sample}</b><br>"
            f'<span style="opacity: 0.6">{html.escape(self.prompt)}</span>'
            f"{html.escape(each.text)}</td>" for each in self._all)
        return f"<table><tr>{cells}</tr></table>"


# Called with (new text, branch, sample).
OnText = Callable[[str, str, int], object]


@keywords
def generate(model: Model, prompt: Text | Ids, *, edit: EditLike | Iterable[EditLike] = (),
             compare: bool = False, max_tokens: int = 100, temperature: float = 0.0,
             top_k: int = 0, top_p: float = 1.0, seed: int = 0, samples: int = 1,
             past_context: str = "stop", ignore_end: bool = False,
             on_text: OnText | None = None, progress: bool | Report | None = None) -> Generation:
    """Continues a text with the clean or the edited model: ``excise generate``, with its options.

    Edits are those that are active on the model (`Model.edit`), then `edit`. Functions get the new
    tokens only, ``[new tokens, ...]``, first the prompt's and then one by one;
    ``ctx.position`` is the position of the first. At ``ln_final.hook_normalized`` it is only the
    last of them, which the next token is drawn from. Keys and values of earlier tokens are kept.

    Args:
        model: made by `load`.
        prompt: a text, the ``Path`` of a file with it, or token ids [tokens].
        edit: edit files (`load_edit`, or their paths), one or several.
        compare: the clean model's continuations beside the edited one's.
        max_tokens: new tokens at most.
        temperature: 0: always the most likely token.
        top_k: draw from the k most likely tokens; 0: from all.
        top_p: draw from the most likely tokens that together reach p, above 0 to 1.
        seed: of the draws.
        samples: continuations of the one prompt; more than one needs a temperature.
        past_context: when the context is full: "stop", or "slide" (keep its second half as a new
            window).
        ignore_end: go on after ``<|endoftext|>``.
        on_text: called with (text, branch, sample) as soon as there is new text, for all
            continuations.
        progress: as for `sweep`; no bar where `on_text` is given.

    Raises:
        BadInputError: an option that cannot be, an empty or too long prompt; an edit that does not
            fit the model; ``svd()``, which needs a whole text.
        Exception: what a function raises.

    >>> text = excise.generate(model, "The detective looked at the", max_tokens=5)
    >>> len(text[0].ids), text[0].stop
    (5, 'max_tokens')
    """
    check_model(model)
    if past_context not in ("stop", "slide"):
        raise bad_input("generate", "past_context", "stop or slide", repr(past_context))
    check_counts("generate", 0, max_tokens=max_tokens, top_k=top_k, seed=seed)
    check_counts("generate", 1, samples=samples)
    ids = model._ids(prompt)
    native, functions = model._edits_for_generation(as_edits(edit))
    if compare and not native and not functions:
        raise bad_input("generate", "compare", "an edit to compare with the clean model", "none",
                        "give edit=..., or call inside `with model.edit(...):`")
    if samples > 1 and temperature == 0:
        raise bad_input("generate", "samples", "a temperature above 0 beside it",
                        "temperature 0, which gives the same text each time")
    for hook, function in functions:
        if isinstance(function, Removal) and not function.needs_no_text():
            raise bad_input("generate", f"edit at {hook}", "a basis that is fitted already",
                            "one that is fitted to the text at hand",
                            "fit one with excise.fit, or with scikit-learn")
    report, finish = reporter(False if progress is None and on_text else progress)
    try:
        content = _core.generate(
            model._core, ids, open_edits(model._core, native),
            [(hook, model._growing(hook, function)) for hook, function in functions],
            compare, samples, max_tokens, temperature, top_k, top_p, seed,
            past_context == "slide", ignore_end, on_text, report)
    finally:
        finish()
    return Generation(model, json.loads(content))
