"""The experiments: functions that mirror the commands of the program."""
from __future__ import annotations

import os
import tomllib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, SupportsIndex, cast

from excise import _core, _toml
from excise._bases import Basis
from excise._checks import ANY, bad_input, check_names, counts, numbers, text_of
from excise._decompositions import PythonBasis
from excise._edit_files import EditLike
from excise._edits import SvdComponents
from excise._keywords import keywords
from excise._model import Model, check_model, load
from excise._progress import Report, reporter
from excise._results import Result, from_outcome
from excise._sweep_basis import basis_of_sweep, check_alone, of_edit
from excise._task import Task, task_of_sweep
from excise._types import Ids, Integers, Layers, Numbers, Text


def _layers(layers: Layers) -> str:
    if isinstance(layers, str):
        return layers
    # The engine, which knows the last layer, refuses negative ones.
    return ",".join(map(str, counts("excise", "layers", layers, least=ANY)))


def _engine_keys(seed: int, executor: str, compute: str, memory_limit: int | str,
                 threads: int) -> dict[str, Any]:
    """How the model is run, as every experiment file states it at its end."""
    return {"seed": seed, "executor": executor, "compute": compute,
            "memory_limit": _core.parse_bytes(str(memory_limit)), "threads": threads}


# An experiment of the engine: (model, TOML text, its source, whether any model will do, report).
_Engine = Callable[..., _core.Outcome]


def _run(engine: _Engine, model: Model, experiment: str, source: str,
         progress: bool | Report | None, *given: Any, any_model: bool = False) -> Result:
    _name(model)  # refuses what is no model
    report, finish = reporter(progress)
    try:
        return from_outcome(engine(model._core, experiment, source, any_model, report, *given))
    finally:
        finish()


def _name(model: Model) -> str:
    return check_model(model).name


def _text_or_ids(model: Model, text: Text | Sequence[Text] | Ids | None,
                 key: str) -> dict[str, Any]:
    """The text or texts under `key`, or ids."""
    _name(model)  # refuses what is no model
    text = text_of(text)
    if text is None:
        return {}
    if isinstance(text, str) or (isinstance(text, Sequence) and text
                                 and all(isinstance(each, str) for each in text)):
        if len(text) == 0:
            raise bad_input("text", key, "at least one token", "none")
        return {key: text}
    ids = model._ids(cast(Ids, text))
    if len(ids) == 0:
        raise bad_input("text", key, "at least one token", "none")
    return {"ids": ids}


def control_counts(where: str,
                   controls: Mapping[str, int] | Sequence[str] | None) -> dict[str, int]:
    """Draws by the name of the control, as an experiment file has them."""
    if not isinstance(controls, Mapping):
        several = [controls] if isinstance(controls, str) else controls or ()
        check_names(where, "controls", several)
        controls = dict.fromkeys(several, 40)
    check_names(where, "controls", controls)
    for name in controls:
        if "=" in name:
            raise bad_input(where, "controls", "names, or {name: repeats}", repr(name),
                            "{'norm-matched': 40} sets the repeats")
    return {name.replace("_", "-"): repeats for name, repeats in controls.items()}


