"""What is pickled or copied comes back whole, or says why not."""
import copy
import gc
import pickle
import warnings

import numpy as np
import pytest
import sklearn.decomposition
from conftest import GOLDEN

import excise

TEXT = "It was a dark and stormy night, and the dog did nothing."
HOOK = "blocks.5.mlp.hook_pre"
WAYS = [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy]


@pytest.fixture(params=WAYS, ids=["pickle", "deepcopy", "copy"])
def again(request):
    return request.param


def sweep(model, **options):
    return excise.sweep(model, TEXT, layers=[3, 5], permutations=10, **options)


def same_tables(one, other):
    return all(np.array_equal(one[column], other[column], equal_nan=one[column].dtype.kind == "f")
               for column in one)


def test_a_result(model, again, tmp_path):
    result = sweep(model)
    expected = {name: np.array(array) for name, array in result.arrays.items()}
    json, files, layers = result.json, result.files, result.layers
    result.save(tmp_path / "one")
    copied = again(result)
    del result
    gc.collect()
    assert copied.json == json and copied.files == files and same_tables(copied.layers, layers)
    assert copied.arrays.keys() == expected.keys()
    for name, array in copied.arrays.items():
        np.testing.assert_array_equal(array, expected[name])
        assert not array.flags.writeable
    copied.save(tmp_path / "other")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
    assert copied.report._repr_html_().startswith("<iframe")
    assert "<svg" in copied._repr_html_()


def test_a_saved_result_needs_its_folder_only_until_it_is_pickled(model, tmp_path):
    result = excise.load_result(sweep(model).save(tmp_path / "out"))
    pickled = pickle.dumps(result)
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    assert pickle.loads(pickled).arrays["delta_logprob"].shape[0] == 2
    with pytest.raises(excise.IoError, match="layers.csv"):
        result.layers


def test_results_warn_of_nothing_and_leave_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = sweep(model)
        assert not list(tmp_path.iterdir())  # nor while it lives
        excise.fit(model, TEXT * 3, components=2, hook=HOOK)
        del result
        gc.collect()


def test_a_concept(model, again):
    keys = {"name": "him-her", "words": [" her", " she"], "control_words": [" the", " and"],
            "with": [f"{who} said that she had lost her {what}." for who in ("Ann", "Mary", "Lucy")
                     for what in ("hat", "ring", "book")],
            "without": [f"{who} said that he had lost his {what}." for who in ("Tom", "John")
                        for what in ("hat", "ring", "book")],
            "control_text": "The rain fell on the roof all night."}
    fitted = again(excise.concept.fit(model, keys, layers=[3, 5], alpha=[1], sample_tokens=0))
    assert isinstance(fitted, excise.ConceptResult)
    off = again(fitted.off)
    assert off.action == "remove"
    clean, edited = model(TEXT), {}
    for name, edit in (("off", off), ("on", again(fitted.on))):
        with model.edit(edit):
            edited[name] = model(TEXT)
        assert abs(edited[name] - clean).max() > 0
    tested = again(excise.concept.test(model, keys, fitted, layers=[3], alpha=[1],
                                       sample_tokens=0))
    assert tested.json["off"]["layer"] == 3


def test_what_a_test_of_a_concept_saves_runs_again(model, tmp_path):
    """Its basis is beside it, not in a place that is gone."""
    concept = GOLDEN.parents[1] / "experiments" / "concepts" / "him-her.toml"
    options = {"layers": [3], "alpha": [1], "sample_tokens": 0}
    fitted = excise.concept.fit(model, concept, **options)
    tested = excise.concept.test(model, concept, fitted, **options)
    folder = tested.save(tmp_path / "tested")
    del fitted
    gc.collect()
    assert 'basis_file = "basis.safetensors"' in tested.experiment
    for one in (tested, folder / "experiment.toml", excise.load_result(folder)):
        rerun = excise.run(one)
        assert rerun.json["off"] == tested.json["off"]
        assert same_tables(rerun.table("concept.csv"), tested.table("concept.csv"))


def test_a_model(model, again):
    copied = again(model)
    assert copied.fingerprint == model.fingerprint and copied.cfg == model.cfg
    np.testing.assert_array_equal(copied(TEXT), model(TEXT))
    with model.edit(HOOK, lambda a, ctx: a * 0):
        np.testing.assert_array_equal(again(model)(TEXT), copied(TEXT))  # edits stay here


