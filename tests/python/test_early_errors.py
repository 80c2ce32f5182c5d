"""What cannot be is refused where it is said, with what would do."""
import excise
import pytest

HOOK = "blocks.5.mlp.hook_pre"


@pytest.fixture(scope="module")
def basis(model):
    return excise.fit(model, components=4, hook=HOOK)


@pytest.mark.parametrize("wrong", [5, None, "off.toml", excise.svd([0])])
def test_what_is_no_function_is_refused_at_once(model, wrong):
    with pytest.raises(excise.BadInputError, match="expected a function of"):
        with model.edit(HOOK, wrong):
            pytest.fail("entered")
    for name in ("hooks", "fwd_hooks"):
        with pytest.raises(excise.BadInputError, match="hook_pre: expected a function of"):
            model.run_with_hooks("It was", **{name: {HOOK: wrong}})


def test_an_edit_beside_a_hook_is_no_function(model, basis):
    edit = excise.Edit(HOOK, basis, components=[0])
    with pytest.raises(excise.BadInputError, match=r"stands alone: model.edit\(edit\)"):
        with model.edit(HOOK, edit):
            pytest.fail("entered")


@pytest.mark.parametrize(("wrong", "message"), [
    ({"components": [7]}, "component 7: expected 0 to 3 of the basis at " + HOOK),
    ({"components": [0, 0]}, "each component once, got 0 twice"),
    ({"action": "removee"}, "did you mean remove?"),
    ({"strength": "big"}, "strength: expected numbers, got 'big'"),
    ({"strength": float("nan")}, "a finite number"),
    ({"positions": "5-3"}, "where 5-3 runs backward"),
    ({"from_class": "x"}, "from_class: expected a whole number"),
    ({"hook": "blocks.50.mlp.hook_pre"}, "one that the basis has: " + HOOK),
    ({"hook": 5}, "hook: expected a text, got int"),
    ({"basis": None}, "basis: expected a basis file"),
])
def test_an_edit_is_checked_when_it_is_made(basis, wrong, message):
    with pytest.raises(excise.Error) as caught:
        excise.Edit(**{"hook": HOOK, "basis": basis} | wrong)
    assert message in str(caught.value)


def test_components_are_each_once(basis):
    for make in (lambda: excise.svd([0, 0]), lambda: excise.remove(basis, k=[1, 1])):
        with pytest.raises(excise.BadInputError, match="twice"):
            make()
    with pytest.raises(excise.BadInputError, match="preset: expected a text, got int"):
        excise.remove(excise.svd(), preset=5)


def test_what_is_no_text_is_named_as_python_does(model):
    for wrong, words in ((None, "got None"), (5, "got int 5"), (b"abc", "got bytes")):
        with pytest.raises(excise.BadInputError, match=words):
            model(wrong)


def test_a_result_says_its_kind_and_tables(model, tmp_path):
    result = excise.median(model, "He shook his", " head", percent=[10], layers=[3])
    assert repr(result).startswith("<excise.Result median of baker-7m: ")
    for name in ("layers", "tokens"):
        with pytest.raises(excise.UnknownNameError, match="this result of median: median.csv"):
            getattr(result, name)
    result.save(tmp_path / "out")
    with pytest.raises(excise.BadInputError, match="or give another one$"):
        result.save(tmp_path / "out")


def test_both_texts_of_a_comparison_are_shown(model, basis):
    both = excise.generate(model, "The detective", edit=excise.Edit(HOOK, basis), compare=True,
                           max_tokens=5)
    assert str(both) == f"clean 0: {both.clean.text}\n\nedited 0: {both.edited.text}"
    assert repr(both.edited.text) in repr(both)


def test_files_and_names_that_are_none(model):
    with pytest.raises(excise.BadInputError, match="got a file that is neither"):
        excise.load(__file__)
    with pytest.raises(excise.BadInputError, match=r"did you mean hook_pre\?"):
        excise.sweep(model, hook="hook_prre")
    with pytest.raises(excise.BadInputError, match="names, or {name: repeats}"):
        excise.sweep(model, controls="norm-matched=5")
    with pytest.raises(excise.BadInputError, match="at least 2 to fit on, and beside them"):
        excise.lesion(model, [("I saw him.", "I saw her.")], ("him", "her"))


def test_hooks_take_the_short_names_of_a_cache(model):
    assert model.find_editable("pre5") == model.find_hooks("pre5") == [HOOK]
    zeroed = model.run_with_hooks("It was", hooks={"pre5": lambda a, ctx: a * 0})
    whole = model.run_with_hooks("It was", hooks={HOOK: lambda a, ctx: a * 0})
    assert (zeroed == whole).all()


@pytest.mark.parametrize(("options", "message"), [
    ({"remove": "0,0"}, "each component once, got \"0,0\""),
    ({"remove": "5-3"}, "ranges from the lower component on, such as 3-5, got \"5-3\""),
    ({"layers": [-1]}, "layers count from 0, never from the end; the last is 11"),
    ({"layers": -1}, "the last is 11"),
    ({"layers": "0,-1"}, "the last is 11"),
])
def test_of_two_things_the_wrong_one_is_named(model, options, message):
    with pytest.raises(excise.BadInputError) as caught:
        excise.sweep(model, "It was a dark night", **options)
    assert message in str(caught.value)