@keywords
def sweep(model: Model, text: Text | Sequence[Text] | Ids | None = None, *,
          task: Task | None = None, all_prompts: bool = False, preset: str | None = None,
          centre: str | None = None, restore: str | None = None,
          basis: str | os.PathLike[str] | SvdComponents | Basis | PythonBasis
          | Mapping[int, PythonBasis] = "svd", edit: EditLike | None = None,
          components: int | None = None, corpus: str | os.PathLike[str] | None = None,
          class_tokens: Sequence[str] | None = None,
          class_files: Sequence[str | os.PathLike[str]] | None = None,
          shrinkage: float | None = None,
          remove: str | SupportsIndex | Integers | None = None, hook: str | None = None,
          positions: str = "all", token_pattern: str | None = None,
          layers: Layers = "all", detail_layer: int | None = None,
          cells: str = "all", controls: Mapping[str, int] | Sequence[str] | None = None,
          together: str | None = None, coordinates: str = "clean", evidence: bool = False,
          variants: str | Sequence[str] = (), swap: str = "", parts: bool = False, dormant_share: bool = False,
          seed: int = 0, permutations: int = 10000, executor: str = "wavefront",
          compute: str = "f32", check_rounding: str = "sample",
          memory_limit: int | str = 0, threads: int = 0,
          progress: bool | Report | None = None) -> Result:
    """Removes components at every layer, one after the other, and measures what that does to
    everything downstream: ``excise sweep``, with its options.

    Runs without Python's lock; Ctrl-C stops it. Edits that are active on the model (`Model.edit`)
    play no part.

    Args:
        model: made by `load`.
        text: a text, or the ``Path`` of a file with it; several, for a test over texts; or token
            ids [tokens]. baker-7m has a paragraph of its own.
        task: prompts with answers in the place of a text: a file, or rows, dicts with the keys
            "prompt", "answer" and, where there are some, "foil" and "group". What the removal costs
            them is in ``arrays["effect"]`` [layers, prompts] and task_prompts.csv; the basis is one that is
            fitted elsewhere (`corpus`, or `basis`).
        all_prompts: with `task`: test all prompts, not only those that the clean model solves.
        preset: "published" (centre none, restore token; the default) or "pca" (both neuron).
        centre: mean subtracted before: "none", "neuron" or "token".
        restore: mean added back, the same names.
        basis: what the activations are decomposed into, at each layer:

            - a name: "svd", "ica", "ged", "diff-means", "leace", "first-pc", "neurons" or "random",
              fitted to each layer's activations of this text;
            - ``svd(k)``: the same as "svd", with ``remove=k``;
            - an object of scikit-learn's kind that is not fitted yet, e.g.
              ``sklearn.decomposition.FastICA(8)``: a copy is fitted to each layer's activations
              ([tokens, width], float64). Its codes must be affine in the activations. One that is
              fitted already serves one layer; {layer: object} serves several;
            - a `Basis`, of `fit` or `load_basis`;
            - a basis file, or the folder of a sparse autoencoder: a path. One that is called as
              such a name is, "svd", is given as "./svd".

            Statistics and controls are the same for all. The result folder holds a basis that is
            in no file yet, so that experiment.toml repeats the run.
        edit: an `Edit` or the path of an edit file, as for `Model.edit`: it states basis,
            components, hook, strength and positions in the place of `basis`, `remove`, `hook` and
            `positions`. With ``*`` in its hook every layer is edited in turn.
        components: how many to fit, for "ica", "random", "ged" and a corpus.
        corpus: a file with a text to fit on, instead of the one that is swept.
        class_tokens: of "diff-means", "leace", "first-pc" and "ged": regular expressions on token
            text, one for each class; of one, all other tokens are the second class.
        class_files: the same as files, one text for each class.
        shrinkage: 0 to 1, of the covariance of "ged" (default 0.01) and "leace" (0).
        remove: components to remove, counted from 0 (default the first); or a scan:
            "each:0-15", "cumulative:0-15".
        hook: what is edited; default "blocks.*.mlp.hook_pre". Also mlp.hook_post, hook_mlp_out,
            attn.hook_z, hook_attn_out, hook_resid_pre, hook_resid_mid, hook_resid_post. One with a
            layer, "blocks.5.mlp.hook_pre", is swept at that layer.
        positions: tokens that are edited: "all", "1-", "0,5-9".
        token_pattern: a regular expression; only tokens whose text it matches are edited.
        layers: "all", "0-11", "3,5", or a sequence of layers.
        detail_layer: whose matrices are kept whole; default the middle one of those swept.
        cells: "all": where the operator exchanges a mean (centre and restore differ), also
            measure the removal without that, and that without the removal; "preset": both at
            once only.
        controls: {name: repeats at each layer}, or names, each with 40 repeats, the fewest for
            a two-sided p below 0.05; random_rank, norm_matched,
            neuron_shuffle and elsewhere (random directions at other layers and hooks).
        together: sets of layers, each edited in one more branch: "all", "0-3;4-7".
        coordinates: of `together`, at later layers: subtract what the "clean" run has, or what the
            edited run has ("live").
        evidence: all that a reviewer asks of one text: `parts`, `controls` and `variants`, with
            sizes of its own where they are not given; ``summary["checklist"]`` of `results` says
            what came out.
        variants: further edits beside the removal: "keep-only" (all but the components removed,
            and all), "visible" (at hook_post, what the output matrix reads of them), "robustness"
            (other means, strengths, tokens and components), "constant" (the best constant found
            in the place of a component, chosen on half of the tokens; constant.csv).
        swap: a text of as many tokens: what the subspace has of it takes the place of what it has
            of this one (``arrays["delta_logprob_swap"]`` [layers, tokens]).
        parts: tell where the effect arises: by what the edit writes itself, by later attention
            and by later MLPs (``arrays["parts"]`` [layers, 1 + 2 n_layers, tokens], parts.csv).
        dormant_share: measure the share of the change that W_out cannot see.
        seed: of everything random.
        permutations: draws of the sign-flip test.
        executor: "wavefront" (one pass for all branches) or "naive" (one pass each).
        compute: "f32", or "bf16" for the products of differences.
        check_rounding: of "bf16", which branches run in float32 too: "sample" (two) or "all".
        memory_limit: bytes, or a text such as "1.5G"; 0: none.
        threads: 0: those of the model, else one a core.
        progress: True for a bar on standard error, or a function of (stage, done, total);
            default: a bar on a terminal or in a notebook.

    Raises:
        BadInputError: an option that cannot be, with what it takes; an empty or too long text.
        BadFileError: weights that are not finite. OutOfMemoryError: `memory_limit` is too low.

    >>> result = excise.sweep(model, "The dog did nothing in the night-time.", layers=[0, 5])
    >>> [int(layer) for layer in result.arrays["layers"]]
    [0, 5]
    >>> result.arrays["delta_logprob"].shape            # [layers, tokens], nats
    (2, 10)
    """
    named = control_counts("sweep", controls)
    text_options = _text_or_ids(model, text, "text")
    edit_options: dict[str, Any] = {}
    if edit is not None:
        if (basis, remove, hook, positions) != ("svd", None, None, "all"):
            raise bad_input("sweep", "edit", "no basis, remove, hook or positions beside it",
                            "one of them", "the edit states them")
        basis, remove, hook, positions, edit_options = of_edit(edit)
    if remove is not None and not isinstance(remove, str):
        remove = counts("sweep", "remove", remove)
    if isinstance(basis, SvdComponents):
        if remove is not None:
            raise bad_input("sweep", "remove", "none beside svd(k), which names the components",
                            str(remove))
        remove, basis = basis.k, "svd"
    if hook is not None:
        check_names("sweep", "hook", (hook,))
    basis_options, given = basis_of_sweep(model, basis, hook, _layers(layers))
    engine: _Engine = _core.sweep
    rows: tuple[str, ...] = ()
    if task is not None:
        text_options, lines = task_of_sweep(task, all_prompts, given, {
            "text": text, "detail_layer": detail_layer})
        engine, rows = _core.task, (lines,)
    elif all_prompts:
        raise bad_input("sweep", "all_prompts", "a task beside it", "none")
    fit_options = {"preset": preset, "centre": centre, "restore": restore,
                   "components": components, "corpus": corpus, "class_tokens": class_tokens or None,
                   "class_files": class_files or None, "shrinkage": shrinkage}
    if given is not None:
        check_alone(fit_options, basis)
    experiment = _toml.dumps(text_options | basis_options | fit_options | edit_options | {
        "model": model._core.given, "remove": (0,) if remove is None else remove, "hook": hook,
        "positions": positions,
        "token_pattern": token_pattern, "layers": _layers(layers), "together": together,
        "coordinates": coordinates, "evidence": evidence,
        "variants": variants if isinstance(variants, str) else ",".join(variants),
        "swap": swap or None, "parts": parts, "dormant_share": dormant_share,
        "detail_layer": detail_layer, "cells": cells, "controls": named or None,
        "seed": seed, "permutations": permutations, "executor": executor, "compute": compute,
        "check_rounding": check_rounding,
        "memory_limit": memory_limit, "threads": threads})
    return _run(engine, model, experiment, "options", progress, given, *rows)


