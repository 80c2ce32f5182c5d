"""The files of a result: in a folder that somebody keeps, or held by the result alone."""
from __future__ import annotations

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise.errors import IoError

Bytes = NDArray[np.uint8]
_ARRAYS = "arrays.safetensors"


class ResultFiles(Protocol):
    """Read when they are asked for."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> Bytes: ...
    def arrays(self) -> dict[str, NDArray[Any]]: ...
    def folder(self) -> contextlib.AbstractContextManager[pathlib.Path]:
        """A folder that has them while the context is open."""
        ...


class FolderFiles:
    """In a folder that was saved."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(path.relative_to(self._folder).as_posix()
                      for path in self._folder.rglob("*") if not path.is_dir())

    def read(self, name: str) -> Bytes:
        path = self._folder / name
        try:
            return np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise IoError(f"[results] {path}: expected a file of a result folder, "
                          f"got {error.strerror}") from None

    def arrays(self) -> dict[str, NDArray[Any]]:
        return _core.read_safetensors(self._folder / _ARRAYS)

    @contextlib.contextmanager
    def folder(self) -> Iterator[pathlib.Path]:
        yield self._folder


class HeldFiles:
    """Mapped from files that have no name any more: nobody can change or remove them, a forked
    process has them too, and the system takes them back when the last one who maps them is gone.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        """Of a folder, which may go afterwards."""
        self._mapped = {name: _core.map_file(folder / name) for name in FolderFiles(folder).names()}
        self._arrays = (_core.read_safetensors(folder / _ARRAYS) if _ARRAYS in self._mapped else {})

    def names(self) -> list[str]:
        return sorted(self._mapped)

    def read(self, name: str) -> Bytes:
        if name not in self._mapped:
            raise IoError(f"[results] {name}: expected a file of this result: "
                          f"{', '.join(self.names())}, got none")
        return self._mapped[name]

    def arrays(self) -> dict[str, NDArray[Any]]:
        return dict(self._arrays)

    @contextlib.contextmanager
    def folder(self) -> Iterator[pathlib.Path]:
        with tempfile.TemporaryDirectory(prefix="excise-") as kept:
            folder = pathlib.Path(kept) / "result"
            _core.write_folder(folder, self._mapped, False)
            yield folder


def content_of(files: ResultFiles) -> dict[str, Bytes]:
    return {name: files.read(name) for name in files.names()}


def held(content: Mapping[str, Bytes]) -> HeldFiles:
    """Files with this content."""
    with tempfile.TemporaryDirectory(prefix="excise-") as kept:
        folder = pathlib.Path(kept) / "result"
        _core.write_folder(folder, dict(content), False)
        return HeldFiles(folder)
