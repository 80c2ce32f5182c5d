"""Edits: the operator against its golden values, and decompositions written in Python."""
import numpy as np
import pytest
import sklearn.decomposition
from conftest import GOLDEN
from excise import _core

import excise

PRE = "blocks.5.mlp.hook_pre"


def test_the_operator_is_the_golden_one(close):
    golden = _core.read_safetensors(GOLDEN / "operator.safetensors")
    edited = [name for name in golden if name.startswith("edited/")]
    assert len(edited) == 108
    for name in edited:
        _, size, centre, restore, k = name.split("/")
        components = [] if k == "empty" else [int(i) for i in k.split("_")]
        edit = excise.remove(excise.svd(k=components), centre=centre, restore=restore)
        close("operator.safetensors", "edited", edit(golden[f"A/{size}"]), golden[name])


def test_an_edit_is_the_branch_of_a_sweep(model):
    """The same removal, by an edit and two passes, and by the wavefront."""
    ids = model.encode("The dog did nothing in the night-time. That was the curious incident.")

    def logprobs(logits):
        wide = logits.astype(np.float64)
        wide -= wide.max(axis=1, keepdims=True)
        wide -= np.log(np.exp(wide).sum(axis=1, keepdims=True))
        return wide[np.arange(len(ids) - 1), ids[1:]]
    for preset in ("published", "pca"):
        result = excise.sweep(model, ids, preset=preset, remove=[0, 2], layers=[5])
        with model.edit(PRE, excise.remove(excise.svd(k=[0, 2]), preset=preset)):
            edited = model(ids)
        np.testing.assert_allclose(logprobs(model(ids)) - logprobs(edited),
                                   result.arrays["delta_logprob"][0, 1:], rtol=0, atol=1e-4)


@pytest.mark.parametrize("basis", [
    sklearn.decomposition.PCA(4, svd_solver="full"),
    sklearn.decomposition.PCA(4, whiten=True, svd_solver="full"),
    sklearn.decomposition.TruncatedSVD(4, algorithm="arpack")], ids=repr)
def test_scikit_learn_gives_the_svd(model, basis):
    """What scikit-learn calls a principal component is the svd's with the same centre."""
    ids = model.encode(excise.bundled_text())
    a = model.run_with_cache(ids, PRE)[1][PRE]
    centred = not isinstance(basis, sklearn.decomposition.TruncatedSVD)
    mean = "neuron" if centred else "none"
    ours = excise.remove(excise.svd(k=[0, 2]), centre=mean, restore=mean)
    np.testing.assert_allclose(excise.remove(basis, k=[0, 2])(a), ours(a), rtol=0, atol=1e-4)
    assert not hasattr(basis, "components_")  # a copy was fitted


def test_a_fitted_basis_stays_as_it_is(model, ids):
    a = model.run_with_cache(ids, PRE)[1][PRE]
    other = model.run_with_cache(excise.bundled_text(), PRE)[1][PRE]
    basis = sklearn.decomposition.PCA(3).fit(other)
    v = basis.components_[1]
    expected = a - np.outer((a - basis.mean_) @ v, v)
    np.testing.assert_allclose(excise.remove(basis, k=[1])(a), expected, rtol=0, atol=1e-4)


def test_independent_components(model):
    ids = model.encode(excise.bundled_text())
    a = model.run_with_cache(ids, PRE)[1][PRE]
    basis = sklearn.decomposition.FastICA(3, random_state=0, tol=1e-2).fit(a)
    edited = excise.remove(basis, k=[1])(a)
    sources = basis.transform(a)
    np.testing.assert_allclose(edited, a - np.outer(sources[:, 1], basis.mixing_[:, 1]),
                               rtol=0, atol=1e-4)
    assert abs(basis.transform(edited)[:, 1]).max() < 1e-3 < abs(sources[:, 1]).max()


def test_a_basis_without_an_inverse(model, ids):
    class FirstNeurons:
        components_ = np.eye(3, 768)

        def fit(self, X):
            return self

        def transform(self, X):
            return X[:, :3]
    with model.edit(PRE, excise.remove(FirstNeurons(), k=[0, 2])):
        edited = model.run_with_cache(ids, PRE)[1][PRE]
    assert not edited[:, [0, 2]].any() and edited[:, 1].any()


@pytest.mark.parametrize("make, message", [
    (lambda: excise.remove(excise.svd(), preset="pac"), "did you mean pca"),
    (lambda: excise.remove(excise.svd(), centre="middle", restore="none"), "middle"),
    (lambda: excise.remove(excise.svd(), k=[1]), r"svd\(k=...\)"),
    (lambda: excise.remove("svd"), "got str"),
    (lambda: excise.remove(sklearn.decomposition.PCA(2), preset="pca"), "mean of its own"),
    (lambda: excise.remove(sklearn.decomposition.PCA(2), k=[2])(np.random.rand(5, 4)),
     "0 to 1 for this basis"),
    (lambda: excise.remove(excise.svd(k=[9]))(np.ones((4, 6))), "component 9: expected 0 to 0"),
    (lambda: excise.remove(excise.svd())(np.full((4, 6), np.nan)), "NaN|finite"),
])
def test_what_is_refused(make, message):
    with pytest.raises(excise.BadInputError, match=message):
        make()