@keywords
def median(model: Model, prompt: Text | Ids, target: str | int, *,
           percent: Numbers = (10, 20, 30, 40, 50, 60, 70, 80, 90), by: str = "value",
           replace_with: str = "median", positions: str = "last", layers: Layers = "all",
           random: int = 0, first_token: bool = False, seed: int = 0,
           executor: str = "wavefront", compute: str = "f32", memory_limit: int | str = 0,
           threads: int = 0,
           progress: bool | Report | None = None) -> Result:
    """Sets the largest activations of a prompt's last token to their median, at every layer, and
    measures what that does to a target word: ``excise median``, with its options.

    Args:
        model: made by `load`.
        prompt: a text, or token ids [tokens].
        target: the word whose probability is measured, with its blank; or its token id.
        percent: shares of the neurons, largest first, that are set.
        by: what is largest: see ``excise median --help``.
        replace_with: what they are set to, as there.
        positions: "last" or "all": whose activations.
        layers: "all", "0-11", "3,5", or a sequence of layers.
        random: draws of as many random neurons, as a control.
        first_token: of a target of several tokens, measure the first.
        seed, executor, compute, memory_limit, threads, progress: as for `sweep`.

    Raises:
        BadInputError: an option that cannot be; a target of several tokens.

    >>> result = excise.median(model, "He shook his", " head", percent=[10, 50])
    >>> len(result.table("median.csv")["layer"])            # layers x shares
    24
    """
    word = {"target": target} if isinstance(target, str) else {"target_id": target}
    experiment = _toml.dumps(_text_or_ids(model, prompt, "prompt") | word | {
        "schema": "excise.median-experiment/1", "model": model.name,
        "percent": numbers("median", "percent", percent), "by": by, "replace_with": replace_with,
        "positions": positions, "layers": _layers(layers), "random": random,
        "first_token": first_token} | _engine_keys(seed, executor, compute, memory_limit, threads))
    return _run(_core.run_file, model, experiment, "options", progress)


