"""`--parts` and `--variants` over several texts and over corpora: against each text on its own."""
import json
import signal
import subprocess
import time

import numpy as np
import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
TEXTS = ["The dog did nothing in the night-time, and that was the curious incident.",
         "She gave him the letter, and he read it twice before he spoke.",
         "It rained all day. Nobody came to the house, and the lamp burned low.",
         "He lit his pipe and looked at the fire for an hour without a word.",
         "A small cat sat on the wall under the moon and washed its paws."]
ASKED = ["--parts", "--variants", "keep-only,robustness", "--layers", "0,5,11", "--permutations", "100"]
# Rows of several texts share products, whose float32 sums have an order of their own.
ROUNDED = 1e-4


def mean_of(values):
    return float(np.mean(values))


@pytest.fixture(scope="module", params=["published", "pca"])
def preset(request):
    return request.param


@pytest.fixture(scope="module")
def alone(preset, tmp_path_factory):
    """Each text in a sweep of its own."""
    place = tmp_path_factory.mktemp("alone")
    results = []
    for i, text in enumerate(TEXTS):
        excise("sweep", BAKER, "--text", text, *ASKED, "--preset", preset, "--controls", "norm-matched=3",
               "--out", place / str(i))
        results.append((read_results(place / str(i)), read_safetensors(place / str(i) / "arrays.safetensors")))
    return results


def write_lines(path, texts):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.fixture(scope="module")
def corpus(preset, tmp_path_factory):
    place = tmp_path_factory.mktemp("corpus")
    lines = write_lines(place / "texts.jsonl", TEXTS)
    done = excise("corpus", BAKER, lines, *ASKED, "--preset", preset, "--controls", "norm-matched=3",
                  "--out", place / "out")
    return lines, place / "out", done


def layers_of(results):
    return results["layers"]


def check_over(over, singles, row):
    """The layer's numbers over texts are means of those of the texts."""
    each = [layers_of(results)[row] for results, _ in singles]
    effect = over["mean"] if "mean" in over else over["default_n"]["mean"]
    parts = over["parts"]
    shares = [share["mean"] for share in parts["shares"]]
    for p, share in enumerate(shares):
        assert share == pytest.approx(
            mean_of([one["parts"]["shares"][p]["mean"] for one in each]), abs=ROUNDED)
        assert parts["shares"][p]["ci95"] is None or parts["shares"][p]["ci95"][0] <= share
    assert sum(shares) == pytest.approx(effect, abs=parts["largest_error"] + 1e-9)
    direct = [one["parts"]["direct"]["mean"] for one in each]
    assert parts["direct"]["n"] == len(TEXTS)
    assert parts["direct"]["mean"] == pytest.approx(mean_of(direct), abs=ROUNDED)
    assert parts["direct"]["sd"] == pytest.approx(np.std(direct, ddof=1), abs=ROUNDED)
    if parts["repair"] is not None:
        assert parts["repair"] == pytest.approx(1 - effect / parts["direct"]["mean"])
        assert parts["repair_ci95"][0] <= parts["repair"] <= parts["repair_ci95"][1]
    for name, variant in over["variants"].items():
        if not isinstance(variant, dict) or "mean" not in variant:
            continue
        assert variant["n"] == len(TEXTS)
        assert variant["mean"] == pytest.approx(
            mean_of([one["variants"][name]["mean"] for one in each]), abs=ROUNDED), name


def test_a_corpus_is_the_mean_of_its_texts(alone, corpus):
    _, out, done = corpus
    results = read_results(out)
    assert {"parts.csv", "variants.csv"} <= set(results["manifest"]["files"])
    for row in range(3):
        check_over(layers_of(results)[row], alone, row)
    # The last layer has nothing behind it.
    assert layers_of(results)[2]["parts"]["repair"] is None
    rows = read_csv(out / "parts.csv")
    assert len(rows) == 3 * 25
    for row, layer in enumerate(layers_of(results)):
        assert [float(one["mean"]) for one in rows[25 * row:25 * row + 25]] == pytest.approx(
            [share["mean"] for share in layer["parts"]["shares"]])
    variants = {(one["layer"], one["variant"]): one for one in read_csv(out / "variants.csv")}
    for layer in layers_of(results):
        for name in ("keep_only", "without_first", "first_half"):
            assert float(variants[str(layer["layer"]), name]["mean"]) == pytest.approx(
                layer["variants"][name]["mean"])
    assert "arise from what the edit itself writes" in results["summary"]
    assert "Where the effect arises" in done.out and "Variants of the removal" in done.out
    page = (out / "report.html").read_text()
    assert "Where does the effect arise?" in page and "does it hang on a choice?" in page


