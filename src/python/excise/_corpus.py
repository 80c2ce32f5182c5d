"""Many texts, each counted once: ``excise corpus`` and ``excise merge``."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from excise import _core, _toml
from excise._checks import bad_input, check_names, counts
from excise._experiments import _layers, _name, control_counts
from excise._keywords import keywords
from excise._model import Model
from excise._parquet import as_json_lines
from excise._progress import Report, reporter
from excise._results import Result, from_outcome
from excise._types import Integers, Layers

if TYPE_CHECKING:
    from distributed import Client

Path = str | os.PathLike[str]


@keywords
def corpus(model: Model, texts: Path | Sequence[Path], *, field: str = "text", unit: str = "",
           group: str = "", window: int = 0, overlap: int = 0, windows_per_text: int = 0,
           sample: int = 0, strict: bool = False, keep_tokens: bool = False,
           preset: str | None = None, centre: str | None = None, restore: str | None = None, basis: str = "svd",
           basis_file: Path | None = None, components: int | None = None,
           corpus: Path | None = None, class_tokens: Sequence[str] | None = None,
           class_files: Sequence[Path] | None = None, shrinkage: float | None = None,
           remove: str | SupportsIndex | Integers | None = None, hook: str | None = None,
           positions: str = "all", token_pattern: str | None = None, layers: Layers = "all",
           cells: str = "all", controls: Mapping[str, int] | Sequence[str] | None = None,
           together: str | None = None, coordinates: str = "clean",
           variants: str | Sequence[str] = (), parts: bool = False, seed: int = 0,
           permutations: int = 10000, executor: str = "wavefront", compute: str = "f32",
           check_rounding: str = "sample", memory_limit: int | str = 0, threads: int = 0,
           journal: Path | None = None, shard: str | None = None,
           client: Client | None = None, shards: int | None = None,
           progress: bool | Report | None = None) -> Result:
    """The sweep of many texts, with tests over texts, or over what `unit` names: ``excise corpus``,
    with its options.

    Args:
        model: made by `load`.
        texts: files and folders: .txt a text each, .jsonl a text a line, .csv and .tsv a text a
            row; .parquet a text a row (needs pyarrow).
        field: which field or column is the text.
        unit: field whose values are the independent units; "folder": that of the file; default
            each text.
        group: field whose values are also measured apart.
        window: tokens of a window; 0: 256, or the context of the model.
        overlap: tokens of the window before that a window begins with, as context.
        windows_per_text: at most so many windows of each text, drawn by the seed; 0: all.
        sample: so many of the texts, drawn by the seed; 0: all.
        strict: a text that cannot be measured is an error; else it is left out, and listed.
        keep_tokens: also keep what the edit does to each token, at each layer: `Result.tokens`.
        corpus: a file that one basis for all texts is fitted on.
        basis_file: a basis that `Basis.save` or ``excise fit`` wrote, for all texts.
        preset, centre, restore, basis, components, class_tokens, class_files: as for `sweep`.
        shrinkage, remove, hook, positions, token_pattern, layers, cells: as for `sweep`.
        controls, together, coordinates, seed, permutations, executor: as for `sweep`.
        variants, parts: as for `sweep`, over texts or units (parts.csv, variants.csv).
        compute, check_rounding, memory_limit, threads, progress: as for `sweep`.
        journal: a file that keeps what is measured as it is measured: the same call goes on with
            it, however the last one ended. With `client`, a folder.
        shard: "2/5": only that part, for `merge`; needs a journal.
        client: of Dask (``distributed.Client``): shards run on its workers, which must see model
            and texts under the same paths.
        shards: with `client`: how many; default four a worker.

    Raises:
        BadInputError: an option that cannot be; a journal of another run, by what differs.

    >>> result = excise.corpus(model, stories, layers=[0, 11])
    >>> result.manifest["n_units"]
    3
    """
    paths = [texts] if isinstance(texts, (str, os.PathLike)) else list(texts)
    if remove is not None and not isinstance(remove, str):
        remove = counts("corpus", "remove", remove)
    if hook is not None:
        check_names("corpus", "hook", (hook,))
    if shard is not None and (journal is None or client is not None):
        raise bad_input("corpus", "shard", "a journal beside it, and no client", shard)
    _name(model)  # refuses what is no model
    with as_json_lines(paths, [field, unit, group]) as files:
        experiment = _toml.dumps({
            "schema": "excise.corpus-experiment/1", "model": model._core.given,
            "texts": [os.fspath(path) for path in files], "field": field, "unit": unit,
            "group": group, "window": window, "overlap": overlap,
            "windows_per_text": windows_per_text, "sample": sample, "strict": strict,
            "keep_tokens": keep_tokens, "preset": preset, "centre": centre, "restore": restore, "basis": basis,
            "basis_file": basis_file, "components": components, "corpus": corpus,
            "class_tokens": class_tokens or None, "class_files": class_files or None,
            "shrinkage": None if shrinkage is None else float(shrinkage),
            "remove": (0,) if remove is None else remove, "hook": hook, "positions": positions,
            "token_pattern": token_pattern, "layers": _layers(layers), "cells": cells,
            "controls": control_counts("corpus", controls) or None, "together": together,
            "coordinates": coordinates,
            "variants": variants if isinstance(variants, str) else ",".join(variants),
            "parts": parts, "seed": seed, "permutations": permutations,
            "executor": executor, "compute": compute, "check_rounding": check_rounding,
            "memory_limit": _core.parse_bytes(str(memory_limit)), "threads": threads})
        report, finish = reporter(progress)
        try:
            if client is not None:
                from excise._cluster import measured

                with measured(client, model, experiment, journal, shards, threads,
                              report) as journals:
                    return from_outcome(_core.merge_journals(journals, report))
            return from_outcome(_core.corpus(
                model._core, experiment, "options", False, report,
                "" if journal is None else os.fspath(journal), shard or ""))
        finally:
            finish()


@keywords
def merge(folders: Sequence[Path], *, progress: bool | Report | None = None) -> Result:
    """One result of the shards of a corpus: ``excise merge``.

    Args:
        folders: that ``excise corpus --shard`` wrote, or `Result.save` of `corpus` with `shard`;
            all of a run, in any order.
        progress: as for `sweep`.

    Raises:
        BadInputError: shards that are missing, there twice, or of another run, by name.
    """
    report, finish = reporter(progress)
    try:
        journals = _core.shard_journals([os.fspath(folder) for folder in folders])
        return from_outcome(_core.merge_journals(journals, report))
    finally:
        finish()
