"""`sweep --swap`: the subspace's values of another text, in files and words, and what is refused."""
import pytest
from support import GOLDEN, excise, read_results, read_safetensors

BAKER = "baker-7m"
TEXT = "The old man said that the boy was in the house by the sea."
OTHER = "The old man said that the girl was in the house by the sea."


def test_files_say_the_same(tmp_path):
    done = excise("sweep", BAKER, "--text", TEXT, "--swap", OTHER, "--preset", "pca", "--out", tmp_path / "a")
    results = read_results(tmp_path / "a")
    arrays = read_safetensors(tmp_path / "a" / "arrays.safetensors")
    first = results["other_text"]["first_difference"]
    ids = results["tokens"]["ids"], results["other_text"]["ids"]
    assert ids[0][:first] == ids[1][:first] and ids[0][first] != ids[1][first]
    whole = arrays["delta_logprob_other_text"][first + 1:]
    assert results["other_text"]["effect"]["mean"] == pytest.approx(whole.mean())
    for row, layer in enumerate(results["layers"]):
        effects = arrays["delta_logprob_swap"][row]
        assert (effects[:first + 1] == 0).all()
        swap = layer["variants"]["swap"]
        assert swap["n"] == len(whole) and swap["mean"] == pytest.approx(effects[first + 1:].mean())
        way = layer["variants"]["swap_of_other_text"]
        if results["other_text"]["effect"]["ci95"][0] > 0:
            assert way["ratio"] == pytest.approx(effects[first + 1:].mean() / whole.mean())
        else:
            assert way is None
    assert "swapped with the other text" in done.out
    assert f"differs from token {first} on" in results["summary"]
    assert next(item for item in results["checklist"] if item["id"] == "swap")["asked"]
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    for name in ("variants.csv", "arrays.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("other, words", [
    ("The old man said.", "as many tokens as the text has"),
    (TEXT, "the same tokens"),
    (TEXT[:-1] + "!", "the last token alone differs"),
])
def test_texts_that_cannot_be_swapped_are_refused(tmp_path, other, words):
    refused = excise("sweep", BAKER, "--text", TEXT, "--swap", other, "--out", tmp_path / "a", code=2)
    assert words in refused.err and "--swap" in refused.err and not (tmp_path / "a").exists()


def test_a_corpus_has_no_swap(tmp_path):
    refused = excise("corpus", BAKER, GOLDEN / "pairs_him_her.tsv", "--swap", OTHER, "--out", tmp_path / "a", code=2)
    assert "swap" in refused.err
