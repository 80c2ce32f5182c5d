"""excise concept: the bundled concepts switch off and on, through the files; wrong use."""
import json
import math

import pytest
from support import ROOT, excise, read_csv, read_results, read_safetensors

BAKER = ROOT / "models" / "baker-7m"
CONCEPTS = ROOT / "experiments" / "concepts"
HIM_HER = CONCEPTS / "him-her.toml"
BAD_INPUT = 2
FILES = ["basis.safetensors", "concept.csv", "experiment.toml", "off.toml", "on.toml",
         "report.html", "results.json"]


def fit(*arguments, **options):
    """One thread: what little there is to share costs more under load than it gains."""
    return excise("concept", "fit", BAKER, "--threads", 1, *arguments, **options)


def files_of(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The folder of a small fit, and what was printed."""
    out = tmp_path_factory.mktemp("concept") / "fit"
    done = fit("--concept", HIM_HER, "--layers", "0,11", "--alpha",
                  "1,2", "--sample-tokens", 8, "--out", out)
    return out, done.out


def check_choice(results, way, sign):
    """The rule, the words and the draws, each by its own numbers."""
    chosen = results[way]
    cells = [(layer["layer"], cell) for layer in results["layers"] for cell in layer["cells"]
             if cell["switch"] == way]
    for _, cell in cells:
        low, high = cell["choose"]["control_text_ci95"]
        assert cell["damage"] == pytest.approx(max(abs(low), abs(high)))
        assert cell["within_bound"] == (cell["damage"] <= results["manifest"]["spec"]["max_damage"])
    within = [pair for pair in cells if pair[1]["within_bound"]]
    assert chosen["tried"] == len(cells) and chosen["within_bound"] == len(within)
    if within:
        layer, best = max(within, key=lambda pair: sign * pair[1]["choose"]["own_words"])
    else:
        layer, best = min(cells, key=lambda pair: pair[1]["damage"])
    assert chosen["rule"] == ("within_bound" if within else "least_damage")
    assert (layer, best["alpha"]) == (chosen["layer"], chosen["alpha"])
    assert best["report"] == chosen["report"] and best.get("probe_after") == chosen.get("probe_after")
    said = chosen["sentences"]
    own = chosen["report"]["own_words"]
    assert f"{math.exp(abs(own)):.2f} times {'less' if own > 0 else 'more'} likely" in said["effect"]
    assert ("Reflected" in said["effect"]) == (way == "off" and chosen["alpha"] > 1)
    if way == "off":
        assert f"and {chosen['probe_after']:.2f} with it" in said["effect"]
    low, high = chosen["report"]["own_words_ci95"]
    assert ("not told apart from no change" in said["effect"]) == (low <= 0 <= high)
    draws = chosen["random"]["own_words"]
    beyond = sum(sign * (draw - own) >= 0 for draw in draws)
    assert len(draws) == 40
    assert chosen["random"]["own_words_p_one_sided"] == pytest.approx((beyond + 1) / 41)
    for sentence in said.values():
        assert sentence in results["summary"]


@pytest.mark.parametrize("name, method, hook", [
    ("him-her", "diff-means", "mlp.hook_pre"), ("questions", "leace", "hook_resid_post"),
    ("dialogue", "first-pc", "hook_mlp_out")])
def test_bundled_concepts_switch(tmp_path, name, method, hook):
    out = tmp_path / "out"
    done = fit("--concept", CONCEPTS / f"{name}.toml", "--method",
                  method, "--hook", f"blocks.*.{hook}", "--layers", "0,11", "--out", out)
    assert files_of(out) == FILES
    results = read_results(out)
    assert results["schema"] == "excise.concept-results/2"
    assert results["off"]["report"]["own_words"] > 0.1
    assert results["on"]["report"]["own_words"] < -0.1
    off = results["off"]["report"]
    assert results["off"]["perplexity"] == pytest.approx(
        results["perplexity_clean"] * math.exp(off["control_text"]))
    rows = read_csv(out / "concept.csv")
    assert len(rows) == 2 * 2 * 4 * 2  # layers, off and on, strengths, uses
    assert all(math.isnan(float(row["probe_after"] or "nan")) == (row["switch"] == "on") for row in rows)
    for way, sign in (("off", 1), ("on", -1)):
        check_choice(results, way, sign)
    assert max(map(len, done.out.splitlines())) <= 100 + len(str(out))
    assert f'hook = "{results["off"]["hook"]}"' in (out / "off.toml").read_text()
    assert any("atoms" in key for key in read_safetensors(out / "basis.safetensors"))
    audit = results["audit"]
    texts = 2 * 8 + 1  # not fitted on, and the control text
    draws = 2 * (4 + 1) * 41  # of off and on, in the texts that report and the control text
    assert audit["edits_fired"] == audit["edits_expected"] == texts * (2 * 2 * 4 + 1) + draws
    assert audit["no_op_max_abs_delta_logprob"] <= 1e-4


def test_the_bound_decides(fitted, tmp_path):
    """None qualifies under a bound of 0, all do under a large one: that is said."""
    for bound, words in ((0, "none of 2 cells"), (100, "2 of 2 cells")):
        done = fit("--concept", HIM_HER, "--layers", "0", "--alpha", "1,2", "--random", 0,
                   "--sample-tokens", 0, "--max-damage", bound, "--out", tmp_path / str(bound))
        results = read_results(tmp_path / str(bound))
        assert words in " ".join(done.out.split())
        assert "random" not in results["off"] and results["off"]["sentences"]["chance"] == ""
    # The few tokens of a short control text bound nothing, which is said.
    concept = write_concept(tmp_path / "short.toml")
    done = fit("--concept", concept, "--layers", "0", "--alpha", "1", "--random", 0,
               "--sample-tokens", 0, "--out", tmp_path / "short")
    assert [one["code"] for one in read_results(tmp_path / "short")["warnings"]] == [
        "short_control_text"]
    assert "Warning: The control text" in " ".join(done.out.split())


def test_the_folder_repeats_the_run(fitted, tmp_path):
    out, _ = fitted
    excise("run", out / "experiment.toml", "--out", tmp_path / "again")
    first, again = read_results(out), read_results(tmp_path / "again")
    for results in (first, again):
        del results["manifest"]["timings"]
    assert first == again
    for name in ("concept.csv", "off.toml", "on.toml", "experiment.toml", "basis.safetensors"):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    naive = excise("run", out / "experiment.toml", "--model", BAKER, "--out", tmp_path / "json",
                   "--json").out
    assert json.loads(naive)["off"] == first["off"]


def test_an_earlier_fit_is_tested(fitted, tmp_path):
    out, _ = fitted
    excise("concept", "test", BAKER, "--threads", 1, "--concept", HIM_HER, "--layers", "0,11",
           "--alpha", "1,2", "--executor", "naive", "--fitted", out, "--out", tmp_path / "b")
    tables = [read_csv(folder / "concept.csv") for folder in (out, tmp_path / "b")]
    assert len(tables[0]) == len(tables[1]) == 16
    for one, other in zip(*tables):
        assert float(one["own_words"]) == pytest.approx(float(other["own_words"]), abs=1e-4)
        if one["switch"] == "off":
            assert float(one["probe_after"]) == pytest.approx(float(other["probe_after"]), abs=0.05)
    excise("run", tmp_path / "b" / "experiment.toml", "--out", tmp_path / "c")
    assert read_csv(tmp_path / "c" / "concept.csv") == read_csv(tmp_path / "b" / "concept.csv")


def test_its_edits_serve_generate_and_export(fitted, tmp_path):
    """The samples in the result are what generate writes, and the weights keep the edit."""
    out, printed = fitted
    results = read_results(out)
    off, on = ([entry["text"] for entry in sample["continuations"] if entry["branch"] == way]
               for sample in results["samples"][:1] for way in ("off", "on"))
    prompt = results["samples"][0]["prompt"]
    for way, texts in (("off", off), ("on", on)):
        done = json.loads(excise("generate", BAKER, "--prompt", prompt, "--max-tokens", 8,
                                 "--edit", out / f"{way}.toml", "--json").out)
        assert [entry["text"] for entry in done["continuations"]] == texts
    exported = json.loads(excise("export", BAKER, "--edit", out / "off.toml", "--out",
                                 tmp_path / "model", "--json").out)
    assert exported["check"]["max_abs_delta_logprob"] <= 1e-5
    assert exported["check"]["edit_max_abs_delta_logprob"] > 0.01
    plain = json.loads(excise("generate", tmp_path / "model", "--prompt", prompt, "--max-tokens",
                              8, "--json").out)
    assert plain["continuations"][0]["text"] == off[0]
    assert f"--edit {out / 'off.toml'}" in printed and "excise export" in printed


def test_apply(fitted, tmp_path):
    out, _ = fitted
    done = excise("concept", "apply", BAKER, "--threads", 1, "--fitted", out, "--switch", "on",
                  "--alpha", 3, "--layer", 11, "--prompt", "She put", "--max-tokens", 5, "--out",
                  tmp_path / "on")
    assert "She put" in done.out and "clean" in done.out and "Edit:" in done.out
    edit = (tmp_path / "on" / "edit.toml").read_text()
    for line in ('hook = "blocks.11.mlp.hook_pre"', 'basis = "basis.safetensors"',
                 'action = "add"', "strength = 3.0"):
        assert line in edit
    assert all(key.startswith("blocks.11.") for key in read_safetensors(
        tmp_path / "on" / "basis.safetensors"))
    applied = json.loads(excise("concept", "apply", BAKER, "--fitted", out, "--switch", "off",
                                "--out", tmp_path / "off", "--json").out)
    # What the fit chose, on the concept's own prompts: the samples of the fit.
    fit = read_results(out)
    assert applied["edit"]["strength"] == fit["off"]["alpha"]
    assert [[entry["text"] for entry in sample["continuations"]] for sample in
            applied["samples"]] == [[entry["text"] for entry in sample["continuations"][:2]]
                                    for sample in fit["samples"]]
    for options, fragment in [(("--layer", 5), "0, 11"), (("--switch", "up"), "off or on"),
                              (("--alpha", "nan"), "finite"), (("--out", out), "does not read from"),
                              (("--prompt", "word " * 300), "256"),
                              (("--positions", "x"), "2-5,7")]:
        arguments = {"--switch": "off", "--out": tmp_path / "no", **dict([options])}
        refused = excise("concept", "apply", BAKER, "--fitted", out,
                         *(part for pair in arguments.items() for part in pair), code=BAD_INPUT)
        assert refused.err.startswith("[") and fragment in refused.err, refused.err
    assert not (tmp_path / "no").exists()
    refused = excise("concept", "apply", BAKER, "--fitted", tmp_path, "--switch", "off",
                     code=BAD_INPUT)
    assert "experiment.toml" in refused.err


SPANS = ["They asked [[her]] to sing.", "We saw [[her]] at the door.",
         "I gave [[her]] the letter.", "He told [[her]] the truth.",
         "The man gave [[her]] a ring.", "You must help [[her]] now.",
         "She took [[her]] hat.", "Nobody knew [[her]] name."]


def write_concept(path, **changes):
    keys = {"schema": "excise.concept/1", "name": "her", "texts": SPANS, "words": [" her"],
            "control_words": [" the"], "control_text": "A man came in.", **changes}
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items()))
    return path


def test_labelled_tokens(tmp_path):
    """Marked spans and a pattern that takes the same tokens are one concept."""
    for name, changes in [("spans", {}),
                          ("pattern", {"texts": [text.replace("[[", "").replace("]]", "")
                                                 for text in SPANS],
                                       "class_tokens": ["^ her$"]})]:
        concept = write_concept(tmp_path / f"{name}.toml", **changes)
        for method in ("diff-means", "first-pc"):
            fit("--concept", concept, "--method", method, "--layers",
                   "3", "--out", tmp_path / f"{name}-{method}")
    for method in ("diff-means", "first-pc"):
        results = read_results(tmp_path / f"spans-{method}")
        assert results["concept"]["texts"] == 8 and results["manifest"]["n_tokens"] > 8
        assert results["layers"][0]["probe_before"] > 0.9
        assert results["off"] == read_results(tmp_path / f"pattern-{method}")["off"]
    excise("run", tmp_path / "spans-first-pc" / "experiment.toml", "--out", tmp_path / "again")
    assert read_results(tmp_path / "again")["off"] == results["off"]


PLAIN = [text.replace("[[", "").replace("]]", "") for text in SPANS]
REFUSED_CONCEPTS = {
    "empty class": ({"texts": [], "with": [], "without": PLAIN}, "expected a list of at least one"),
    "both kinds": ({"with": PLAIN}, "both"),
    "no marks": ({"texts": PLAIN}, "neither"),
    "a mark that does not end": ({"texts": SPANS[:-1] + ["A [[mark."]}, "[[ without ]]"),
    "a pattern that nothing matches": ({"texts": PLAIN, "class_tokens": ["zebra"]}, "zebra"),
    "labels in no text to test": ({"texts": SPANS[:2] + PLAIN[2:4] + SPANS[4:6] + PLAIN[6:]},
                                  "kept for tests"),
    "a word of several tokens": ({"words": [" perplexingly"]}, '"ingly"'),
    "a word without its blank": ({"words": ["woman"]}, '" woman", with a blank in front'),
    "a text beyond the context": ({"texts": SPANS + ["[[her]] " * 300]}, "256"),
    "a prompt beyond the context": ({"prompts": ["word " * 300]}, "prompt"),
}


@pytest.mark.parametrize("name", REFUSED_CONCEPTS)
def test_refused_concepts(tmp_path, name):
    changes, fragment = REFUSED_CONCEPTS[name]
    concept = write_concept(tmp_path / "concept.toml", **changes)
    done = fit("--concept", concept, "--out", tmp_path / "out",
                  code=BAD_INPUT)
    assert done.err.startswith("[") and fragment in done.err, done.err
    assert not (tmp_path / "out").exists()


def test_refused(tmp_path):
    for arguments, fragment in [
            (("fit", BAKER, "--concept", HIM_HER, "--method", "svd"), "leace"),
            (("fit", BAKER, "--concept", HIM_HER, "--alpha", "0"), "above 0"),
            (("fit", BAKER, "--concept", HIM_HER, "--temperature", "-1"), "0 or more"),
            (("fit", BAKER, "--concept", HIM_HER, "--max-damage", "-1"), "0 or more"),
            (("fit", BAKER, "--concept", HIM_HER, "--random", "9999999999"), "draws"),
            (("fit", BAKER), "--concept"),
            ((), "subcommand")]:
        done = excise("concept", *arguments, code=BAD_INPUT, cwd=tmp_path)
        assert done.err.startswith("[") and fragment in done.err, done.err


def test_sweep_measures_the_edit(fitted, tmp_path):
    """As the exported model, at the layer of the edit; wrong combinations are refused."""
    out, _ = fitted
    results = {}
    for way in ("off", "on"):
        done = excise("sweep", BAKER, "--edit", out / f"{way}.toml", "--threads", 1, "--text",
                      "The girl said that she knew her.", "--out", tmp_path / way)
        results[way] = read_results(tmp_path / way)
        fit = read_results(out)[way]
        spec = results[way]["manifest"]["spec"]
        assert [layer["layer"] for layer in results[way]["layers"]] == [fit["layer"]]
        assert (spec["strength"], spec["action"]) == (
            fit["alpha"], "remove" if way == "off" else "add")
        assert ("Adding" if way == "on" else "Removing") in done.out
    exported = json.loads(excise("export", BAKER, "--edit", out / "off.toml", "--text",
                                 "The girl said that she knew her.", "--out", tmp_path / "model",
                                 "--json").out)
    deltas = read_safetensors(tmp_path / "off" / "arrays.safetensors")["delta_logprob"]
    assert abs(deltas).max() == pytest.approx(
        exported["check"]["edit_max_abs_delta_logprob"], abs=2e-4)
    excise("run", tmp_path / "on" / "experiment.toml", "--out", tmp_path / "again")
    assert read_results(tmp_path / "again")["layers"] == results["on"]["layers"]
    for way, options, fragment in [("off", ("--remove", "1"), "--remove"),
                                   ("off", ("--layers", "5"), "that of the hook"),
                                   ("on", ("--controls", "random-rank=5"), "adds")]:
        refused = excise("sweep", BAKER, "--edit", out / f"{way}.toml", *options, "--out",
                         tmp_path / "no", code=BAD_INPUT)
        assert fragment in refused.err, refused.err
    excise("sweep", BAKER, "--edit", out / "off.toml", "--controls", "random-rank=3", "--threads",
           1, "--text", "The girl said that she knew her.", "--out", tmp_path / "controls")
    assert read_results(tmp_path / "controls")["layers"][0]["controls"]
