"""Concepts that switch off and on: ``excise concept``.

A concept is a file (schema ``excise.concept/1``, docs/formats.md; three come with the sources, in
experiments/concepts), or a dict with its keys: ``name``; ``with`` and ``without``, texts that have
it and texts that do not (or ``texts`` with [[marked]] words); ``words`` and ``control_words``,
single tokens with their blanks; ``control_text``; ``prompts``, which may be left out.
"""
from __future__ import annotations

import contextlib
import os
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Any

from excise import _core, _toml
from excise._checks import bad_input, check_counts, numbers
from excise._concept_edit import concept_edit
from excise._edit_files import Edit
from excise._experiments import _engine_keys, _layers, _run
from excise._keywords import keywords
from excise._model import Model, check_model
from excise._progress import Report
from excise._results import ConceptResult
from excise._types import Layers, Numbers

# A file, or its keys.
Concept = str | os.PathLike[str] | Mapping[str, Any]
# A result of `fit`, or its folder.
Fitted = ConceptResult | str | os.PathLike[str]

_SCHEMA = "excise.concept/1"


def _keys(concept: Concept) -> tuple[dict[str, Any], str]:
    """(the concept's keys, its source for messages)."""
    if isinstance(concept, Mapping):
        keys, source = dict(concept), "concept"
    else:
        source = os.fspath(concept)
        try:
            keys = tomllib.loads(_core.read_text(source))
        except tomllib.TOMLDecodeError as error:
            raise bad_input("concept", source, "TOML", str(error)) from None
    schema = keys.pop("schema", _SCHEMA)
    if schema != _SCHEMA:
        raise bad_input("concept", f"{source}: schema", _SCHEMA, str(schema))
    return keys, source


def _folder(fitted: Fitted) -> contextlib.AbstractContextManager[pathlib.Path]:
    """It, while the context is open."""
    if isinstance(fitted, ConceptResult):
        return fitted._files.folder()
    return contextlib.nullcontext(pathlib.Path(fitted))


def _run_concept(model: Model, concept: Concept, options: Mapping[str, Any],
                 progress: bool | Report | None) -> ConceptResult:
    keys, source = _keys(concept)
    experiment = _toml.dumps({"schema": "excise.concept-experiment/1"} | keys | dict(options))
    result = _run(_core.run_file, model, experiment, source, progress)
    assert isinstance(result, ConceptResult)
    return result


@keywords
def fit(model: Model, concept: Concept, *, method: str = "diff-means",
        hook: str = "blocks.*.mlp.hook_pre", layers: Layers = "all",
        alpha: Numbers = (0.5, 1, 2, 4), positions: str = "all",
        max_damage: float = 0.05, random: int = 40, sample_tokens: int = 40,
        temperature: float = 0.0, seed: int = 0, executor: str = "wavefront",
        compute: str = "f32", memory_limit: int | str = 0, threads: int = 0,
        progress: bool | Report | None = None) -> ConceptResult:
    """Finds a direction for the concept at each layer, switches it off and on, and says at which
    layer and strength that works best and what else it breaks: ``excise concept fit``, with its
    options.

    Args:
        model: made by `load`.
        concept: a concept file, or a dict with its keys.
        method: "diff-means", "leace", "ged" or "first-pc".
        hook: where: a hook; ``*`` stands for any layer.
        layers: "all", "0-11", "3,5", or a sequence of layers.
        alpha: strengths to try, above 0; off removes with 1 and reflects above 1.
        positions: tokens that are switched: "all", "1-", "0,5-9".
        max_damage: nats a token that the control text may change for a layer and strength to be
            chosen (the upper end of the 95 % interval).
        random: random directions of the same size to compare the chosen ones with; 0: none.
        sample_tokens: new tokens in the continuations of the concept's prompts; 0: none.
        temperature: of those; 0: always the most likely token.
        seed, executor, compute, memory_limit, threads, progress: as for `excise.sweep`.

    Raises:
        BadInputError: an option or a concept that cannot be: too few texts, words of several
            tokens. IoError: the file cannot be read.

    >>> him_her = {
    ...     "name": "him-her", "words": [" her", " she"], "control_words": [" the", " and"],
    ...     "with": [f"{who} said that she had lost her {what}." for who in ("Ann", "Mary", "Lucy")
    ...              for what in ("hat", "ring", "book")],
    ...     "without": [f"{who} said that he had lost his {what}." for who in ("Tom", "John", "Jack")
    ...                 for what in ("hat", "ring", "book")],
    ...     "control_text": "The rain fell on the roof all night.",
    ...     "prompts": ["The old friend came in and"]}
    >>> result = excise.concept.fit(model, him_her, layers=[3, 5], sample_tokens=5)
    >>> result.off.action, result.on.action
    ('remove', 'add')
    >>> text = excise.generate(model, "Then", edit=result.off, compare=True, max_tokens=5)
    """
    return _run_concept(model, concept, {
        "model": check_model(model).name, "method": method, "hook": hook, "layers": _layers(layers),
        "alpha": numbers("concept", "alpha", alpha), "positions": positions,
        "max_damage": float(max_damage), "random": random, "sample_tokens": sample_tokens, "temperature": float(temperature)
    } | _engine_keys(seed, executor, compute, memory_limit, threads), progress)


@keywords
def test(model: Model, concept: Concept, fitted: Fitted, *, hook: str = "blocks.*.mlp.hook_pre",
         layers: Layers = "all", alpha: Numbers = (0.5, 1, 2, 4),
         positions: str = "all", max_damage: float = 0.05, random: int = 40,
         sample_tokens: int = 40, temperature: float = 0.0, seed: int = 0,
         executor: str = "wavefront", compute: str = "f32", memory_limit: int | str = 0,
         threads: int = 0,
         progress: bool | Report | None = None) -> ConceptResult:
    """The same figures for an earlier fit, with other texts: ``excise concept test``.

    Args:
        model: made by `load`.
        concept: as for `fit`; the other texts.
        fitted: a result of `fit`, or its folder.
        hook, layers, alpha, positions, max_damage, random, sample_tokens, temperature: as for `fit`.
        seed, executor, compute, memory_limit, threads, progress: as for `excise.sweep`.

    Raises:
        BadInputError: as `fit`; a fit of another model.
    """
    with _folder(fitted) as folder:
        return _run_concept(model, concept, {
            "model": check_model(model).name, "basis_file": os.fspath(folder / "basis.safetensors"),
            "hook": hook, "layers": _layers(layers), "alpha": numbers("concept", "alpha", alpha),
            "positions": positions, "max_damage": float(max_damage), "random": random,
            "sample_tokens": sample_tokens, "temperature": float(temperature)
        } | _engine_keys(seed, executor, compute, memory_limit, threads), progress)


@keywords
def apply(fitted: Fitted, switch: str, *, alpha: float | None = None, layer: int | None = None,
          positions: str | None = None) -> Edit:
    """The edit that switches a fitted concept: that of ``excise concept apply``. What it does to a
    text: ``excise.generate(model, text, edit=..., compare=True)``.

    Args:
        fitted: a result of `fit`, or its folder.
        switch: "off" or "on".
        alpha: strength; default what the fit chose.
        layer: default what the fit chose.
        positions: tokens that are switched; default as fitted.

    Raises:
        BadInputError: another switch, a layer that was not fitted, a folder that is none of `fit`.
    """
    if layer is not None:
        check_counts("concept", 0, layer=layer)
    with _folder(fitted) as folder:
        return concept_edit(folder, switch, alpha, layer, positions)
