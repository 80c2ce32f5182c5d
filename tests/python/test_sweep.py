"""Sweeps: the numbers of the command line and of the goldens, and how they run."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import GOLDEN
from excise import _core

import excise

LONG = 10_000_000  # permutations, that take minutes


@pytest.fixture(scope="module")
def result(model):
    return excise.sweep(model, preset="published", layers="all", progress=False)


@pytest.mark.parametrize("name", ["tiny-gpt2", "baker-7m"])
@pytest.mark.parametrize("preset", ["published", "pca"])
def test_the_protocol_is_the_golden_one(name, preset, close):
    file = f"protocol_{name}_{preset}.safetensors"
    golden = _core.read_safetensors(GOLDEN / file)
    model = excise.load(name if name == "baker-7m" else GOLDEN / name)
    found = excise.sweep(model, golden["ids"], preset=preset)
    for quantity in ("delta_logprob", "delta_logit", "kl", "drift", "drift_resid_final",
                     "singular_values", "cov_before", "cov_after", "eig_after"):
        close(file, quantity, found.arrays[quantity], golden[quantity])
    np.testing.assert_array_equal(found.arrays["top1_changed"], golden["top1_changed"])


def test_it_is_what_the_command_line_writes(result, tmp_path):
    """Every file, byte for byte, but for times."""
    program = pathlib.Path(sys.executable).parent / "excise"
    subprocess.run([program, "sweep", "baker-7m", "--out", tmp_path / "cli", "--quiet"],
                   check=True, stderr=subprocess.PIPE)
    result.save(tmp_path / "python")
    names = sorted(path.name for path in (tmp_path / "cli").iterdir())
    assert sorted(path.name for path in (tmp_path / "python").iterdir()) == names
    for name in set(names) - {"results.json", "report.html"}:
        assert (tmp_path / "cli" / name).read_bytes() == (
            tmp_path / "python" / name).read_bytes(), name
    one, other = (json.loads((tmp_path / side / "results.json").read_text())
                  for side in ("cli", "python"))
    for content in (one, other):
        del content["manifest"]["timings"]
    assert one == other


def test_parts_of_a_result(result, model):
    assert result.summary.startswith("Removing component 0") and str(result) == result.summary
    assert "129 tokens, preset published" in repr(result)
    assert result.headline["worst_layer"] == 0
    assert result.manifest["model"]["fingerprint"] == model.fingerprint
    layers = result.layers
    removal = layers[layers["branch"] == "removal"]
    assert removal["layer"].tolist() == list(range(12))
    np.testing.assert_allclose(removal["mean"], result.arrays["delta_logprob"][:, 1:].mean(axis=1))
    tokens = result.tokens
    assert len(tokens) == 3 * 12 * 129
    assert "".join(tokens["token"][:129]) == excise.bundled_text()
    assert np.isnan(tokens["logprob_clean"][0])


def test_without_pandas(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)  # makes its import fail
    again = excise.Result(result._files)
    assert isinstance(again.layers, dict) and again.layers["layer"].dtype == np.int64
    np.testing.assert_array_equal(again.layers["t"], result.layers["t"])
    assert again.tokens["token"][1] == result.tokens["token"][1]


def test_save_and_load(result, tmp_path):
    folder = result.save(tmp_path / "out")
    loaded = excise.load_result(folder)
    assert loaded.json == result.json and repr(loaded) == repr(result)
    for name, array in result.arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
        assert loaded.arrays[name].dtype == array.dtype
        assert not array.flags.writeable and not loaded.arrays[name].flags.writeable
    assert loaded.layers.equals(result.layers) and loaded.tokens.equals(result.tokens)
    loaded.save(tmp_path / "copy")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "copy").iterdir()}
    with pytest.raises(excise.BadInputError, match="earlier result; force=True"):
        result.save(folder)
    result.save(folder, force=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(excise.BadInputError):
        result.save(tmp_path / "mine", force=True)
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(excise.IoError, match="results.json"):
        excise.load_result(tmp_path)
    for content in ("{", "[]", '{"schema": "other/1"}'):
        (tmp_path / "results.json").write_text(content)
        with pytest.raises(excise.BadFileError, match="expected"):
            excise.load_result(tmp_path)


def test_an_experiment_repeats_itself(result, tmp_path):
    for experiment in (result.experiment, result.save(tmp_path / "out") / "experiment.toml"):
        again = excise.run(experiment)
        np.testing.assert_array_equal(again.arrays["delta_logprob"],
                                      result.arrays["delta_logprob"])
    with pytest.raises(excise.IoError):
        excise.run(tmp_path / "none.toml")
    with pytest.raises(excise.BadInputError, match="model"):
        excise.run("text = 'a'\n")
    with pytest.raises(excise.BadInputError, match="unknown key colour"):
        excise.run("model = 'baker-7m'\ncolour = 1\n")


def test_options_are_those_of_the_engine(model):
    text = 'Tabs\t, "quotes", \\, Ünïcode \u2028 and \x7f are kept.\nSo are lines.'
    found = excise.sweep(model, text, centre="none", restore="neuron", remove=np.array([0, 1]),
                         layers=range(2, 4), detail_layer=3, cells="preset", seed=np.int64(7),
                         permutations=100, executor="naive", memory_limit="1G", threads=1)
    spec = found.manifest["spec"]
    assert spec["text"] == text
    assert (spec["preset"], spec["centre"], spec["restore"]) == ("custom", "none", "neuron")
    assert (spec["remove"], spec["layers"], spec["detail_layer"]) == ([0, 1], "2,3", 3)
    assert (spec["seed"], spec["permutations"], spec["executor"]) == (7, 100, "naive")
    assert spec["memory_limit"] == 1 << 30 and spec["cells"] == "preset"


@pytest.mark.parametrize("options, message", [
    ({"preset": "pac"}, "did you mean pca"),
    ({"layers": [48]}, r"\[sweep\] layer 48: expected 0 to 11"),
    ({"remove": [500]}, "component 500"), ({"remove": []}, "remove"),
    ({"basis": "fourier"}, "fourier"), ({"seed": object()}, "got object"),
    ({"seed": 1.5}, "seed"), ({"text": ""}, "at least one token"), ({"text": [1.5]}, "integers"),
    ({"permutations": -1}, "permutations"), ({"executor": "quick"}, "executor"),
    ({"seed": 2**63}, "seed: expected a whole number"), ({"seed": 2**64}, "seed: expected"),
    ({"seed": -1}, "seed"), ({"layers": [0, 0]}, "layer"), ({"remove": [0, 0]}, "twice|once"),
    ({"text": []}, "at least one token"), ({"text": np.array([], int)}, "at least one token"),
])
def test_options_that_are_refused(model, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        excise.sweep(model, **options)


def test_whole_numbers_are_those_of_the_command_line(model):
    """Up to 2^63 - 1, each once."""
    largest = 2**63 - 1
    assert excise.sweep(model, "The dog did.", layers=[3], permutations=10,
                        seed=largest).manifest["seed"] == largest
    median = {"prompt": "He shook his", "target": " head"}
    for seed in (-1, 2**63, 2**64, 1.5, None):
        for call in (lambda: excise.generate(model, "The", max_tokens=1, seed=seed),
                     lambda: excise.fit(model, seed=seed)):
            with pytest.raises(excise.BadInputError, match="seed: expected a whole number"):
                call()
        if seed is not None:
            with pytest.raises(excise.BadInputError, match="seed"):
                excise.median(model, **median, seed=seed)
    for call, message in [
            (lambda: excise.median(model, [], " head"), "at least one token"),
            (lambda: excise.median(model, **median, layers=[0, 0]), "layer"),
            (lambda: excise.median(model, **median, percent=[10, 10]), "twice"),
            (lambda: excise.generate(model, []), "at least one token"),
            (lambda: excise.generate(model, "The", samples=0), "samples"),
            (lambda: model([]), "at least one token"),
            (lambda: model.layer_weights(-13), "layer"),
            (lambda: model.layer_weights(2**64), "layer")]:
        with pytest.raises(excise.BadInputError, match=message):
            call()


def test_experiment_files_are_read_as_the_program_reads_them(result, tmp_path):
    """A byte-order mark and line ends of Windows are none of the text; other encodings are named;
    nobody waits for a FIFO."""
    text = result.experiment
    file = tmp_path / "experiment.toml"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    np.testing.assert_array_equal(excise.run(file).arrays["delta_logprob"],
                                  result.arrays["delta_logprob"])
    concept = pathlib.Path(__file__).parents[2] / "experiments/concepts/him-her.toml"
    model = excise.load("baker-7m")
    options = {"layers": [3], "alpha": [1], "sample_tokens": 0}
    marked = tmp_path / "concept.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + concept.read_bytes())
    assert excise.concept.fit(model, marked, **options).summary == excise.concept.fit(
        model, concept, **options).summary
    file.write_bytes(text.encode("utf-16"))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for read in (excise.run, lambda path: excise.concept.fit(model, path)):
        with pytest.raises(excise.BadFileError, match="iconv -f UTF-16"):
            read(file)
        with pytest.raises(excise.IoError, match="FIFO that nobody writes to"):
            read(fifo)


def test_other_things_that_are_refused():
    with pytest.raises(excise.BadInputError, match=r"excise.load\(\)"):
        excise.sweep("baker-7m")
    tiny = excise.load(GOLDEN / "tiny-gpt2")
    with pytest.raises(excise.BadInputError, match="text or token ids"):
        excise.sweep(tiny)
    with pytest.raises(excise.OutOfMemoryError):
        excise.sweep(tiny, [1, 2, 3], memory_limit=1)


def test_progress(model, ids, capfd):
    calls = []
    excise.sweep(model, ids, progress=lambda *call: calls.append(call))
    assert calls and all(isinstance(stage, str) and 0 <= done <= total
                         for stage, done, total in calls)
    pytest.importorskip("ipykernel")  # which others load too; this is no notebook's kernel
    excise.sweep(model, ids)  # no terminal: no bar
    assert capfd.readouterr() == ("", "")
    excise.sweep(model, ids, progress=True)
    assert "%" in capfd.readouterr().err

    def fail(stage, done, total):
        raise LookupError("of the report")
    with pytest.raises(LookupError, match="of the report"):
        excise.sweep(model, ids, progress=fail)


def test_python_goes_on_meanwhile(model):
    """Another thread runs while a sweep does: the lock is released."""
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(time.monotonic())
    thread = threading.Thread(target=tick)
    thread.start()
    start = time.monotonic()
    excise.sweep(model, permutations=100_000)
    end = time.monotonic()
    done.set()
    thread.join()
    inside = [start, *(t for t in ticks if start < t < end), end]
    assert max(np.diff(inside)) < 0.5 * (end - start)


def interrupted(code):
    """Runs code that prints "ready" and then works for minutes; Ctrl-C it; how it ended."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    out, err = process.communicate(timeout=60)
    return out, err, time.monotonic() - start


