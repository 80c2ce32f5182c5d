"""A corpus on the workers of Dask: one task a shard, which gives its journal.

What travels is the experiment and paths, never a model; a shard that was lost runs again, and gives
the same bytes. The folder of journals is the driver's: what is in it is not measured again.
"""
from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any

from excise import _core
from excise._checks import bad_input
from excise._model import Model, load
from excise._progress import Report
from excise.errors import Error

_SHARDS_A_WORKER = 4  # few enough to start, enough that a lost one costs little
_opened: dict[tuple[str, str, str, int], Model] = {}  # of this worker


def _measure_shard(given: str, reading: tuple[str, str], fingerprint: str, experiment: str,
                   shard: str, threads: int, cancelled: str) -> bytes:
    """On a worker."""
    distributed: Any = importlib.import_module("distributed")
    key = (given, *reading, threads)
    if key not in _opened:
        _opened.clear()  # one at a time
        _opened[key] = load(given, bos=reading[0], special_tokens=reading[1], threads=threads)
    model = _opened[key]
    if model._core.fingerprint != fingerprint:
        raise bad_input("corpus", given, "the model of the driver on the worker", "another one")
    event, last = distributed.Event(cancelled), [-1]

    def report(stage: str, done: int, total: int) -> None:
        batch = done // 100  # parts of a batch
        if batch != last[0]:
            last[0] = batch
            if event.is_set():
                raise RuntimeError("cancelled")

    with tempfile.TemporaryDirectory(prefix="excise-shard-") as folder:
        journal = pathlib.Path(folder) / "journal"
        _core.corpus(model._core, experiment, "options", False, report, str(journal), shard)
        return journal.read_bytes()


def _keep(path: pathlib.Path, content: bytes) -> None:
    """Whole or not at all."""
    hidden = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    hidden.write_bytes(content)
    os.replace(hidden, path)


@contextlib.contextmanager
def measured(client: Any, model: Model, experiment: str, folder: str | os.PathLike[str] | None,
             shards: int | None, threads: int, report: Report | None) -> Iterator[list[str]]:
    """The journals of all shards. Raises for those that failed, by number, once the others are
    kept."""
    distributed: Any = importlib.import_module("distributed")
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise bad_input("corpus", "client", "a cluster with a worker", "none",
                        "client.wait_for_workers(1) waits for one")
    count = shards or _SHARDS_A_WORKER * len(workers)
    each = threads or min(worker["nthreads"] for worker in workers.values())
    with contextlib.ExitStack() as stack:
        place = pathlib.Path(folder or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="excise-corpus-")))
        place.mkdir(parents=True, exist_ok=True)
        paths = [place / f"shard-{i}-of-{count}.journal" for i in range(1, count + 1)]
        left = [i for i, path in enumerate(paths) if not path.exists()]
        cancelled = distributed.Event(f"excise-{uuid.uuid4().hex}", client=client)
        reading = (model._core.bos, model._core.special_tokens)
        futures: dict[Any, int] = {
            client.submit(_measure_shard, model._core.given, reading, model._core.fingerprint,
                          experiment, f"{i + 1}/{count}", each, cancelled.name, pure=False): i
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
            raise Error(f"[corpus] shard {i + 1}/{count}: expected its journal, got "
                        f"{type(why).__name__}: {why}; {count - len(failed)} of {count} shards are "
                        f"done" + (f" and kept in {place}: the same call does the others"
                                   if folder else "")) from why
        yield [str(path) for path in paths]
