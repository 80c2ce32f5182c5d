"""A model: tokens, forward passes with caches and edits."""
from __future__ import annotations

import contextlib
import contextvars
import fnmatch
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise._cache import ActivationCache
from excise._checks import bad_input, check_counts, check_text
from excise._edit_files import Edit, EditLike, as_edits, functions_of
from excise._edits import Activations, EditFunction, HookContext

Ids = Sequence[int] | NDArray[Any]
NameFilter = str | Sequence[str] | Callable[[str], bool] | None


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a model, under TransformerLens' names."""

    architecture: str  # model_type of config.json, "gpt2"
    n_layers: int
    d_model: int
    n_heads: int
    n_key_value_heads: int
    d_head: int
    d_mlp: int
    n_ctx: int
    d_vocab: int
    act_fn: str
    eps: float


@dataclass(eq=False)
class _ActiveEdit:
    """One `Model.edit`: its functions at hooks, and the edit file that they come from, if any."""

    model: Model
    functions: list[tuple[str, EditFunction]]
    file: Edit | None = None
    is_open: bool = True  # what a task was given when it was started may be closed since


# Of all models, in the order in which they were opened in this thread or task.
_edits: contextvars.ContextVar[tuple[_ActiveEdit, ...]] = contextvars.ContextVar(
    "excise.edits", default=())


def load(model: str | os.PathLike[str], *, bos: str = "auto") -> Model:
    """Opens a model; nothing is downloaded and the weights stay in their mapped file.

    Args:
        model: a folder in Hugging Face format, a hub id that is in the local cache, or "baker-7m",
            which comes with excise.
        bos: what begins a text: "auto" (the tokenizer's own rule), "always" (its BOS token) or
            "never" (no token).

    Raises:
        BadInputError: there is no such model; the message has the command that fetches it. Or no
            file of it names a BOS token.
        BadFileError, UnsupportedError: its files are wrong, or no GPT-2.

    >>> model = excise.load("baker-7m")
    >>> model.cfg.n_layers, model.cfg.d_mlp
    (12, 768)
    """
    name = os.fspath(model)
    check_text("model", "its name", name)
    shown = pathlib.Path(name).resolve().name if os.path.exists(name) else name
    return Model(_core.load(name, shown, name, bos))


def _reopened(folder: str, shown: str, given: str, fingerprint: str,
              tokenizer: str | None = None, bos: str = "auto") -> Model:
    """What was pickled: the model of this folder or, where there is none, of the name it had."""
    model = Model(_core.load(folder if os.path.isdir(folder) else given, shown, given, bos))
    for what, then, now in (("", fingerprint, model.fingerprint),
                            (": tokenizer", tokenizer, model._core.tokenizer_fingerprint)):
        if then is not None and now != then:
            raise bad_input("model", f"{model.folder}{what}", f"the one that was pickled ({then})",
                            f"another ({now})")
    return model


