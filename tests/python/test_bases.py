"""Bases of a sweep: names, files, what Python fitted and what it has yet to fit."""
import itertools
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import sklearn.decomposition
from excise import _core
from excise._decompositions import affine_parts

import excise

PRE = "blocks.{}.mlp.hook_pre"
FAST = {"layers": [3, 5], "permutations": 100}
EVERYTHING = {"random_rank": 2, "norm_matched": 2, "neuron_shuffle": 2}


def pca(k=6):
    return sklearn.decomposition.PCA(k, svd_solver="full")


def activations(model, layer):
    name = PRE.format(layer)
    return model.run_with_cache(excise.bundled_text(), name)[1][name].astype(np.float64)


def same(one, other, tolerance=1e-6):
    """All arrays, relative to their size; singular values belong to the svd alone."""
    for name in one.arrays.keys() - {"singular_values"}:
        expected = np.asarray(one.arrays[name], float)
        np.testing.assert_allclose(np.asarray(other.arrays[name], float), expected, rtol=0,
                                   atol=tolerance * max(1, abs(expected).max()), err_msg=name)


ROUNDED = 1e-4  # fitted on activations of another forward pass


@pytest.fixture(scope="module")
def svd_sweep(model):
    return excise.sweep(model, preset="pca", remove=[0, 2], controls=EVERYTHING, **FAST)


@pytest.mark.parametrize("basis", [pca(), sklearn.decomposition.PCA(6, whiten=True,
                                                                    svd_solver="full")], ids=repr)
def test_pca_of_scikit_learn_is_the_svd(model, svd_sweep, basis):
    """The same effects, controls and statistics, from a basis that Python fits layer by layer."""
    found = excise.sweep(model, basis=basis, remove=[0, 2], controls=EVERYTHING, **FAST)
    same(svd_sweep, found)
    for column in ("t", "p", "q", "mean", "share"):
        np.testing.assert_allclose(found.layers[column], svd_sweep.layers[column], rtol=1e-5,
                                   err_msg=column)
    assert not hasattr(basis, "components_")  # copies were fitted
    assert "PCA components 0, 2" in found.summary
    assert found.manifest["basis"]["source"] == "this text"


def test_a_basis_without_a_centre(model):
    basis = sklearn.decomposition.TruncatedSVD(5, algorithm="arpack")
    one = excise.sweep(model, centre="none", restore="none", **FAST)
    same(one, excise.sweep(model, basis=basis, **FAST))


def test_an_edit_is_the_branch(model):
    """The fast way, affine parts in the engine, and the slow one: transform in every pass."""
    ids = model.encode(excise.bundled_text())
    basis = sklearn.decomposition.FastICA(3, random_state=0, tol=1e-2)
    found = excise.sweep(model, ids, basis=basis, remove=[1], layers=[5])

    def logprobs(logits):
        wide = logits.astype(np.float64)
        wide -= wide.max(axis=1, keepdims=True)
        wide -= np.log(np.exp(wide).sum(axis=1, keepdims=True))
        return wide[np.arange(len(ids) - 1), ids[1:]]
    with model.edit(PRE.format(5), excise.remove(basis, k=[1])):
        edited = model(ids)
    np.testing.assert_allclose(logprobs(model(ids)) - logprobs(edited),
                               found.arrays["delta_logprob"][0, 1:], rtol=0, atol=1e-4)


def test_svd_names_its_components(model, svd_sweep):
    same(svd_sweep, excise.sweep(model, basis=excise.svd(k=[0, 2]), preset="pca",
                                 controls=EVERYTHING, **FAST))


