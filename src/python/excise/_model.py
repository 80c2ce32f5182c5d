"""A model: tokens, forward passes with caches and edits."""
from __future__ import annotations

import contextlib
import contextvars
import os
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from excise import _core
from excise._checks import bad_input, check_counts, check_text, function, text_of
from excise._edit_files import Edit, EditLike, as_edits, functions_of
from excise._edits import Activations, EditFunction
from excise._elsewhere import no_attribute
from excise._ids import Row, read_one
from excise._keywords import keywords
from excise._runs import ModelRuns, in_place
from excise._types import Ids, Text
from excise._weights import ModelConfig
from excise.errors import BadInputError


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


@keywords
def load(model: str | os.PathLike[str], *, bos: str = "auto", special_tokens: str = "read",
         threads: int = 0) -> Model:
    """Opens a model; nothing is downloaded and the weights stay in their mapped file.

    Args:
        model: a folder in Hugging Face format, a GGUF file, a hub id that is in the local cache,
            or "baker-7m", which comes with excise.
        bos: what begins a text: "auto" (the tokenizer's own rule), "always" (its BOS token) or
            "never" (no token).
        special_tokens: what ``<|im_end|>`` and the like are in a text: "read" (those tokens) or
            "text".
        threads: that everything with this model takes (0: one a core), but an experiment that asks
            for others itself.

    Raises:
        BadInputError: there is no such model; the message has the command that fetches it. Or no
            file of it names a BOS token; threads above 1024.
        BadFileError, UnsupportedError: its files are wrong, or of no family that excise runs.

    >>> model = excise.load("baker-7m")
    >>> model.cfg.n_layers, model.cfg.d_mlp
    (12, 768)
    """
    name = os.fspath(model) if isinstance(model, os.PathLike) else model
    check_text("model", "its name", name)
    check_counts("model", 0, _core.MOST_THREADS, threads=threads)
    shown = pathlib.Path(name).resolve().name if os.path.exists(name) else name
    return Model(_core.load(name, shown, name, bos, special_tokens, int(threads)))


def check_model(model: object) -> Model:
    """Refuses what is none, such as the name of one."""
    if isinstance(model, Model):
        return model
    raise bad_input("excise", "model", "a model from excise.load()",
                    repr(model) if isinstance(model, str) else type(model).__name__)


def _reopened(folder: str, shown: str, given: str, fingerprint: str,
              tokenizer: str | None = None, bos: str = "auto",
              special_tokens: str = "read", threads: int = 0) -> Model:
    """What was pickled: the model of this folder or, where there is none, of the name it had."""
    model = Model(_core.load(folder if os.path.exists(folder) else given, shown, given, bos,
                             special_tokens, threads))
    for what, then, now in (("", fingerprint, model.fingerprint),
                            (": tokenizer", tokenizer, model._core.tokenizer_fingerprint)):
        if then is not None and now != then:
            raise bad_input("model", f"{model.folder}{what}", f"the one that was pickled ({then})",
                            f"another ({now})")
    return model


class Model(ModelRuns):
    """A model. Made by `load`.

    Calls may run in several threads at once, and in forked processes. A call is interrupted by
    Ctrl-C after the layer at hand. A pickled model is its folder and fingerprints, not its weights
    and not the edits that are active: who opens it needs the same files.
    """

    def __init__(self, core: _core.Model) -> None:
        self._core = core
        self.cfg = ModelConfig(**core.config)
        self._of_bos: dict[str, _core.Model] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (os.path.abspath(self.folder), self.name, self._core.given,
                           self.fingerprint, self._core.tokenizer_fingerprint, self.bos,
                           self.special_tokens, self.threads)

    def __copy__(self) -> Model:
        return Model(self._core)

    def __deepcopy__(self, memo: Any) -> Model:
        return Model(self._core)  # nothing in it changes

    if not TYPE_CHECKING:  # to which any name would be right

        def __getattr__(self, name: str) -> Any:
            raise no_attribute(self, name)

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
    def special_tokens(self) -> str:
        """What special tokens in a text are: "read" or "text", as `load` was asked."""
        return self._core.special_tokens

    @property
    def threads(self) -> int:
        """That it takes, as `load` was asked; 0: one a core."""
        return self._core.threads

    def encode(self, text: Text, *, prepend_bos: bool | None = None) -> Row:
        """Token ids, [tokens], with those that the tokenizer's own template puts around every text
        (none in GPT-2's), and as `bos` says; prepend_bos: as "always" or "never" instead.

        >>> model.encode("It was a dark night").tolist()
        [716, 306, 258, 1084, 760]
        """
        words = text_of(text)
        check_text("forward", "text", words)
        return self._speaking(prepend_bos).encode(words)

    def _speaking(self, prepend_bos: bool | None) -> _core.Model:
        """The model with another rule of what begins a text; opened once, its weights are the same
        pages of the file."""
        if prepend_bos is None:
            return self._core
        bos = "always" if prepend_bos else "never"
        if bos not in self._of_bos:
            self._of_bos[bos] = _core.load(self._core.folder, self.name, self._core.given, bos,
                                           self.special_tokens, self.threads)
        return self._of_bos[bos]

    def decode(self, ids: Ids) -> str:
        """The text of token ids; bytes that are no whole character become U+FFFD."""
        return self._core.decode(self._ids(ids)).decode(errors="replace")

    def to_str_tokens(self, text: Text | Ids) -> list[str]:
        """The text of each token; a byte that is no whole character appears as ``\\xE6``.

        >>> model.to_str_tokens("It was a dark night")
        ['It', ' was', ' a', ' dark', ' night']
        """
        return self._core.pieces(self._ids(text))

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
            if isinstance(hook, str) and not os.path.exists(hook) and self._names_hooks(hook):
                function("edit", "edit", edit)
            (file,) = as_edits(hook)
            entry = _ActiveEdit(self, functions_of(self._core, file), file)
        elif isinstance(hook, str):
            function("edit", "edit", edit)
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

    def _names_hooks(self, name: str) -> bool:
        try:
            return bool(self.find_hooks(name))
        except BadInputError:
            return False

    @property
    def _active(self) -> list[_ActiveEdit]:
        return [each for each in _edits.get() if each.model is self and each.is_open]

    def _active_functions(self) -> list[tuple[str, EditFunction]]:
        return [pair for entry in self._active for pair in entry.functions]

    def _edits_for_generation(self, files: list[Edit]
                              ) -> tuple[list[Edit], list[tuple[str, EditFunction]]]:
        """What is active, then `files`: as edits of the engine where all are, else all as
        functions, so that they keep their order."""
        entries = self._active
        active = [entry.file for entry in entries if entry.file is not None]
        if len(active) == len(entries):
            return active + files, []
        return [], self._active_functions() + [pair for file in files for pair in functions_of(self._core, file)]

    def _growing(self, hook: str, edit: EditFunction
                 ) -> Callable[[Activations, int], None]:
        """What `generate` calls with the rows of new tokens and the first one's position."""
        call = in_place(edit)
        layer = int(hook.split(".")[1]) if hook.startswith("blocks.") else self.cfg.n_layers
        return lambda array, position: call(array, hook, layer, position)

    def _ids(self, ids: Text | Ids) -> Row:
        return read_one(ids, self._core.encode)
