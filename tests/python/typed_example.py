"""What a user with a type checker may write; test_package.py checks and runs it."""
import pathlib
import tempfile

import numpy as np
from numpy.typing import NDArray

import excise


CONCEPT = {
    "name": "she", "words": [" her"], "control_words": [" the"],
    "with": [f"{who} lost her {what}." for who in ("Ann", "May") for what in ("hat", "bag", "cup")],
    "without": [f"{who} lost his {what}." for who in ("Tom", "Jim") for what in ("hat", "bag", "cup")],
    "control_text": "The rain fell on the roof all night.",
}


def halve(a: NDArray[np.float32], ctx: excise.HookContext) -> NDArray[np.float32]:
    return a * np.float32(0.5) if ctx.layer == 5 else a


def largest_change(model: excise.Model, text: str) -> float:
    ids = model.encode(text)
    logits, cache = model.run_with_cache(ids, names_filter="blocks.*.mlp.hook_pre")
    pre: NDArray[np.float32] = cache["pre", 5]
    edited = model.run_with_hooks(ids, hooks={"blocks.*.mlp.hook_pre": halve})
    with model.edit("blocks.5.mlp.hook_pre", excise.remove(excise.svd(k=[0]), preset="pca")):
        removed = model(ids)
    assert pre.shape == (len(ids), model.cfg.d_mlp)
    lens: NDArray[np.float32] = model.unembed(model.ln_final(cache.get("resid_post5", pre[:, :192])))
    losses: list[float] = model([text, text], return_type="loss")
    assert lens.shape == logits.shape and losses[0] == losses[1]
    return float(max(np.abs(edited - logits).max(), np.abs(removed - logits).max()))


def main() -> None:
    model = excise.load("baker-7m")
    print(largest_change(model, "It was a dark and stormy night"))
    result = excise.sweep(model, preset="pca", layers=range(2), progress=False)
    effects: NDArray[np.float64] = result.arrays["delta_logprob"]
    print(effects.mean(), result.layers["t"], result.headline["worst_layer"])
    basis = excise.fit(model, components=4, hook="blocks.5.mlp.hook_pre", progress=False)
    first: excise.HookBasis = basis["blocks.5.mlp.hook_pre"]
    assert first.atoms is not None and first.atoms.shape == (4, model.cfg.d_mlp)
    swept = excise.sweep(model, basis=basis, remove=[0, 1], progress=False)
    print(swept.summary, excise.sweep(model, basis=excise.svd([1]), layers=[5]).json["schema"])
    off = excise.Edit("blocks.5.mlp.hook_pre", basis, components=[0], strength=0.5)
    with tempfile.TemporaryDirectory() as folder:
        path: pathlib.Path = off.save(f"{folder}/off.toml")
        with model.edit(path), model.edit(excise.load_edit(path)):
            print(model("He").shape)
        written = excise.export(model, off, f"{folder}/edited", check=False)
        print(excise.load(written.folder), written.changed)
    concept: excise.ConceptResult = excise.concept.fit(model, CONCEPT, layers=[5], sample_tokens=0)
    print(concept.summary, excise.concept.apply(concept, "on", alpha=2.0).strength)
    generation = excise.generate(model, "He shook his", edit=off, compare=True, max_tokens=3)
    for continuation in generation:
        print(continuation.branch, continuation.text, continuation.logprobs.sum())
    try:
        excise.load("no/model")
    except excise.BadInputError as error:
        print(error.code, error)


main()
