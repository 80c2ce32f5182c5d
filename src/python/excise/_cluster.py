"""A corpus on the workers of Dask: one task a shard, which gives its journal.

What travels is the experiment and paths, never a model or a text; a shard that was lost runs again,
and gives the same bytes. The folder of journals is the driver's: what is in it is not measured again.
"""
from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from typing import Any

from excise import _core
from excise._checks import bad_input
from excise._inputs import digest_of, digests_of
from excise._model import Model, load
from excise._progress import Report
from excise.errors import BadInputError, Error, IoError

_SHARDS_A_WORKER = 4  # few enough to start, enough that a lost one costs little
_SECONDS_BETWEEN = 0.5  # looks at whether a shard is wanted still
_opened: dict[tuple[str, str, str, int], Model] = {}  # of this worker
_checked: set[tuple[str, str]] = set()  # experiments whose files are the driver's, on this worker


class OtherInputs(Exception):
    """A worker's files are not the driver's: (its address, their digests)."""


def _this_worker() -> str:
    distributed: Any = importlib.import_module("distributed")
    return str(distributed.get_worker().address)


def _check_inputs(experiment: str, digest: str) -> None:
    if (experiment, digest) in _checked:
        return
    mine = digests_of(experiment)
    if digest_of(mine) != digest:
        raise OtherInputs(_this_worker(), mine)
    _checked.add((experiment, digest))


def _open(given: str, reading: tuple[str, str], fingerprint: str, threads: int) -> Model:
    """The driver's model."""
    subject, key = f"model {given} on worker {_this_worker()}", (given, *reading, threads)
    if key not in _opened:
        _opened.clear()  # one at a time
        try:
            _opened[key] = load(given, bos=reading[0], special_tokens=reading[1], threads=threads)
        except Error as error:
            raise bad_input("corpus", subject, "that of the client", f"an error: {error}") from None
    found = _opened[key]._core.fingerprint
    if found != fingerprint:
        raise bad_input("corpus", subject, f"that of the client, fingerprint {fingerprint}",
                        f"fingerprint {found}")
    return _opened[key]


def _measure_shard(given: str, reading: tuple[str, str], fingerprint: str, experiment: str,
                   inputs: str, shard: str, threads: int, cancelled: str) -> bytes:
    """On a worker."""
    distributed: Any = importlib.import_module("distributed")
    _check_inputs(experiment, inputs)
    model = _open(given, reading, fingerprint, threads)
    event, asked = distributed.Event(cancelled), [0.0]

    def report(stage: str, done: int, total: int) -> None:
        if time.monotonic() - asked[0] > _SECONDS_BETWEEN:
            if event.is_set():
                raise RuntimeError("cancelled")
            asked[0] = time.monotonic()

    with tempfile.TemporaryDirectory(prefix="excise-shard-") as folder:
        journal = pathlib.Path(folder) / "journal"
        _core.corpus(model._core, experiment, "options", False, report, str(journal), shard)
        return journal.read_bytes()


def _engine() -> tuple[str, str]:
    """On a worker: what its numbers hang on."""
    return _core.version(), _core.processor_instructions()


def check_workers(client: Any) -> dict[str, Any]:
    """Those that are there, by address.

    Raises:
        BadInputError: there is none; one has another version of excise, or none; their processors
            are of several kinds, which give other last digits.
    """
    workers = dict(client.scheduler_info(n_workers=-1)["workers"])
    if not workers:
        raise bad_input("corpus", "client", "a cluster with a worker", "none",
                        "client.wait_for_workers(1) waits for one")
    version, first = _core.version(), None
    for address, found in client.run(_engine, on_error="return").items():
        if isinstance(found, BaseException) or found[0] != version:
            raise bad_input("corpus", f"worker {address}", f"excise {version}, as here",
                            f"{type(found).__name__}: {found}" if isinstance(found, BaseException)
                            else f"excise {found[0]}")
        first = first or (address, found[1])
        if found[1] != first[1]:
            raise bad_input("corpus", f"worker {address}", f"the processor instructions of {first[0]}, "
                            f"{first[1]}", str(found[1]), "take workers of one kind")
    return workers


def _keep(path: pathlib.Path, content: bytes) -> None:
    """Whole or not at all."""
    hidden = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    hidden.write_bytes(content)
    os.replace(hidden, path)


def shards_in(place: pathlib.Path) -> list[int]:
    """Of each journal of a shard that is there, of how many it is one."""
    names = (re.fullmatch(r"shard-\d+-of-(\d+)\.journal", path.name) for path in place.iterdir())
    return [int(name[1]) for name in names if name]


def _why(failure: BaseException, experiment: str) -> str:
    """In words, of a task."""
    if not isinstance(failure, OtherInputs):
        return f"{type(failure).__name__}: {failure}"
    worker, theirs = failure.args
    mine = digests_of(experiment)
    path = next(iter(sorted(path for path in {*mine, *theirs} if mine.get(path) != theirs.get(path))), "")
    here, there = ("nothing" if digest is None else f"content {digest[:16]}"
                   for digest in (mine.get(path), theirs.get(path)))
    return str(bad_input("corpus", f"{path} on worker {worker}", f"what the client has, {here}", there,
                         "" if os.path.isabs(path) else "paths from the root say the same everywhere"))


@contextlib.contextmanager
def measured(client: Any, model: Model, experiment: str, folder: str | os.PathLike[str] | None,
             shards: int | None, threads: int, report: Report | None,
             again: str = "the same call") -> Iterator[list[str]]:
    """The journals of all shards. Raises for those that failed, by number, once the others are
    kept. again: what does those."""
    distributed: Any = importlib.import_module("distributed")
    workers = check_workers(client)
    each = threads or min(worker["nthreads"] for worker in workers.values())
    with contextlib.ExitStack() as stack:
        place = pathlib.Path(folder or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="excise-corpus-")))
        place.mkdir(parents=True, exist_ok=True)
        before = set(shards_in(place))  # a run goes on in its own parts
        count = shards or (before.pop() if len(before) == 1 else _SHARDS_A_WORKER * len(workers))
        paths = [place / f"shard-{i}-of-{count}.journal" for i in range(1, count + 1)]
        left = [i for i, path in enumerate(paths) if not path.exists()]
        if report is not None:
            report("shards", count - len(left), count)
        cancelled = distributed.Event(f"excise-{uuid.uuid4().hex}", client=client)
        reading = (model._core.bos, model._core.special_tokens)
        inputs = digest_of(digests_of(experiment))
        futures: dict[Any, int] = {
            client.submit(_measure_shard, model._core.given, reading, model._core.fingerprint,
                          experiment, inputs, f"{i + 1}/{count}", each, cancelled.name, pure=False): i
            for i in left}
        failed: dict[int, BaseException] = {}
        try:
            for done, future in enumerate(distributed.as_completed(list(futures)), count - len(left) + 1):
                i = futures[future]
                if future.status == "finished":
                    _keep(paths[i], future.result())
                else:
                    failed[i] = future.exception() or RuntimeError(future.status)
                future.release()
                if report is not None:
                    report("shards", done, count)
        except BaseException:
            cancelled.set()
            client.cancel(list(futures))
            raise
        if failed:
            i, why = min(failed.items())
            error = (BadInputError if isinstance(why, OtherInputs) else
                     type(why) if isinstance(why, Error) else IoError)
            raise error(f"[corpus] shard {i + 1}/{count}: expected its journal, got "
                        f"{_why(why, experiment)}; {count - len(failed)} of {count} shards are done"
                        + (f" and kept in {place}: {again} does the others" if folder else "")) from why
        yield [str(path) for path in paths]
