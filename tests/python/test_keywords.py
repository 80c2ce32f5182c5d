"""Names that Python people try: arguments that a function lacks, attributes of TransformerLens."""
import copy
import inspect
import pickle

import pytest

import excise

FUNCTIONS = [excise.load, excise.sweep, excise.median, excise.lesion, excise.run, excise.generate, excise.fit,
             excise.export, excise.remove, excise.svd, excise.concept.fit, excise.concept.test,
             excise.concept.apply, excise.Model.run_with_cache, excise.Model.run_with_hooks]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_what_a_function_lacks_is_refused_by_name(function):
    with pytest.raises(excise.UnknownArgumentError, match=r"nonesuch: expected an argument of .*; it takes"):
        function(nonesuch=1)
    assert pickle.loads(pickle.dumps(function)) is function
    assert "nonesuch" not in inspect.signature(function).parameters


@pytest.mark.parametrize(("wrong", "meant"), [
    ("layer", "layers"), ("at", "hook"), ("text_file", "text"), ("permutation", "permutations")])
def test_near_names_and_options_are_told(model, wrong, meant):
    with pytest.raises(excise.BadInputError, match=f"did you mean {meant}?") as caught:
        excise.sweep(model, "It was", **{wrong: 3})
    assert isinstance(caught.value, TypeError)
    with pytest.raises(TypeError, match=r"an argument of model\(\).*return_type"):
        model("It was", returntype="loss")


def test_names_of_transformer_lens_are_told(model):
    for name, ours in (("to_tokens", "model.encode"), ("to_string", "model.decode"),
                       ("blocks", "model.layer_weights"), ("tokenizer", "model.encode")):
        assert not hasattr(model, name)
        with pytest.raises(AttributeError, match=f"no attribute '{name}'; here it is {ours}"):
            getattr(model, name)
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'$"):
        model.nonesuch
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.name == model.name