@keywords
def lesion(model: Model, pairs: str | os.PathLike[str] | Sequence[Sequence[str]],
           words: Sequence[str] | None = None, *, test: Sequence[str] = (),
           position: Integers = (), hold_out: float | None = None, q: float = 0.05,
           first_token: bool = False, layers: Layers = "all", random: int = 20,
           seed: int = 0, executor: str = "wavefront", compute: str = "f32",
           memory_limit: int | str = 0,
           threads: int = 0, progress: bool | Report | None = None) -> Result:
    """Zeroes the neurons that tell two words apart, where the word is about to come, and reads
    both words: ``excise lesion``, with its options.

    Args:
        model: made by `load`.
        pairs: pairs of sentences that differ in the two words; or a file of them, a TSV or CSV
            table with the two words in the first line.
        words: the two words, e.g. ("him", "her"); not with a file.
        test: sentences to lesion.
        position: positions in them; default before each of the two words.
        hold_out: share of the pairs that are tested, not fitted on, 0 to below 1; default a third
            where no sentence is tested, else 0.
        q: false discovery rate of the two groups of neurons.
        first_token: of a word of several tokens, read the first.
        layers: "all", "0-11", "3,5", or a sequence of layers.
        random: draws of random groups, as a control.
        seed, executor, compute, memory_limit, threads, progress: as for `sweep`.

    Raises:
        BadInputError: an option that cannot be, too few pairs, a sentence without either word.
        IoError: the file cannot be read.

    >>> pairs = [(f"The {who} saw him there.", f"The {who} saw her there.")
    ...          for who in ("baker", "doctor", "driver", "child")]
    >>> result = excise.lesion(model, pairs, ("him", "her"), test=["Nobody told him."])
    >>> result.table("laminar.csv")["layer"][11].item()
    11
    """
    if isinstance(pairs, (str, os.PathLike)):
        if words is not None:
            raise bad_input("lesion", "words", "none beside a file of pairs", str(words))
        named, sentences, line_ends = _core.read_pairs(os.fspath(pairs))
        if line_ends:
            warnings.warn(f"{os.fspath(pairs)}: {line_ends} line end{'s' * (line_ends > 1)} of "
                          "Windows (\\r\\n) read as \\n", stacklevel=3)  # beyond `keywords`
    else:
        named, sentences = list(words or ()), ["\t".join(pair) for pair in pairs]
    places = counts("lesion", "position", position)
    given = {key: value for key, value in (("words", named), ("test", test), ("position", places))
             if len(value) > 0}
    experiment = _toml.dumps(given | {
        "schema": "excise.lesion-experiment/1", "model": _name(model),
        "pairs": sentences, "hold_out": None if hold_out is None else float(hold_out),
        "q": float(q), "first_token": first_token, "layers": _layers(layers), "random": random
    } | _engine_keys(seed, executor, compute, memory_limit, threads))
    return _run(_core.run_file, model, experiment, "options", progress)


