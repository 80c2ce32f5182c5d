"""What an experiment found: the files of a result folder, whether it is saved or not."""
from __future__ import annotations

import functools
import json
import os
import pathlib
import tempfile
from typing import Any

from numpy.typing import NDArray

from excise import _core
from excise._cell import Report, cell
from excise._checks import unknown_name
from excise._concept_edit import concept_edit
from excise._edit_files import Edit
from excise._result_files import Bytes, FolderFiles, HeldFiles, ResultFiles, content_of, held
from excise._tables import read_table
from excise._words import in_python
from excise.errors import BadFileError

# Of the schema of results.json.
_KINDS = {"excise.results": "sweep", "excise.median": "median", "excise.lesion": "lesion",
          "excise.concept-results": "concept", "excise.corpus": "corpus",
          "excise.task-sweep": "task", "excise.corpus-shard": "shard"}


class Result:
    """What an experiment found. docs/formats.md explains every column, key and array.

    ``print(result)`` gives the summary in words. What has not been saved is held by the result
    alone, with all its files; pickled, any result has them.
    """

    def __init__(self, files: ResultFiles) -> None:
        self._files = files

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (content_of(self._files),)

    def __copy__(self) -> Result:
        return _opened(self._files)

    def __deepcopy__(self, memo: Any) -> Result:
        return _opened(self._files)  # nothing changes files that are held

    def _text(self, name: str) -> str:
        try:
            return self._files.read(name).tobytes().decode()
        except UnicodeDecodeError as error:
            raise BadFileError(f"[results] {name}: expected UTF-8, got {error.reason}") from None

    @functools.cached_property
    def json(self) -> dict[str, Any]:
        """The content of results.json."""
        try:
            content = json.loads(self._text("results.json"))
        except ValueError as error:
            raise BadFileError(f"[results] results.json: expected JSON, got {error}") from None
        schema = content.get("schema") if isinstance(content, dict) else None
        if not str(schema).startswith("excise."):
            raise BadFileError("[results] results.json: expected a schema of excise, "
                               f"got {json.dumps(schema)}")
        return dict(content)

    @property
    def kind(self) -> str:
        """What was run: "sweep", "median", "lesion", "concept", "corpus", "task" or "shard"."""
        return _KINDS.get(str(self.json["schema"]).split("/")[0], "another kind")

    @property
    def summary(self) -> str:
        """What came out, in a paragraph."""
        return in_python(str(self.json["summary"]))

    @property
    def headline(self) -> dict[str, Any]:
        """Of a sweep: the summary's numbers; empty for others."""
        return dict(self.json.get("headline", {}))

    @property
    def manifest(self) -> dict[str, Any]:
        """How the run was made: options, model, text, seed, machine, times."""
        return dict(self.json["manifest"])

    @property
    def files(self) -> list[str]:
        """Names of the files in the result folder."""
        return self._files.names()

    def table(self, name: str) -> Any:
        """A CSV file of the folder, e.g. "layers.csv": a pandas DataFrame where pandas is
        installed, else a dict of arrays."""
        tables = [each for each in self.files if each.endswith(".csv")]
        if tables and name not in tables:  # none: the folder is gone, which reading says
            raise unknown_name("results", name,
                               f"a table of this result of {self.kind}: {', '.join(tables)}",
                               "none of them", 'result.table("NAME.csv") reads one')
        return read_table(self._text(name))

    @functools.cached_property
    def layers(self) -> Any:
        """Of a sweep or corpus: one row a layer and branch; of a task: one row a layer and group; as
        `table`."""
        return self.table("task_layers.csv" if self.kind == "task" else "layers.csv")

    @functools.cached_property
    def tokens(self) -> Any:
        """Of a sweep: one row a branch, layer and token; of a corpus that kept them: one a token
        and layer; as `table`."""
        return self.table("tokens.csv")

    @functools.cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything per token, and the matrices of the detail layer: read-only views of the
        mapped file."""
        return self._files.arrays()

    @property
    def experiment(self) -> str:
        """The TOML text that repeats the run, for `excise.run` or ``excise run``."""
        return self._text("experiment.toml")

    def save(self, folder: str | os.PathLike[str], force: bool = False) -> pathlib.Path:
        """Writes the result folder, whole or not at all.

        Args:
            folder: must not exist yet, or be empty.
            force: replace an earlier result folder.

        Raises:
            BadInputError: the folder exists. IoError: it cannot be written.
        """
        path = pathlib.Path(folder)
        _core.write_folder(path, content_of(self._files), force)
        return path

    def __str__(self) -> str:
        return _core.without_controls(self.summary)

    def __repr__(self) -> str:
        manifest = self.manifest
        spec = manifest["spec"]
        texts = self.json.get("texts", [manifest])  # each says its tokens
        tokens = f"{len(texts)} texts, " if len(texts) > 1 else ""
        if "n_tokens" in manifest:
            tokens += f"{sum(text['n_tokens'] for text in texts)} tokens, "
        preset = f"preset {spec['preset']}, " if "preset" in spec else ""
        return _core.shown(f"<excise.Result {self.kind} of {manifest['model']['name']}: {tokens}{preset}"
                           f"{', '.join(self.files)}>")

    @property
    def report(self) -> Report:
        """The report, report.html of the folder; alone in a cell, Jupyter shows it.

        Raises:
            IoError: the folder has none.
        """
        return Report(self._text("report.html"))

    @functools.cached_property
    def figures(self) -> dict[str, str]:
        """The report's figures as SVG, by name, the main one first."""
        with self._files.folder() as folder:
            return dict(_core.figures(folder))

    def _repr_html_(self) -> str:
        """Summary, main figure and table: a few kB, where the report has 2 MB."""
        figure = next(iter(self.figures.values()), None) if "report.html" in self.files else None
        return cell(str(self), self.json, figure)


class ConceptResult(Result):
    """What `concept.fit` and `concept.test` found: a `Result`, and the edits that it chose."""

    @property
    def off(self) -> Edit:
        """The edit that switches the concept off, at the layer and strength that do it best."""
        return self._switch("off")

    @property
    def on(self) -> Edit:
        """The edit that switches it on."""
        return self._switch("on")

    def _switch(self, switch: str) -> Edit:
        with self._files.folder() as folder:
            return concept_edit(folder, switch)


def _opened(files: ResultFiles) -> Result:
    result = Result(files)
    schema = str(result.json["schema"])  # refuses what is no result
    return ConceptResult(files) if schema.startswith("excise.concept") else result


def _unpickled(content: dict[str, Bytes]) -> Result:
    return _opened(held(content))


def from_outcome(outcome: _core.Outcome) -> Result:
    """The result of an experiment that has just run."""
    with tempfile.TemporaryDirectory(prefix="excise-") as kept:
        folder = pathlib.Path(kept) / "result"
        outcome.save(folder, False)
        return _opened(HeldFiles(folder))


def load_result(folder: str | os.PathLike[str]) -> Result:
    """The result in a folder that an experiment wrote; files are read when they are asked for,
    arrays are mapped.

    Raises:
        IoError: it is not there. BadFileError: it is no result folder.
    """
    return _opened(FolderFiles(pathlib.Path(folder).absolute()))