def test_fitted_ones(model, svd_sweep):
    fitted = {layer: pca().fit(activations(model, layer)) for layer in (3, 5)}
    options = FAST | {"remove": [0, 2], "controls": EVERYTHING}
    same(svd_sweep, excise.sweep(model, basis=fitted, **options), ROUNDED)
    basis = excise.Basis.of(model, {PRE.format(layer): one for layer, one in fitted.items()})
    same(svd_sweep, excise.sweep(model, basis=basis, **options), ROUNDED)
    one = excise.sweep(model, basis=fitted[5], **options | {"layers": [5]})
    np.testing.assert_allclose(one.arrays["delta_logprob"][0],
                               svd_sweep.arrays["delta_logprob"][1], rtol=0, atol=ROUNDED)


def test_files(model, svd_sweep, tmp_path, monkeypatch):
    """A basis file by its path, its name, and loaded; and as the command line takes it."""
    monkeypatch.chdir(tmp_path)
    basis = excise.Basis.of(model, {PRE.format(layer): pca().fit(activations(model, layer))
                                    for layer in (3, 5)})
    path = basis.save("pca.safetensors")
    options = {"remove": [0, 2], "controls": EVERYTHING, "permutations": 100}
    for given in (path, str(path), excise.load_basis(path)):
        same(svd_sweep, excise.sweep(model, basis=given, **options), ROUNDED)
    program = pathlib.Path(sys.executable).parent / "excise"
    subprocess.run([program, "sweep", "baker-7m", "--basis-file", path, "--remove", "0,2",
                    "--controls", "random-rank=2,norm-matched=2,neuron-shuffle=2", "--out", "cli",
                    "--quiet"], check=True)
    same(svd_sweep, excise.load_result("cli"), ROUNDED)
    with pytest.raises(excise.BadInputError, match="force"):
        basis.save(path)
    basis.save(path, force=True)
    with pytest.raises(excise.BadInputError, match="a folder"):
        basis.save(tmp_path, force=True)


def test_a_result_repeats_itself(model, tmp_path):
    """With a basis that no file had: the result folder has it."""
    basis = sklearn.decomposition.FastICA(3, tol=1e-2)  # draws anew each time
    found = excise.sweep(model, basis=basis, remove=[1], **FAST)
    folder = found.save(tmp_path / "out")
    assert "basis.safetensors" in found.files
    again = excise.run(folder / "experiment.toml")
    assert again.manifest["basis"]["held_out"] is False
    for other in (again, excise.run(found)):
        np.testing.assert_array_equal(other.arrays["delta_logprob"],
                                      found.arrays["delta_logprob"])
    program = pathlib.Path(sys.executable).parent / "excise"
    subprocess.run([program, "run", folder / "experiment.toml", "--out", tmp_path / "cli",
                    "--quiet"], check=True)
    np.testing.assert_array_equal(excise.load_result(tmp_path / "cli").arrays["delta_logprob"],
                                  found.arrays["delta_logprob"])


def test_a_fit_that_draws_is_one_fit(model):
    """The engine comes back to a layer in each pass that memory allows."""
    class Drawn(sklearn.decomposition.PCA):
        counter = itertools.count()

        def fit(self, X, y=None):
            super().fit(X)
            self.components_ = np.roll(self.components_, next(self.counter), axis=0)
            return self
    many = {"controls": {"norm_matched": 30}, "layers": [3], "permutations": 100}

    def with_least_memory():
        for megabytes in range(8, 64):
            try:
                return excise.sweep(model, basis=Drawn(3), memory_limit=f"{megabytes}M", **many)
            except excise.OutOfMemoryError:
                continue
        raise AssertionError("64 MB should do")
    small = with_least_memory()
    assert small.manifest["passes"] > 1
    Drawn.counter = itertools.count()
    whole = excise.sweep(model, basis=Drawn(3), **many)
    same(whole, small, ROUNDED)


def test_several_texts(model):
    """Each text has a basis of its own, as with the svd."""
    texts = ["The dog did nothing in the night-time.", "That was the curious incident.",
             "He took his hat and went down to the river."]
    one = excise.sweep(model, texts, preset="pca", **FAST)
    other = excise.sweep(model, texts, basis=pca(1), **FAST)
    for a, b in zip(one.json["layers"], other.json["layers"]):
        np.testing.assert_allclose(b["over_texts"]["means"], a["over_texts"]["means"], rtol=1e-4,
                                   atol=1e-6)
    assert "basis.safetensors" not in other.files  # it would be that of one text
    with pytest.raises(excise.BadInputError, match='got "PCA"'):
        excise.run(other.experiment)