@keywords
def run(experiment: str | os.PathLike[str] | Result, model: Model | None = None, *,
        progress: bool | Report | None = None) -> Result:
    """Runs an experiment file: ``excise run``.

    The file of a result states the fingerprints of its model and tokenizer: others, also under the
    same name, are refused unless `model` is given. It also states those of the basis, corpus and
    class files that it names: others are refused unless their key is taken out.

    Args:
        experiment: a TOML file, its text (what `Result.experiment` gives), or a result, which
            is run again.
        model: takes the place of the file's.
        progress: as for `sweep`.

    Raises:
        BadInputError: unknown keys or values; another model than the file's. IoError: the file
            cannot be read.
    """
    if isinstance(experiment, Result):
        fingerprint = experiment.manifest["model"]["fingerprint"]
        with experiment._files.folder() as folder:
            file = folder / "experiment.toml"
            return _run_text(_core.read_text(file), str(file), model, progress, fingerprint)
    text = os.fspath(experiment)
    if "\n" in text:
        return _run_text(text, "experiment", model, progress)
    return _run_text(_core.read_text(text), text, model, progress)


def _run_text(text: str, source: str, model: Model | None, progress: bool | Report | None,
              fingerprint: str | None = None) -> Result:
    """fingerprint: of the model that the text does not name well enough; versions up to 0.1 did
    not state it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise bad_input("experiment", source, "TOML", str(error)) from None
    named = model is not None
    if model is None:
        name = content.get("model")
        if not isinstance(name, str):
            raise bad_input("experiment", source, "a key model, or the argument model", "neither")
        reading = {}
        for key, otherwise, values in (("bos", "auto", "auto, always or never"),
                                       ("special_tokens", "read", "read or text")):
            reading[key] = content.get(key, otherwise)
            if not isinstance(reading[key], str):
                raise bad_input("experiment", f"{source}: {key}", values, repr(reading[key]))
        model = load(name, **reading)
    if fingerprint and "model_fingerprint" not in content:
        text = _toml.dumps({"model_fingerprint": fingerprint}) + text
    return _run(_core.run_file, model, text, source, progress, any_model=named)