def test_ctrl_c_ends_a_sweep():
    out, err, seconds = interrupted(f"""
import excise
model = excise.load("baker-7m")
print("ready", flush=True)
try:
    excise.sweep(model, permutations={LONG})
except KeyboardInterrupt:
    print("stopped", model("Still there.").shape[1])
""")
    assert out == "stopped 8192\n", err
    assert seconds < 5


def test_ctrl_c_ends_a_pass():
    out, err, seconds = interrupted("""
import excise
model = excise.load("baker-7m")
print("ready", flush=True)
try:
    while True:
        model("Again and again. " * 20)
except KeyboardInterrupt:
    print("stopped")
""")
    assert out == "stopped\n", err
    assert seconds < 5


def test_a_text_that_cannot_be_measured_keeps_its_place(model):
    """One token has nothing before it: null in its place, and the sentence counts the others."""
    texts = ["The dog did nothing.", "The", "It was a dark and stormy night."]
    result = excise.sweep(model, texts, layers=[3, 5], permutations=10)
    for layer in result.json["layers"]:
        over = layer["over_texts"]
        assert len(over["means"]) == 3 and over["means"][1] is None and over["n"] == 2
        assert np.mean([over["means"][0], over["means"][2]]) == pytest.approx(over["mean"])
    n_tokens = sum(len(model.encode(text)) for text in texts)
    assert f": 3 texts, {n_tokens} tokens, preset" in repr(result)
    assert "Over the 2 of 3 texts that have a token to measure" in result.summary
    alone = excise.sweep(model, texts[2], layers=[3, 5], permutations=10)
    np.testing.assert_allclose(
        [layer["over_texts"]["means"][2] for layer in result.json["layers"]],
        np.nanmean(alone.arrays["delta_logprob"][:, 1:], axis=1), rtol=1e-6)