def test_controls_and_the_removal_alone_have_their_own(alone, corpus, preset):
    results = read_results(corpus[1])
    for row, layer in enumerate(layers_of(results)):
        control = layer["parts"]["controls"]["norm-matched"]
        assert control["direct"]["n"] == 3
        each = [layers_of(one)[row]["parts"] for one, _ in alone]
        # Draws hang on the text's activations, so the mean of draws is that of texts.
        assert control["direct"]["mean"] == pytest.approx(
            mean_of([one["controls"]["norm-matched"]["direct"]["mean"] for one in each]), abs=ROUNDED)
        if preset == "published":
            assert layer["parts"]["removed"]["direct"]["mean"] == pytest.approx(
                mean_of([one["removed"]["direct"]["mean"] for one in each]), abs=ROUNDED)
        else:
            assert "removed" not in layer["parts"]


def test_several_texts_of_a_sweep_are_the_mean_of_each(alone, preset, tmp_path):
    texts = [option for text in TEXTS for option in ("--text", text)]
    done = excise("sweep", BAKER, *texts, *ASKED, "--preset", preset, "--controls", "norm-matched=3",
                  "--out", tmp_path / "a")
    results = read_results(tmp_path / "a")
    arrays = read_safetensors(tmp_path / "a" / "arrays.safetensors")
    assert arrays["text_parts"].shape == (len(TEXTS), 3, 25)
    for row, layer in enumerate(layers_of(results)):
        check_over(layer["over_texts"], alone, row)
        control = layer["over_texts"]["parts"]["controls"]["norm-matched"]
        assert control["direct"]["mean"] == pytest.approx(mean_of(
            [layers_of(one)[row]["parts"]["controls"]["norm-matched"]["direct"]["mean"] for one, _ in alone]),
            abs=ROUNDED)
        # Beside it the first text alone, as it always was.
        assert layer["parts"]["direct"]["mean"] == pytest.approx(
            layers_of(alone[0][0])[row]["parts"]["direct"]["mean"], abs=ROUNDED)
        for i, (one, _) in enumerate(alone):
            assert arrays["text_parts"][i, row] == pytest.approx(
                [share["mean"] for share in layers_of(one)[row]["parts"]["shares"]], abs=ROUNDED)
            assert arrays["text_direct"][i, row] == pytest.approx(
                layers_of(one)[row]["parts"]["direct"]["mean"], abs=ROUNDED)
            assert arrays["text_keep_only"][i, row] == pytest.approx(
                layers_of(one)[row]["variants"]["keep_only"]["mean"], abs=ROUNDED)
    assert "Over the texts: " in results["summary"] and "the first half of each text" in results["summary"]
    assert "Over the texts, each counted once" in done.out


def test_one_text_alone_is_its_sweep(alone, preset, tmp_path):
    lines = write_lines(tmp_path / "one.jsonl", TEXTS[:1])
    excise("corpus", BAKER, lines, *ASKED, "--preset", preset, "--out", tmp_path / "out")
    for row, layer in enumerate(layers_of(read_results(tmp_path / "out"))):
        single = layers_of(alone[0][0])[row]
        assert [share["mean"] for share in layer["parts"]["shares"]] == pytest.approx(
            [share["mean"] for share in single["parts"]["shares"]], abs=ROUNDED)
        assert layer["parts"]["direct"]["mean"] == pytest.approx(single["parts"]["direct"]["mean"], abs=ROUNDED)
        assert layer["parts"]["direct"]["ci95"] is None and layer["parts"]["repair"] is None
        for name in ("keep_only", "strength_half", "without_first", "second_half"):
            assert layer["variants"][name]["mean"] == pytest.approx(
                single["variants"][name]["mean"], abs=ROUNDED)


def same(folder, other):
    content, others = ({path.name: path.read_bytes() for path in place.iterdir()}
                       for place in (folder, other))
    assert content == others