def test_named_bases(model, tmp_path):
    """Options of the command line that go with them."""
    found = excise.sweep(model, basis="ica", components=4, **FAST)
    assert found.manifest["spec"]["components"] == 4
    found = excise.sweep(model, basis="leace", class_tokens=["^ (he|his|him)$"], shrinkage=0.1,
                         **FAST)
    assert found.manifest["basis"]["name"] == "leace"
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(excise.bundled_text() * 8)
    found = excise.sweep(model, corpus=corpus, **FAST)
    assert found.manifest["basis"]["fit"]["held_out_tokens"] > 0


def test_what_a_basis_holds(model, tmp_path):
    a = activations(model, 5)
    fitted = pca(4).fit(a)
    basis = excise.Basis.of(model, {"transformer.h.5.mlp.c_fc": fitted})
    basis = excise.load_basis(basis.save(tmp_path / "b.safetensors"))
    assert list(basis) == [PRE.format(5)] and basis.kind == "PCA"
    one = basis[PRE.format(5)]
    np.testing.assert_allclose(one.mean, fitted.mean_)
    np.testing.assert_allclose(abs(one.atoms), abs(fitted.components_), atol=1e-12)
    codes = (a - one.mean) @ one.filters.T
    np.testing.assert_allclose(one.decomposition.encode(a, [0, 1, 2, 3]), codes, atol=1e-5)
    np.testing.assert_allclose(one.decomposition.remove(a, [1]),
                               a - np.outer(codes[:, 1], one.atoms[1]), atol=1e-4)
    assert basis.provenance["model_fingerprint"] == model.fingerprint
    assert "PCA of baker-7m" in repr(basis)
    with pytest.raises(KeyError, match="one that it has"):
        basis["blocks.4.mlp.hook_pre"]
    edit = excise.remove(basis, k=[1])
    with model.edit(PRE.format(5), edit), model.edit(PRE.format(5), edit):
        edited = model.run_with_cache(excise.bundled_text(), PRE.format(5))[1]["pre", 5]
    np.testing.assert_allclose(edited, excise.remove(fitted, k=[1])(a), atol=1e-4)
    with pytest.raises(excise.BadInputError, match="blocks.4"), model.edit(PRE.format(4), edit):
        model("He")


@pytest.mark.parametrize("make", [
    pca, lambda: sklearn.decomposition.PCA(3, whiten=True),
    lambda: sklearn.decomposition.FastICA(3, random_state=0, tol=1e-1),
    lambda: sklearn.decomposition.TruncatedSVD(3),
    lambda: sklearn.decomposition.FactorAnalysis(2)])
def test_affine_parts_are_the_transform(make):
    a = np.random.default_rng(0).standard_normal((40, 30)) @ np.diag(np.arange(30)) + 3
    basis = make().fit(a)
    atoms, filters, mean = affine_parts(basis, a)
    centred = a if mean is None else a - mean
    np.testing.assert_allclose(centred @ filters.T, basis.transform(a), atol=1e-8)
    if hasattr(basis, "inverse_transform"):
        expected = basis.inverse_transform(np.eye(len(atoms))) - basis.inverse_transform(
            np.zeros((1, len(atoms))))
        np.testing.assert_allclose(atoms, expected, atol=1e-8)


class Squares:
    components_ = np.eye(2, 768)

    def fit(self, X):
        return self

    def transform(self, X):
        return X[:, :2] ** 2


class Broken(sklearn.decomposition.PCA):
    def fit(self, X, y=None):
        raise LookupError("of the fit")


