"""A Path is the file's text wherever a text is taken, read as the command line reads it."""
import numpy as np
import pytest

import excise

TEXT = "The dog did nothing in the night-time."


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode() + b"\r\n")
    return path


def test_a_path_is_the_text_of_its_file(model, file):
    ids = model.encode(TEXT)
    np.testing.assert_array_equal(model.encode(file), ids)
    np.testing.assert_array_equal(model(file), model(TEXT))
    both, caches = model.run_with_cache([TEXT, file], "blocks.5.mlp.hook_pre")
    np.testing.assert_array_equal(both[0], both[1])
    assert model.to_str_tokens(file) == model.to_str_tokens(TEXT)
    assert excise.generate(model, file, max_tokens=2).prompt == TEXT


def test_experiments_and_fits_take_paths(model, file):
    swept = excise.sweep(model, file, layers=5, permutations=10)
    assert swept.manifest["spec"]["text"] == TEXT
    swept = excise.sweep(model, ["She saw him.", file], layers=5, permutations=10)
    assert swept.manifest["spec"]["text"] == ["She saw him.", TEXT]
    assert excise.median(model, file, " the", layers=5).manifest["spec"]["prompt"] == TEXT
    for text in (file, [file]):
        basis = excise.fit(model, text, components=2, hook="blocks.5.mlp.hook_pre")
        assert basis.report["fit_tokens"] == len(model.encode(TEXT))


def test_a_file_without_a_text_is_named(model, file):
    file.write_text("\n")
    for call in (model, model.encode, lambda path: excise.sweep(model, path)):
        with pytest.raises(excise.BadInputError, match="text.txt: expected at least one token"):
            call(file)
    with pytest.raises(excise.IoError):
        model(file.parent / "none.txt")
