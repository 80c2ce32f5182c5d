"""What a user with a type checker may write: every public function, as the documents call it.
test_types.py checks and runs it."""
import pathlib
import tempfile

import numpy as np
import pandas  # type: ignore[import-untyped,unused-ignore]
from numpy.typing import NDArray
from sklearn.decomposition import PCA  # type: ignore[import-untyped,unused-ignore]

import excise

PRE = "blocks.5.mlp.hook_pre"
TEXT = "It was a dark and stormy night"
CONCEPT = {
    "name": "she", "words": [" her"], "control_words": [" the"],
    "with": [f"{who} lost her {what}." for who in ("Ann", "May") for what in ("hat", "bag", "cup")],
    "without": [f"{who} lost his {what}." for who in ("Tom", "Jim") for what in ("hat", "bag", "cup")],
    "control_text": "The rain fell on the roof all night.",
}
PAIRS = [(f"The {who} saw him there.", f"The {who} saw her there.")
         for who in ("baker", "doctor", "driver", "child")]


def halve(a: NDArray[np.float32], ctx: excise.HookContext) -> NDArray[np.float32]:
    return a * np.float32(0.5) if ctx.layer == 5 else a


def at_the_first(a: NDArray[np.float32], ctx: excise.HookContext) -> None:
    if ctx.position == 0:
        a[0] = 0


def runs(model: excise.Model) -> None:
    ids: NDArray[np.int64] = model.encode(TEXT, prepend_bos=False)
    logits, cache = model.run_with_cache(ids, names_filter="blocks.*.mlp.hook_pre")
    pre: NDArray[np.float32] = cache["pre", 5]
    edited = model.run_with_hooks(ids, hooks={"blocks.*.mlp.hook_pre": halve})
    model.run_with_hooks(TEXT, fwd_hooks=[(PRE, halve), (PRE, at_the_first)])
    with model.edit(PRE, excise.remove(excise.svd(k=[0]), preset="pca")):
        removed = model(ids)
    for k in (np.arange(2), range(2), [0, 1], (np.int64(0),), pandas.Series([0, 1])):
        model.run_with_hooks(ids, {PRE: excise.remove(excise.svd(k), centre="neuron")})
        model.run_with_hooks(ids, {PRE: excise.remove(PCA(3), k)})
    assert pre.shape == (len(ids), model.cfg.d_mlp) and edited.shape == removed.shape
    lens: NDArray[np.float32] = model.unembed(model.ln_final(cache.get("resid_post5", pre[:, :192])))
    losses: list[float] = model([TEXT, TEXT], return_type="loss")
    assert lens.shape == logits.shape and losses[0] == losses[1]
    for given in (ids, ids.tolist(), list(ids), range(3), {"input_ids": ids.tolist()}, np.array([1, 2])):
        assert model(given).ndim == 2
    assert model(ids[None]).ndim == 3 and len(model([[1, 2], [3]])) == 2
    _, whole = model.run_with_cache(TEXT)
    states, labels = whole.accumulated_resid(return_labels=True)
    parts = whole.decompose_resid(mode="mlp", pos_slice=np.array([0, 1]))
    print(len(states), labels, parts.shape, whole.stack_activation("pre").shape, PRE in whole)
    print(model.decode(ids), model.to_str_tokens(TEXT), model.find_hooks("hook_pre"),
          model.find_editable("blocks.5.*"), model.hook_names[0], model.editable_hook_names[0])
    positions: NDArray[np.float32] | None = model.W_pos
    print(model.W_E.shape, model.W_U.shape, model.b_U.shape, positions is None,
          model.ln_f.w.shape, model.layer_weights(5)["W_in"].shape, model.name, model.folder,
          model.fingerprint, model.has_tokenizer, model.bos, model.special_tokens, model.threads)