class Unknown(sklearn.decomposition.PCA):
    def transform(self, X):
        return super().transform(X) * np.nan


@pytest.mark.parametrize("options, message", [
    ({"basis": 3}, "got int"), ({"basis": {3: 4}}, "fitted decomposition"),
    ({"basis": {3: pca()}}, "fitted decomposition"), ({"basis": {}}, "at least one hook"),
    ({"basis": pca(), "preset": "pca"}, "preset: expected none"),
    ({"basis": pca(), "components": 3}, "components"),
    ({"basis": excise.svd(k=[1]), "remove": [2]}, "names the components"),
    ({"basis": pca().fit(np.eye(9, 768))}, "one layer to use it at, got 12"),
    ({"basis": pca().fit(np.eye(9, 7)), "layers": [1]}, "768"),
    ({"basis": pca(2), "remove": [2]}, "component 2"),
    ({"basis": Squares(), "layers": [1]}, "affine"),
    ({"basis": "none/there.safetensors"}, "there.safetensors"),
    ({"basis": "fourier"}, "fourier"), ({"basis": "ica", "preset": "pca"}, "preset"),
    ({"basis": "svd", "class_tokens": ["a"]}, "classes"), ({"basis": "ged"}, "classes")])
def test_what_is_refused(model, options, message):
    with pytest.raises((excise.BadInputError, excise.IoError), match=message):
        excise.sweep(model, **options)


def test_what_python_raises_is_raised(model):
    with pytest.raises(LookupError, match="of the fit"):
        excise.sweep(model, basis=Broken(2))
    with pytest.raises(excise.BadInputError, match="finite"):
        excise.sweep(model, basis=Unknown(2))


def test_bases_that_are_refused(tmp_path):
    with pytest.raises(excise.IoError):
        excise.load_basis(tmp_path / "none.safetensors")
    (tmp_path / "b").write_bytes(b"nothing of the kind")
    with pytest.raises(excise.BadFileError):
        excise.load_basis(tmp_path / "b")
    tiny = excise.load(pathlib.Path(__file__).parents[1] / "golden" / "tiny-gpt2")
    with pytest.raises(excise.BadInputError, match="fingerprint"):
        excise.sweep(tiny, [1, 2, 3, 4], basis=excise.Basis.of(
            excise.load("baker-7m"), {PRE.format(0): pca().fit(np.eye(9, 768))}))
    parts = (np.ones((2, 3)), np.ones((2, 4)), None)
    with pytest.raises(excise.BadInputError, match="fit together"):
        _core.make_basis(tiny._core, "x", [(PRE.format(0), parts)], "")


def test_a_folder_beside_is_a_path_and_a_kind_is_a_name(model, ids, tmp_path, monkeypatch):
    """Of a sparse autoencoder or a file, whatever it is called; a kind's name means the kind."""
    monkeypatch.chdir(tmp_path)
    fitted = excise.fit(model, excise.bundled_text(), hook=PRE.format(3), components=2)
    fitted.save("mine.safetensors")
    pathlib.Path("mine.safetensors").rename("mine")
    swept = excise.sweep(model, ids, basis="mine", layers=[3], permutations=10)
    assert swept.manifest["spec"]["basis_file"] == "mine"
    pathlib.Path("svd").mkdir()
    assert excise.sweep(model, ids, basis="svd", layers=[3], permutations=10).manifest["spec"][
        "basis"] == "svd"
    with pytest.raises(excise.Error, match="svd"):
        excise.sweep(model, ids, basis="./svd", layers=[3])
    with pytest.raises(excise.BadInputError, match="did you mean leace"):
        excise.sweep(model, ids, basis="leac", class_tokens=["^ he$"])


def test_every_kind_of_basis_is_told():
    for kind in _core.basis_kinds():
        assert f'"{kind}"' in excise.sweep.__doc__, kind
        if kind != "neurons":  # there is nothing to fit
            assert f'"{kind}"' in excise.fit.__doc__, kind
