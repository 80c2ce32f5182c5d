"""excise removes a chosen linear subspace from the activations inside a transformer's MLP, lets the
change run through the rest of the network, and says with statistics and controls what it did.

>>> import excise
>>> model = excise.load("baker-7m")
>>> result = excise.sweep(model, "The dog did nothing in the night-time.", preset="pca")

The engine is the program `excise`, in this process. Shapes are ``[tokens, ...]``: one text at a
time; several run one after the other, each as if alone. Names are those of TransformerLens where
they exist.
"""
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from excise import concept as concept
    from excise._bases import Basis as Basis, HookBasis as HookBasis, load_basis as load_basis
    from excise._cache import ActivationCache as ActivationCache
    from excise._core import bundled_text as bundled_text
    from excise._corpus import corpus as corpus, merge as merge
    from excise._edit_files import Edit as Edit, load_edit as load_edit
    from excise._export import Export as Export, ExportCheck as ExportCheck, export as export
    from excise._fit import fit as fit
    from excise._generate import (
        Continuation as Continuation, Generation as Generation, generate as generate)
    from excise._edits import HookContext as HookContext, remove as remove, svd as svd
    from excise._model import Model as Model, load as load
    from excise._parquet import write_parquet as write_parquet
    from excise._results import (
        ConceptResult as ConceptResult, Result as Result, load_result as load_result)
    from excise._experiments import (
        lesion as lesion, median as median, run as run, sweep as sweep)
    from excise._task import task as task
    from excise._weights import FinalNorm as FinalNorm, ModelConfig as ModelConfig
    from excise.errors import (
        BadFileError as BadFileError, BadInputError as BadInputError, Error as Error,
        InternalError as InternalError, IoError as IoError,
        OutOfMemoryError as OutOfMemoryError, OutOfRangeError as OutOfRangeError,
        UnknownArgumentError as UnknownArgumentError, UnknownNameError as UnknownNameError,
        UnsupportedError as UnsupportedError)

    __version__: str

# Where each name lives. Modules are imported when a name is first used: the engine and NumPy take
# longer than the 0.1 s that an import may.
_MODULES = {
    "_bases": ["Basis", "HookBasis", "load_basis"],
    "_cache": ["ActivationCache"],
    "_core": ["bundled_text"],
    "_corpus": ["corpus", "merge"],
    "_edit_files": ["Edit", "load_edit"],
    "_export": ["Export", "ExportCheck", "export"],
    "_fit": ["fit"],
    "_generate": ["Continuation", "Generation", "generate"],
    "_edits": ["HookContext", "remove", "svd"],
    "_experiments": ["lesion", "median", "run", "sweep"],
    "_model": ["Model", "load"],
    "_parquet": ["write_parquet"],
    "_results": ["ConceptResult", "Result", "load_result"],
    "_task": ["task"],
    "_weights": ["FinalNorm", "ModelConfig"],
    "errors": ["BadFileError", "BadInputError", "Error", "InternalError", "IoError",
               "OutOfMemoryError", "OutOfRangeError", "UnknownArgumentError", "UnknownNameError",
               "UnsupportedError"],
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted([*_HOMES, "concept"])  # pyright: ignore[reportUnsupportedDunderAll]


def _check_address_space() -> None:
    """Under a limit (ulimit -v) that is less than the libraries take, OpenBLAS would look for
    memory for ever: as the program does (src/cli/limits.cc), with room for NumPy's own."""
    import mmap
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return
    threads = len(os.sched_getaffinity(0))
    megabytes = 128 * (threads + 2) + 72 * threads + 150
    megabytes += 40 * threads + 60  # NumPy
    try:
        mmap.mmap(-1, megabytes << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0).close()
    except OSError:
        from excise.errors import OutOfMemoryError

        raise OutOfMemoryError(
            f"[excise] memory: expected room for {megabytes} MB more for {threads} threads in the "
            f"address space, got a limit of {limit >> 20} MB; raise the limit (ulimit -v), or use "
            "fewer processors (taskset -c 0)") from None


def _engine() -> Any:
    """The extension module. Its threads spin only briefly where they wait for each other, as those
    of the program do (src/cli/main.cc), unless the user has a wish; OpenMP reads that when it is
    loaded, and nobody else needs it."""
    chosen = "GOMP_SPINCOUNT" in os.environ or "OMP_WAIT_POLICY" in os.environ
    if chosen or "excise._core" in sys.modules:
        return importlib.import_module("excise._core")
    os.environ["GOMP_SPINCOUNT"] = "10000"
    try:
        return importlib.import_module("excise._core")
    finally:
        del os.environ["GOMP_SPINCOUNT"]


def __getattr__(name: str) -> Any:
    if "excise._core" not in sys.modules and name in {*_HOMES, "_core", "__version__", "concept"}:
        _check_address_space()
    if name == "_core":  # what `from excise import _core` asks for first
        value: Any = _engine()
    elif name == "__version__":
        value = _engine().version()
    elif name == "concept":
        value = importlib.import_module("excise.concept")
    elif name in _HOMES:
        home = _engine() if _HOMES[name] == "_core" else importlib.import_module(
            f"excise.{_HOMES[name]}")
        value = getattr(home, name)
    else:
        raise AttributeError(f"module 'excise' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