def bases(model: excise.Model, folder: pathlib.Path) -> None:
    basis: excise.Basis = excise.fit(model, [TEXT * 40, "The dog did nothing."], components=4,
                                     hook=PRE, progress=False)
    first: excise.HookBasis = basis[PRE]
    assert first.atoms is not None and first.atoms.shape == (4, model.cfg.d_mlp)
    again = excise.load_basis(basis.save(folder / "basis.safetensors", force=True))
    print(again.kind, again.provenance["model"], basis.report["basis"], len(again))
    _, cache = model.run_with_cache(TEXT, PRE)
    ours = excise.Basis.of(model, {PRE: PCA(3).fit(cache[PRE])})
    for remove in (np.array([0, 1]), [0, 1], range(2), "each:0-1", pandas.Series([0, 1]), 0):
        swept = excise.sweep(model, basis=ours, remove=remove, hook=PRE, permutations=10)
        print(swept.summary)
    for components in (np.array([0]), [0], 0):
        off = excise.Edit(PRE, basis, components=components, strength=0.5)
    path: pathlib.Path = off.save(folder / "off.toml")
    with model.edit(path), model.edit(excise.load_edit(path)):
        print(model("He").shape)
    written: excise.Export = excise.export(model, [off], folder / "edited", dtype="f32")
    check: excise.ExportCheck | None = written.check
    print(excise.load(written.folder), written.changed, check and check.tokens)
    generation: excise.Generation = excise.generate(
        model, "He shook his", edit=off, compare=True, max_tokens=3,
        on_text=lambda text, branch, sample: print(text, branch, sample))
    for continuation in generation:
        print(continuation.branch, continuation.text, continuation.logprobs.sum())
    print(generation.text, generation.clean, generation[0].tokens, len(generation[:1]))


def experiments(model: excise.Model, folder: pathlib.Path) -> None:
    for layers in (range(2), np.array([0, 1]), 5, np.int64(5), "0-1", [0]):
        result = excise.sweep(model, preset="pca", layers=layers, permutations=10, progress=False)
    effects: NDArray[np.float64] = result.arrays["delta_logprob"]
    print(effects.mean(), result.layers["t"], result.headline["worst_layer"], result.json["schema"])
    excise.sweep(model, [TEXT, "The dog did nothing."], basis=excise.svd([1]), layers=[5],
                 controls={"random_rank": 2}, permutations=10)
    excise.sweep(model, basis={5: PCA(2).fit(np.eye(3, 768))}, layers=[5], permutations=10)
    excise.sweep(model, class_tokens=["^ he$"], basis="diff-means", layers=[5], permutations=10)
    saved = result.save(folder / "swept", force=True)
    loaded = excise.load_result(saved)
    assert isinstance(loaded, excise.Result)
    print(excise.run(saved / "experiment.toml").summary, excise.run(result, model).files)
    rows = [{"prompt": "The men", "answer": " were"}, {"prompt": "I am", "answer": " not"}]
    corpus = folder / "corpus.txt"
    corpus.write_text(excise.bundled_text())
    print(excise.task(model, rows)["solved"])
    task = excise.sweep(model, task=rows, all_prompts=True, corpus=corpus, layers=[0], permutations=10)
    print(task.kind, task.arrays["effect"].shape, task.table("task_prompts.csv")["effect"])
    for percent in (np.array([10.0, 50]), [10, 50.5], range(10, 30, 10)):
        median = excise.median(model, "He shook his", " head", percent=percent, layers=[5])
        print(median.table("median.csv")["layer"])
    lesion = excise.lesion(model, PAIRS, ("him", "her"), test=["Nobody told him."], layers=[5],
                           position=np.array([2]), random=0)
    print(lesion.table("laminar.csv")["layer"], lesion.report, lesion.manifest["threads"])
    concept: excise.ConceptResult = excise.concept.fit(
        model, CONCEPT, layers=[5], alpha=np.array([1, 2]), sample_tokens=0, random=2)
    tested = excise.concept.test(model, CONCEPT, concept, layers="5", sample_tokens=0, random=2)
    print(concept.summary, tested.summary, excise.concept.apply(concept, "on", alpha=2.0).strength)


def corpora(model: excise.Model, folder: pathlib.Path) -> None:
    texts = folder / "texts"
    texts.mkdir()
    for who in ("baker", "doctor"):
        (texts / f"{who}.txt").write_text(f"The {who} saw him there, and nobody spoke.")
    options = {"a": folder / "a.journal", "b": folder / "b.journal"}
    for i, (name, journal) in enumerate(options.items(), 1):
        part = excise.corpus(model, texts, layers=np.array([0]), remove=[0], cells="preset",
                             controls={"norm_matched": 2}, journal=journal, shard=f"{i}/2")
        part.save(folder / name)
    merged: excise.Result = excise.merge([folder / "a", str(folder / "b")])
    paths: list[pathlib.Path] = excise.write_parquet(merged, folder / "tables")
    print(merged.kind, paths, excise.corpus(model, [texts], unit="folder", sample=1).manifest)


def main() -> None:
    model = excise.load("baker-7m", threads=2, special_tokens="text")
    print(model.cfg.n_layers, excise.__version__, excise.bundled_text()[:10])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        runs(model)
        bases(model, folder)
        experiments(model, folder)
        corpora(model, folder)
    try:
        excise.load("no/model")
    except excise.BadInputError as error:
        print(error.code, error)


main()
