"""The files that a corpus reads, by their content: so that two machines can tell whether they have the
same."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import tomllib

from excise import _core

Digests = dict[str, str | None]  # by path, as it is given; None: nothing is there


def _digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()
    except OSError:
        return None


def _below(path: str) -> list[str]:
    """The files of a folder, or the file."""
    if not os.path.isdir(path):
        return [path]
    return sorted(str(each) for each in pathlib.Path(path).rglob("*") if each.is_file())


def digests_of(experiment: str) -> Digests:
    """Of the files that an experiment names, but for its model."""
    spec = tomllib.loads(experiment)
    others = [spec.get("basis_file"), spec.get("corpus"), *spec.get("class_files", [])]
    paths = [*_core.corpus_files(spec["texts"]),
             *(path for other in others if other for path in _below(other))]
    return {path: _digest(path) for path in dict.fromkeys(paths)}


def digest_of(digests: Digests) -> str:
    """One for all."""
    return hashlib.blake2b(json.dumps(digests, sort_keys=True).encode()).hexdigest()