def test_a_model_whose_files_have_changed(tmp_path):
    import shutil
    folder = tmp_path / "model"
    shutil.copytree(GOLDEN / "tiny-gpt2", folder)
    pickled = pickle.dumps(excise.load(folder))
    pickle.loads(pickled)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-9] ^= 1
    weights.write_bytes(content)
    with pytest.raises(excise.BadInputError, match="that was pickled"):
        pickle.loads(pickled)
    shutil.rmtree(folder)
    with pytest.raises(excise.BadInputError, match="no such folder"):
        pickle.loads(pickled)


def test_a_cache(model, again):
    _, cache = model.run_with_cache(TEXT)
    copied = again(cache)
    assert list(copied) == list(cache)
    np.testing.assert_array_equal(copied["pre", -1], cache["pre", -1])
    np.testing.assert_array_equal(copied["transformer.h.5.mlp.c_fc"], cache[HOOK])


def test_a_basis(model, again):
    basis = excise.fit(model, TEXT * 5, hook="blocks.*.mlp.hook_pre", components=3)
    copied = again(basis)
    assert copied.kind == basis.kind and list(copied) == list(basis)
    assert copied.provenance == basis.provenance and copied.report == basis.report
    for one, other in ((basis[HOOK], copied[HOOK]), (basis[HOOK], again(basis[HOOK]))):
        assert one.hook == other.hook
        for name in ("atoms", "filters", "mean", "values"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        a = np.random.default_rng(0).standard_normal((4, 768), np.float32)
        np.testing.assert_array_equal(one.decomposition.remove(a, [0]),
                                      other.decomposition.remove(a, [0]))
    assert sweep(model, basis=copied).summary == sweep(model, basis=basis).summary


def test_edits(model, again):
    basis = excise.fit(model, TEXT * 5, hook=HOOK, components=3)
    pca = sklearn.decomposition.PCA(2, svd_solver="full")  # "auto" draws at random for this shape
    for edit in (excise.Edit(HOOK, basis, [0]), excise.remove(basis, [1]),
                 excise.remove(excise.svd(k=[0]), preset="pca"), excise.remove(pca, [1])):
        logits = []
        for one in (edit, again(edit)):
            with model.edit(*((one,) if isinstance(one, excise.Edit) else (HOOK, one))):
                logits.append(model(TEXT))
        # scikit-learn fits anew, and not to the last bit.
        np.testing.assert_allclose(*logits, rtol=0, atol=1e-4 if "PCA" in repr(edit) else 0)


def test_continuations(model, again):
    found = excise.generate(model, TEXT, max_tokens=4)
    copied = again(found)
    assert copied.text == found.text and copied.json == found.json
    assert copied[0].tokens == found[0].tokens


def test_errors(model):
    for make in (lambda: excise.load("no/such/model"), lambda: model([])):
        with pytest.raises(excise.Error) as raised:
            make()
        copied = pickle.loads(pickle.dumps(raised.value))
        assert type(copied) is raised.type and str(copied) == str(raised.value)


def test_a_sparse_autoencoder_says_why_not():
    basis = excise.load_basis(next((GOLDEN / "sae").iterdir()))
    with pytest.raises(pickle.PicklingError, match="pass its folder"):
        pickle.dumps(basis)
    assert copy.deepcopy(basis) is basis


def test_a_basis_file_that_was_replaced(model, tmp_path):
    """A basis is what was loaded: what now lies at its path is another one."""
    path = tmp_path / "basis.safetensors"
    excise.fit(model, TEXT * 5, hook="blocks.*.mlp.hook_pre", components=3).save(path)
    basis = excise.load_basis(path)
    before, edit = sweep(model, basis=basis), excise.Edit(HOOK, basis, [0])
    with model.edit(edit):
        logits = model(TEXT)
    excise.fit(model, "The rain fell on the roof. " * 9, hook="blocks.*.mlp.hook_pre",
               components=3).save(path, force=True)
    after = sweep(model, basis=basis)
    np.testing.assert_array_equal(after.arrays["delta_logprob"], before.arrays["delta_logprob"])
    assert "basis.safetensors" in after.files  # its own copy
    with model.edit(edit):
        np.testing.assert_array_equal(model(TEXT), logits)
    again = excise.run(after)
    np.testing.assert_array_equal(again.arrays["delta_logprob"], after.arrays["delta_logprob"])