class Model:
    """A GPT-2. Made by `load`.

    Calls may run in several threads at once, and in forked processes. A call is interrupted by
    Ctrl-C after the layer at hand. A pickled model is its folder and fingerprints, not its weights
    and not the edits that are active: who opens it needs the same files.
    """

    def __init__(self, core: _core.Model) -> None:
        self._core = core
        self.cfg = ModelConfig(**core.config)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (os.path.abspath(self.folder), self.name, self._core.given,
                           self.fingerprint, self._core.tokenizer_fingerprint, self.bos)

    def __copy__(self) -> Model:
        return Model(self._core)

    def __deepcopy__(self, memo: Any) -> Model:
        return Model(self._core)  # nothing in it changes

    def __repr__(self) -> str:
        cfg = self.cfg
        return _core.shown(f"<excise.Model {self.name}: {cfg.n_layers} layers, d_model "
                           f"{cfg.d_model}, d_mlp {cfg.d_mlp}, n_ctx {cfg.n_ctx}>")

    @property
    def name(self) -> str:
        """The hub id, or the last name of the folder."""
        return self._core.name

    @property
    def folder(self) -> pathlib.Path:
        return pathlib.Path(self._core.folder)

    @property
    def fingerprint(self) -> str:
        """32 hex digits that tell models apart, as in results: a hash of the weights and of what
        else gives the numbers. Hashing GB takes seconds, once: it is remembered."""
        return self._core.fingerprint

    @property
    def has_tokenizer(self) -> bool:
        """Whether it takes texts; else token ids only."""
        return self._core.has_tokenizer

    @property
    def bos(self) -> str:
        """What begins a text: "auto", "always" or "never", as `load` was asked."""
        return self._core.bos

    @property
    def hook_names(self) -> list[str]:
        """All hooks that `run_with_cache` reads, in the order in which a forward pass reaches
        them."""
        return self._core.hook_names

    @property
    def editable_hook_names(self) -> list[str]:
        """Those of them that an edit or a function can change."""
        return self._core.editable_hook_names

    def find_hooks(self, name: str) -> list[str]:
        """The hooks that a name means: a TransformerLens or Hugging Face name, or a pattern.

        Raises:
            BadInputError: none; the message lists near names.

        >>> model.find_hooks("transformer.h.5.mlp.c_fc")
        ['blocks.5.mlp.hook_pre']
        >>> len(model.find_hooks("blocks.*.mlp.hook_pre"))
        12
        """
        return _matching(name, self.hook_names) or self._core.find_hooks(name)

    def find_editable(self, name: str) -> list[str]:
        """Those among them that an edit or a function can change.

        Raises:
            BadInputError: none; the message says what can be edited where others have the name.

        >>> len(model.find_editable("blocks.5.*"))
        8
        """
        only_read = _matching(name, self.hook_names)[:1]
        return _matching(name, self.editable_hook_names) or self._core.find_editable(
            *(only_read or [name]))

    def encode(self, text: str) -> NDArray[np.int64]:
        """Token ids, [tokens], with those that the tokenizer's own template puts around every text
        (none in GPT-2's), and as `bos` says.

        >>> model.encode("It was a dark night").tolist()
        [716, 306, 258, 1084, 760]
        """
        return self._core.encode(text)

    def decode(self, ids: Ids) -> str:
        """The text of token ids; bytes that are no whole character become U+FFFD."""
        return self._core.decode(self._ids(ids)).decode(errors="replace")

    def to_str_tokens(self, text: str | Ids) -> list[str]:
        """The text of each token; a byte that is no whole character appears as ``\\xE6``.

        >>> model.to_str_tokens("It was a dark night")
        ['It', ' was', ' a', ' dark', ' night']
        """
        return self._core.pieces(self._ids(text))

    def layer_weights(self, layer: int) -> dict[str, NDArray[np.float32]]:
        """Weights of one block, float32, read-only, as the file has them (never folded or
        centred): ``W_QKV [d_model, 3 d_model]``, ``W_O [d_model, d_model]``,
        ``W_in [d_model, d_mlp]``, ``W_out [d_mlp, d_model]``, their biases ``b_...``, ``ln1.w``,
        ``ln1.b``, ``ln2.w``, ``ln2.b``. Views of the mapped file where that stores float32.
        """
        check_counts("model", 0, layer=layer)
        return self._core.layer_weights(layer)

    def __call__(self, ids: str | Ids) -> NDArray[np.float32]:
        """Logits, [tokens, d_vocab], under the edits that are active (see `edit`).

        Args:
            ids: token ids [tokens], or a text.

        Raises:
            BadInputError: no tokens, more than n_ctx, an id outside the vocabulary.

        >>> logits = model("It was a dark night")
        >>> logits.shape
        (5, 8192)
        """
        return self.run_with_hooks(ids)

    def run_with_hooks(self, ids: str | Ids,
                       hooks: Mapping[str, EditFunction]
                       | Iterable[tuple[str, EditFunction]] = ()) -> NDArray[np.float32]:
        """Logits, [tokens, d_vocab], with functions called at hooks.

        Args:
            ids: token ids [tokens], or a text.
            hooks: {name or pattern: function}, or pairs, at hooks that can be edited (see
                `editable_hook_names`; `run_with_cache` reads the others). A function gets the activations
                (float32 [tokens, ...]; a copy of its own, which it may change or keep) and a
                `HookContext`. It gives the new activations, or None where it changed them in
                place. Functions at one hook are called in order.

        Raises:
            BadInputError: as `__call__`, a hook that matches nothing, a result of another shape.
            Exception: what a function raises.

        >>> ids = model.encode("It was a dark night")
        >>> off = model.run_with_hooks(ids, hooks={"blocks.5.mlp.hook_pre": lambda a, ctx: a * 0})
        >>> bool(abs(off - model(ids)).max() > 0.1)
        True
        """
        pairs = hooks.items() if isinstance(hooks, Mapping) else hooks
        return self._run(self._ids(ids), list(pairs), [])[0]

    def run_with_cache(self, ids: str | Ids, names_filter: NameFilter = None
                       ) -> tuple[NDArray[np.float32], ActivationCache]:
        """Logits, [tokens, d_vocab], and activations under the edits that are active.

        Args:
            ids: token ids [tokens], or a text.
            names_filter: which hooks to keep: a name, a pattern such as
                ``"blocks.*.mlp.hook_pre"``, a list of them, or a function of the name; default
                all. Each array is copied once, out of the buffer that the forward pass uses again.

        Raises:
            BadInputError: as `__call__`, or a name that matches no hook.
            OutOfMemoryError: attention scores and patterns that were asked for, which grow with
                the square of the text, take more than 4 GiB.

        >>> logits, cache = model.run_with_cache(ids, names_filter="blocks.*.mlp.hook_pre")
        >>> cache["blocks.5.mlp.hook_pre"].shape
        (5, 768)
        """
        logits, arrays = self._run(self._ids(ids), [], self._filtered(names_filter))
        return logits, ActivationCache(arrays, self.cfg.n_layers, self._core.hook_spellings)

    @contextlib.contextmanager
    def edit(self, hook: str | EditLike, edit: EditFunction | None = None) -> Iterator[Model]:
        """While the context is open, every run of this model in this thread or asyncio task has
        the edit; so has `generate`. Other threads run as they did, also those that are started
        inside; tasks that are started inside, and `asyncio.to_thread`, have the edit until it is
        closed here.

        Args:
            hook: a name or pattern; or, alone, an `Edit` or the path of an edit file, which names
                its hook itself.
            edit: made by `remove`, or any function, as for `run_with_hooks`.

        Raises:
            BadInputError: a hook that matches nothing; an edit whose basis belongs to another
                model, hook or width.
            IoError, BadFileError: an edit file, or its basis, cannot be read.

        >>> with model.edit("blocks.5.mlp.hook_pre", excise.remove(excise.svd(k=[0]))):
        ...     edited = model(ids)
        >>> bool(abs(edited - model(ids)).max() > 0)
        True
        """
        if edit is None:
            (file,) = as_edits(hook)
            entry = _ActiveEdit(self, functions_of(self._core, file), file)
        elif isinstance(hook, str):
            entry = _ActiveEdit(self, [(name, edit) for name in self.find_editable(hook)])
        else:
            raise bad_input("edit", "hook", "a name or pattern beside a function",
                            type(hook).__name__)
        _edits.set((*_edits.get(), entry))
        try:
            yield self
        finally:
            entry.is_open = False
            _edits.set(tuple(each for each in _edits.get() if each is not entry))

    @property
    def _active(self) -> list[_ActiveEdit]:
        return [each for each in _edits.get() if each.model is self and each.is_open]

    def _run(self, ids: NDArray[np.int64], hooks: list[tuple[str, EditFunction]],
             captures: list[str]) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        calls = [(name, _in_place(edit)) for entry in self._active
                 for name, edit in entry.functions]
        calls += [(name, _in_place(edit)) for pattern, edit in hooks
                  for name in self.find_editable(pattern)]
        logits, arrays = _core.run(self._core, ids, calls, captures)
        return logits, arrays

    def _edits_for_generation(self, files: list[Edit]
                              ) -> tuple[list[Edit], list[tuple[str, EditFunction]]]:
        """What is active, then `files`: as edits of the engine where all are, else all as
        functions, so that they keep their order."""
        entries = self._active
        active = [entry.file for entry in entries if entry.file is not None]
        if len(active) == len(entries):
            return active + files, []
        functions = [pair for entry in entries for pair in entry.functions]
        return [], functions + [pair for file in files for pair in functions_of(self._core, file)]

    def _growing(self, hook: str, edit: EditFunction
                 ) -> Callable[[Activations, int], None]:
        """What `generate` calls with the rows of new tokens and the first one's position."""
        call = _in_place(edit)
        layer = int(hook.split(".")[1]) if hook.startswith("blocks.") else self.cfg.n_layers - 1
        return lambda array, position: call(array, hook, layer, position)

    def _filtered(self, names_filter: NameFilter) -> list[str]:
        if names_filter is None:
            return self.hook_names
        if callable(names_filter):
            return [name for name in self.hook_names if names_filter(name)]
        patterns = [names_filter] if isinstance(names_filter, str) else names_filter
        kept = {name for pattern in patterns for name in self.find_hooks(pattern)}
        return [name for name in self.hook_names if name in kept]

    def _ids(self, ids: str | Ids) -> NDArray[np.int64]:
        if isinstance(ids, str):
            return self.encode(ids)
        array = np.asarray(ids)
        if array.ndim == 1 and array.size == 0:
            return np.empty(0, np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            hint = "take one row: excise runs one text at a time" if array.ndim == 2 else ""
            raise bad_input("forward", "ids", "a text, or integers [tokens]",
                            f"{array.dtype} {list(array.shape)}", hint)
        return np.ascontiguousarray(array, np.int64)


def _matching(pattern: str, names: list[str]) -> list[str]:
    """The names that a pattern means; none of a plain name."""
    return fnmatch.filter(names, pattern) if set(pattern) & set("*?[") else []


def _in_place(edit: EditFunction) -> Callable[..., None]:
    """What the engine calls: the edit's result ends up in the array that it gets."""

    def call(array: Activations, name: str, layer: int, position: int = 0) -> None:
        edited = edit(array, HookContext(name, layer, position))
        if edited is None or edited is array:
            return
        values = np.asarray(edited)
        if values.shape != array.shape or values.dtype.kind not in "fiu":
            raise bad_input("hooks", f"result of the function at {name}",
                            f"real numbers {list(array.shape)}",
                            f"{values.dtype} {list(values.shape)}")
        array[...] = values

    return call
