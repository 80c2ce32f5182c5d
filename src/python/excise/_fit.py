"""Bases that the engine fits to a text."""
from __future__ import annotations

import json
from collections.abc import Sequence

from excise import _core
from excise._bases import Basis
from excise._checks import bad_input, check_counts, check_names, text_of
from excise._keywords import keywords
from excise._model import Model, check_model
from excise._progress import Report, reporter
from excise._types import Text
from excise._words import in_python


@keywords
def fit(model: Model, text: Text | Sequence[Text] | None = None, *,
        class_texts: Sequence[Text] = (),
        basis: str = "svd", hook: str = "blocks.*.mlp.hook_pre", components: int = 0,
        class_tokens: Sequence[str] = (), shrinkage: float | None = None,
        preset: str | None = None, centre: str | None = None, restore: str | None = None,
        window: int = 0, hold_out: bool = True, seed: int = 0,
        progress: bool | Report | None = None) -> Basis:
    """Fits a basis at any hooks over a text of any length, and tests it on the part of the text
    that was held out: ``excise fit``, with its options.

    Args:
        model: made by `load`.
        text: one or several, or the ``Path`` of a file each, of any length: each is cut into windows of the model's context.
            baker-7m has a paragraph of its own.
        class_texts: instead of `text`, one (or its ``Path``) for each class ("leace": two or more, others: two).
        basis: "svd", "ica", "ged", "diff-means", "leace", "first-pc" or "random".
        hook: a name or pattern; one basis for each hook that it means.
        components: how many to fit; 0: "svd" 64, "ica" and "random" 16, "ged" 1.
        class_tokens: regular expressions on token text, one for each class; or one: all other
            tokens are the second class.
        shrinkage: 0 to 1, of the covariance of "ged" (default 0.01) and "leace" (0).
        preset: of "svd": "pca" (centre and restore neuron; the default) or "published".
        centre: of "svd": mean subtracted before: "none", "neuron" or "token".
        restore: of "svd": mean added back, the same names.
        window: tokens that the model reads at once; 0: its context, 2048 at most.
        hold_out: hold out every fifth window (of each class, where texts are classes), where there
            are so many, and test on them.
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
    check_model(model)
    check_names("fit", "class_texts", text_of(class_texts))
    check_names("fit", "class_tokens", class_tokens)
    if text is not None and class_texts:
        raise bad_input("fit", "text", "text or class_texts", "both")
    if text is None and not class_texts:
        if model.name != "baker-7m":
            raise bad_input("fit", "text", "a text, or class_texts", "none")
        text = _core.bundled_text()
    given = text_of(class_texts if text is None else text)
    texts = [given] if isinstance(given, str) else given
    check_names("fit", "text", texts)
    check_names("fit", "basis, hook", (basis, hook))
    check_counts("fit", 0, components=components, window=window, seed=seed)
    report, finish = reporter(progress)
    try:
        fitted, found = _core.fit(
            model._core, basis, hook, list(texts), text is None, list(class_tokens), components,
            shrinkage, preset, centre, restore, window, hold_out, seed, report)
    finally:
        finish()
    content = json.loads(found)
    del content["file"]
    for each in content["hooks"]:
        if "note" in each:
            each["note"] = in_python(each["note"])
    return Basis(fitted, report=content)