def many(path):
    return write_lines(path, [f"{TEXTS[i % 5]} {' '.join(TEXTS[(i + j) % 5] for j in range(1, 4))} {i}"
                              for i in range(40)])


SMALL = ["--parts", "--variants", "keep-only,robustness", "--layers", "0,11", "--permutations", "100"]


def test_shards_and_kills_give_the_same_bytes(tmp_path):
    lines = many(tmp_path / "many.jsonl")
    excise("corpus", BAKER, lines, *SMALL, "--out", tmp_path / "whole")
    for i in (1, 2):
        excise("corpus", BAKER, lines, *SMALL, "--shard", f"{i}/2", "--out", tmp_path / f"shard{i}")
    excise("merge", tmp_path / "shard2", tmp_path / "shard1", "--out", tmp_path / "merged")
    same(tmp_path / "merged", tmp_path / "whole")
    journal = tmp_path / "killed.journal"
    command = [PROGRAM, "corpus", BAKER, lines, *SMALL, "--resume", "--out", tmp_path / "killed", "--quiet"]
    running = subprocess.Popen(list(map(str, command)))
    for _ in range(2000):
        if journal.exists() and journal.stat().st_size > 20000 or running.poll() is not None:
            break
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "killed").exists() and journal.exists(), "killed too late to say anything"
    excise(*command[1:])
    same(tmp_path / "killed", tmp_path / "whole")
    # Others' journals are refused by what differs.
    excise("corpus", BAKER, lines, *SMALL, "--shard", "1/2", "--out", tmp_path / "a")
    excise("corpus", BAKER, lines, *SMALL[1:], "--shard", "2/2", "--out", tmp_path / "b")
    refused = excise("merge", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", code=2)
    assert "parts" in refused.err


def test_a_short_text_takes_no_part_where_it_has_no_token(tmp_path):
    """Two tokens: nothing is left without the first, and there is no first half."""
    lines = write_lines(tmp_path / "texts.jsonl", TEXTS[:3] + ["The dog"])
    excise("corpus", BAKER, lines, *SMALL, "--out", tmp_path / "out")
    for layer in layers_of(read_results(tmp_path / "out")):
        counts = {name: layer["variants"][name]["n"] for name in
                  ("keep_only", "without_first", "first_half", "second_half")}
        assert counts == {"keep_only": 4, "without_first": 3, "first_half": 3, "second_half": 4}
        assert layer["parts"]["direct"]["n"] == 4


@pytest.mark.parametrize("option", [("--evidence",), ("--dormant-share",)])
def test_what_is_of_one_text_stays_so(option, tmp_path):
    lines = write_lines(tmp_path / "texts.jsonl", TEXTS)
    refused = excise("corpus", BAKER, lines, *option, "--out", tmp_path / "out", code=2)
    assert option[0] in refused.err and not (tmp_path / "out").exists()


def test_rounded_products_and_absent_places_are_refused(tmp_path):
    lines = write_lines(tmp_path / "texts.jsonl", TEXTS)
    refused = excise("corpus", BAKER, lines, "--parts", "--compute", "bf16-emulated", "--out",
                     tmp_path / "out", code=2)
    assert "parts: expected compute f32" in refused.err
    refused = excise("corpus", BAKER, lines, "--variants", "visible", "--out", tmp_path / "out", code=2)
    assert "hook_post" in refused.err


def test_the_visible_part_over_texts(tmp_path):
    lines = write_lines(tmp_path / "texts.jsonl", TEXTS)
    asked = ["--at", "hook_post", "--preset", "pca", "--variants", "visible", "--layers", "0,5"]
    excise("corpus", BAKER, lines, *asked, "--out", tmp_path / "out")
    means = []
    for i, text in enumerate(TEXTS):
        excise("sweep", BAKER, "--text", text, *asked, "--out", tmp_path / str(i))
        means.append([layer["variants"]["visible"]["mean"] for layer in layers_of(read_results(tmp_path / str(i)))])
    for row, layer in enumerate(layers_of(read_results(tmp_path / "out"))):
        assert layer["variants"]["visible"]["mean"] == pytest.approx(
            mean_of([one[row] for one in means]), abs=ROUNDED)
