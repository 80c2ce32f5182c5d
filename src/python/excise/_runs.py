"""The forward passes of a model: which hooks there are, and what they see."""
from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from excise import _core
from excise._cache import ActivationCache
from excise._checks import bad_input, check_names, function
from excise._edits import Activations, EditFunction, HookContext
from excise._hook_names import full_name
from excise._ids import Given, Row, read
from excise._keywords import keywords
from excise._outputs import check_return_type, output_of
from excise._types import Ids, Text
from excise._weights import ModelWeights, layer_number

NameFilter = str | Sequence[str] | Callable[[str], bool] | None
Hooks = Mapping[str, EditFunction] | Iterable[tuple[str, EditFunction]]
Texts = Text | Ids | Sequence[Text] | Sequence[Ids]
Array = NDArray[np.float32]
_TO_THE_END = 2**62  # blocks, beyond those of any model


class ModelRuns(ModelWeights):
    """What of a `Model` runs it."""

    def _speaking(self, prepend_bos: bool | None) -> _core.Model:
        raise NotImplementedError

    def _active_functions(self) -> list[tuple[str, EditFunction]]:
        raise NotImplementedError

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
        """The hooks that a name means: a TransformerLens name or the end of one, a Hugging Face name,
        or a pattern.

        Raises:
            BadInputError: none; the message lists near names.

        >>> model.find_hooks("transformer.h.5.mlp.c_fc")
        ['blocks.5.mlp.hook_pre']
        >>> len(model.find_hooks("blocks.*.mlp.hook_pre"))
        12
        """
        check_names("hooks", "hook", (name,))
        return _matching(name, self.hook_names) or self._core.find_hooks(self._whole(name))

    def find_editable(self, name: str) -> list[str]:
        """Those among them that an edit or a function can change.

        Raises:
            BadInputError: none; the message says what can be edited where others have the name.

        >>> len(model.find_editable("blocks.5.*"))
        8
        """
        check_names("hooks", "hook", (name,))
        only_read = _matching(name, self.hook_names)[:1]
        return _matching(name, self.editable_hook_names) or self._core.find_editable(
            *(only_read or [self._whole(name)]))

    def _whole(self, name: str) -> str:
        """Of a short name that the cache takes, pre5, the whole one; else as it is."""
        whole = full_name(name)
        return whole if whole in self.hook_names else name

    @overload
    def __call__(self, ids: Text | Ids, *, return_type: Literal["logits"] = ...,
                 stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                 ) -> Array: ...
    @overload
    def __call__(self, ids: Texts, *, return_type: str | None = ...,
                 stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                 ) -> Any: ...

    @keywords
    def __call__(self, ids: Texts, *, return_type: str | None = "logits",
                 stop_at_layer: int | None = None, prepend_bos: bool | None = None) -> Any:
        """Logits, [tokens, d_vocab], under the edits that are active (see `edit`).

        Args:
            ids: a text, the ``Path`` of a file with it, or token ids [tokens]. Several texts run each as if alone, never padded: of
                a list come lists, of ids [texts, tokens] results with that first axis. What a
                tokenizer of Transformers gives is its ``input_ids``.
            return_type: "logits"; "loss", the mean of -log p over all tokens but the first, nats;
                "both", which is (logits, loss); or None.
            stop_at_layer: the state that goes into this block, [tokens, d_model], in the place of
                logits; n_layers: what goes into the final norm. Later blocks do not run.
            prepend_bos: of texts: whether the BOS token begins them; default as `load` was asked.

        Raises:
            BadInputError: no tokens, more than n_ctx, an id outside the vocabulary.
            OutOfRangeError: a layer that is not there.

        >>> logits = model("It was a dark night")
        >>> logits.shape
        (5, 8192)
        >>> round(model("It was a dark night", return_type="loss"), 1)
        2.8
        """
        return self.run_with_hooks(ids, return_type=return_type, stop_at_layer=stop_at_layer,
                                   prepend_bos=prepend_bos)

    @overload
    def run_with_hooks(self, ids: Text | Ids, hooks: Hooks = ..., *, fwd_hooks: Hooks = ...,
                       return_type: Literal["logits"] = ...,
                       stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                       ) -> Array: ...
    @overload
    def run_with_hooks(self, ids: Texts, hooks: Hooks = ..., *, fwd_hooks: Hooks = ...,
                       return_type: str | None = ...,
                       stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                       ) -> Any: ...

    @keywords
    def run_with_hooks(self, ids: Texts, hooks: Hooks = (), *, fwd_hooks: Hooks = (),
                       return_type: str | None = "logits", stop_at_layer: int | None = None,
                       prepend_bos: bool | None = None) -> Any:
        """Logits, [tokens, d_vocab], with functions called at hooks.

        Args:
            ids: as for `__call__`.
            hooks: {name or pattern: function}, or pairs, at hooks that can be edited (see
                `editable_hook_names`; `run_with_cache` reads the others). A function gets the
                activations (float32 [tokens, ...]; a copy of its own, which it may change or keep)
                and a `HookContext`. It gives the new activations, or None where it changed them in
                place. Functions at one hook are called in order.
            fwd_hooks: the same, behind them, under TransformerLens' name.
            return_type, stop_at_layer, prepend_bos: as for `__call__`.

        Raises:
            BadInputError: as `__call__`, a hook that matches nothing, a result of another shape.
            Exception: what a function raises.

        >>> ids = model.encode("It was a dark night")
        >>> off = model.run_with_hooks(ids, hooks={"blocks.5.mlp.hook_pre": lambda a, ctx: a * 0})
        >>> bool(abs(off - model(ids)).max() > 0.1)
        True
        """
        functions = [*_pairs(hooks), *_pairs(fwd_hooks)]
        return self._run(ids, functions, [], return_type, stop_at_layer, prepend_bos)[0]

    @overload
    def run_with_cache(self, ids: Text | Ids, names_filter: NameFilter = ..., *,
                       return_type: Literal["logits"] = ...,
                       stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                       ) -> tuple[Array, ActivationCache]: ...
    @overload
    def run_with_cache(self, ids: Texts, names_filter: NameFilter = ..., *,
                       return_type: str | None = ...,
                       stop_at_layer: int | None = ..., prepend_bos: bool | None = ...
                       ) -> tuple[Any, Any]: ...

    @keywords
    def run_with_cache(self, ids: Texts, names_filter: NameFilter = None, *,
                       return_type: str | None = "logits", stop_at_layer: int | None = None,
                       prepend_bos: bool | None = None) -> tuple[Any, Any]:
        """Logits, [tokens, d_vocab], and activations under the edits that are active.

        Args:
            ids: as for `__call__`; of a list come two lists, of ids [texts, tokens] one cache whose
                arrays have that first axis.
            names_filter: which hooks to keep: a name, a pattern such as
                ``"blocks.*.mlp.hook_pre"``, a list of them, or a function of the name; default
                all. Each array is copied once, out of the buffer that the forward pass uses again.
            return_type, stop_at_layer, prepend_bos: as for `__call__`.

        Raises:
            BadInputError: as `__call__`, or a name that matches no hook.
            OutOfMemoryError: attention scores and patterns that were asked for, which grow with
                the square of the text, take more than 4 GiB.

        >>> logits, cache = model.run_with_cache(ids, names_filter="blocks.*.mlp.hook_pre")
        >>> cache["blocks.5.mlp.hook_pre"].shape
        (5, 768)
        """
        captures = self._filtered(names_filter)
        output, given, arrays = self._run(ids, [], captures, return_type, stop_at_layer,
                                          prepend_bos)
        if given.form == "batch":
            arrays = [{name: np.stack([each[name] for each in arrays]) for name in arrays[0]}]
        caches = [ActivationCache(each, self.cfg.n_layers, self._core.hook_spellings,
                                  self.ln_final) for each in arrays]
        return output, caches if given.form == "list" else caches[0]

    def _run(self, ids: Texts, hooks: list[tuple[str, EditFunction]], captures: list[str],
             return_type: str | None, stop_at_layer: int | None, prepend_bos: bool | None
             ) -> tuple[Any, Given, list[dict[str, Array]]]:
        """What was asked for, the texts, and what each of them has at `captures`."""
        check_return_type(return_type)
        stop_at = _TO_THE_END if stop_at_layer is None else layer_number(
            "forward", stop_at_layer, self.cfg.n_layers, end=1)
        calls = [(name, in_place(edit)) for name, edit in self._active_functions()]
        calls += [(name, in_place(edit)) for pattern, edit in hooks
                  for name in self.find_editable(pattern)]
        given = read(ids, self._speaking(prepend_bos).encode)
        runs = [_core.run(self._core, row, calls, captures, stop_at) for row in given.rows]
        results, arrays = [run[0] for run in runs], [run[1] for run in runs]
        if stop_at_layer is not None:
            return given.gathered(results), given, arrays
        return output_of(given, results, return_type), given, arrays

    def _filtered(self, names_filter: NameFilter) -> list[str]:
        if names_filter is None:
            return self.hook_names
        if callable(names_filter):
            return [name for name in self.hook_names if names_filter(name)]
        patterns = [names_filter] if isinstance(names_filter, str) else names_filter
        check_names("hooks", "names_filter", patterns)
        kept = {name for pattern in patterns for name in self.find_hooks(pattern)}
        return [name for name in self.hook_names if name in kept]


def _pairs(hooks: Hooks) -> list[tuple[str, EditFunction]]:
    given: Any = hooks.items() if isinstance(hooks, Mapping) else hooks
    pairs: list[Any] = list(given) if isinstance(given, Iterable) else [given]
    for pair in pairs:
        if not (isinstance(pair, Sequence) and len(pair) == 2):
            raise bad_input("hooks", "hooks", "{name: function}, or pairs of them", repr(pair))
        function("hooks", f"hook {pair[0]}", pair[1])
    return pairs


def _matching(pattern: str, names: list[str]) -> list[str]:
    """The names that a pattern means; none of what is no pattern."""
    return fnmatch.filter(names, pattern) if set(pattern) & set("*?[") else []


def in_place(edit: EditFunction) -> Callable[..., None]:
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
