"""What the program `excise` has this package do: it starts Python with a task (src/cli/python_package.cc).

A task reads a line of JSON from standard input, which then stays open as long as the program lives,
writes its answer or the message of its error to descriptor 3, and ends with the exit code of that error.
Everything else that is printed goes to standard error.
"""
from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import pathlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from excise._checks import bad_input
from excise.errors import Error

_CODES = {"bad_input": 2, "bad_file": 3, "unsupported": 4, "out_of_memory": 5, "io": 6}
_INTERNAL, _INTERRUPTED = 70, 130
_SECONDS = 5  # for a scheduler to answer
Request = dict[str, Any]


class _Interrupted(Exception):
    """With what is kept."""


def _parquet(folder: str, request: Request) -> object:
    """Tables of the result in a folder, into it."""
    from excise._parquet import write_parquet
    from excise._result_files import HeldFiles
    from excise._results import Result

    return [path.name for path in write_parquet(Result(HeldFiles(pathlib.Path(folder))), folder)]


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    distributed: Any = importlib.import_module("distributed")
    try:
        client = distributed.Client(address, timeout=_SECONDS)
    except Exception as error:  # what is no scheduler may answer anything
        silent = isinstance(error, (OSError, TimeoutError))
        raise bad_input("corpus", address, "the address of a Dask scheduler, such as tcp://node1:8786",
                        f"no answer within {_SECONDS} seconds" if silent else
                        f"what is none ({type(error).__name__}: {error})",
                        "dask scheduler prints its address when it starts") from None
    with client:
        yield client


def _connect(folder: str, request: Request) -> object:
    """Whether a scheduler answers, and has workers that can do it."""
    from excise._cluster import check_workers

    with _connected(request["address"]) as client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise bad_input("corpus", request["address"], "a scheduler with a worker", "none",
                            f"dask worker {request['address']} starts one")
        workers = check_workers(client)
        return {"threads": min(worker["nthreads"] for worker in workers.values())}


@contextlib.contextmanager
def _cluster(request: Request) -> Iterator[Any]:
    if request["address"]:
        with _connected(request["address"]) as client:
            yield client
        return
    distributed: Any = importlib.import_module("distributed")
    # No limit: Dask counts the pages of a mapped model as memory in use.
    with distributed.LocalCluster(n_workers=request["workers"], threads_per_worker=1, memory_limit=0,
                                  dashboard_address=None, silence_logs=logging.CRITICAL) as cluster, \
            distributed.Client(cluster) as client:
        yield client


def _shards(folder: str, request: Request) -> object:
    """Measures what a folder of shards lacks."""
    from excise._cluster import measured, shards_in
    from excise._model import load
    from excise._progress import reporter

    # When all ends at once, nobody is there to take back what the tracker holds: it does.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    report, finish = reporter(not request["quiet"])
    model = load(request["model"], bos=request["bos"], special_tokens=request["special_tokens"],
                 threads=request["threads"])
    try:
        with _cluster(request) as client, \
                measured(client, model, request["experiment"], folder, None, request["threads"],
                         report, "--resume") as journals:
            return journals
    except KeyboardInterrupt:
        kept = shards_in(pathlib.Path(folder))
        if not kept:
            os.rmdir(folder)
        raise _Interrupted(
            "[run] interrupted before the end; " + (
                f"{len(kept)} of {kept[0]} shards are kept in {folder}: --resume goes on with them"
                if kept else "no shard was done, and no result was written")) from None
    finally:
        finish()


_TASKS: dict[str, Callable[[str, Request], object]] = {
    "parquet": _parquet, "connect": _connect, "shards": _shards}


def _end_with_the_program() -> None:
    """Ends this process when standard input ends: the program that reads the answer is gone."""
    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(_INTERRUPTED)

    threading.Thread(target=watch, daemon=True).start()


def _line() -> str:
    """Of standard input, without reading ahead."""
    line = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode()


def _done(task: str, folder: str) -> tuple[int, str]:
    """The exit code, and the answer or message."""
    try:
        request = json.loads(_line())
        _end_with_the_program()
        return 0, json.dumps(_TASKS[task](folder, request))
    except _Interrupted as interrupted:
        return _INTERRUPTED, str(interrupted)
    except KeyboardInterrupt:
        return _INTERRUPTED, "[run] interrupted before the end; no result was written"
    except Error as error:
        return _CODES.get(error.code, _INTERNAL), str(error)
    except MemoryError:
        return _CODES["out_of_memory"], "[python] memory: expected more than there is"
    except OSError as error:
        return _CODES["io"], f"[python] {task}: {error}"
    except Exception as error:
        return _INTERNAL, (f"[python] {task}: {type(error).__name__}: {error}; this is a bug in excise, "
                           "please report it")


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # progress, from another process group
    task, folder = [*arguments, ""][:2]
    code, answer = _done(task, folder)
    with open(3, "wb") as out:
        out.write(answer.encode(errors="surrogateescape"))
    sys.stderr.flush()
    return code
