"""A result belongs to one model: its numbers come from that one again, or not at all."""
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import excise

TEXT = "It was a dark and stormy night, and the dog did nothing."
PAIRS = [(f"The {who} saw him there.", f"The {who} saw her there.")
         for who in ("baker", "doctor", "driver", "child")]
PROGRAM = pathlib.Path(sys.executable).parent / "excise"


def perturb(folder):
    """One bit in the middle of the largest tensor, which no sample of its ends shows."""
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    begin, end = max((tensor["data_offsets"] for tensor in header.values()),
                     key=lambda offsets: offsets[1] - offsets[0])
    content[8 + size + (begin + end) // 8 * 4] ^= 1
    weights.write_bytes(content)


@pytest.fixture
def other(tmp_path, model):
    """A folder that is called as the bundled model is."""
    folder = tmp_path / "changed" / "baker-7m"
    shutil.copytree(model.folder, folder)
    perturb(folder)
    return excise.load(folder)


EXPERIMENTS = {
    "sweep": lambda model: excise.sweep(model, TEXT, layers=[3], permutations=10),
    "median": lambda model: excise.median(model, "He shook his", " head", percent=[10]),
    "lesion": lambda model: excise.lesion(model, PAIRS, ("him", "her"), test=["Nobody told him."],
                                          random=0),
    "concept": lambda model: excise.concept.fit(
        model, pathlib.Path(__file__).parents[2] / "experiments/concepts/him-her.toml",
        layers=[3], alpha=[1], sample_tokens=0),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_result_runs_on_its_own_model(name, model, other):
    """Found by the path that was given; its numbers, not those of a namesake."""
    result = EXPERIMENTS[name](other)
    assert f'model = "{other.folder}"' in result.experiment
    assert f'model_fingerprint = "{other.fingerprint}"' in result.experiment
    again = excise.run(result)
    assert again.manifest["model"]["fingerprint"] == other.fingerprint != model.fingerprint
    for key, array in result.arrays.items() if "arrays.safetensors" in result.files else ():
        np.testing.assert_array_equal(again.arrays[key], array)
    # Named outright, another one runs it and says so in its file.
    elsewhere = excise.run(result, model)
    assert f'model = "baker-7m"\nmodel_fingerprint = "{model.fingerprint}"' in elsewhere.experiment


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_another_model_is_refused(name, model, other, tmp_path):
    """In its place, since the run; by Python and by the command line."""
    result = EXPERIMENTS[name](other)
    file = result.save(tmp_path / "out") / "experiment.toml"
    perturb(other.folder)
    changed = excise.load(other.folder)
    assert changed.fingerprint != other.fingerprint
    for one in (result, file, result.experiment):
        with pytest.raises(excise.BadInputError, match=f"{other.fingerprint}.*model="):
            excise.run(one)
    run = [PROGRAM, "run", file, "--out", tmp_path / "again", "--quiet"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 2 and other.fingerprint in done.stderr and not done.stdout
    assert not (tmp_path / "again").exists()
    subprocess.run([*run, "--model", other.folder], check=True)
    again = excise.load_result(tmp_path / "again")
    assert again.manifest["model"]["fingerprint"] == changed.fingerprint


def swap_entries(folder):
    """Two entries of the vocabulary, which exchange their ids."""
    file = folder / "vocab.json"
    entries = json.loads(file.read_text(encoding="utf-8"))
    one, two = list(entries)[300:302]
    entries[one], entries[two] = entries[two], entries[one]
    file.write_text(json.dumps(entries), encoding="utf-8")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_another_tokenizer_is_refused(name, other, tmp_path):
    """Its ids of the texts are others; the weights are the same."""
    result = EXPERIMENTS[name](other)
    file = result.save(tmp_path / "out") / "experiment.toml"
    pickled = pickle.dumps(other)
    swap_entries(other.folder)
    changed = excise.load(other.folder)
    assert changed.fingerprint == other.fingerprint
    for one in (result, file, result.experiment):
        with pytest.raises(excise.BadInputError, match="tokenizer of .*model="):
            excise.run(one)
    with pytest.raises(excise.BadInputError, match="tokenizer: expected the one that was pickled"):
        pickle.loads(pickled)
    run = [PROGRAM, "run", file, "--out", tmp_path / "again", "--quiet"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 2 and "tokenizer of" in done.stderr
    subprocess.run([*run, "--model", other.folder], check=True)
    excise.run(result, changed)
    # An experiment of an earlier version states none.
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line for line in lines if "tokenizer_fingerprint" not in line) + "\n")
    excise.run(file)


def test_ids_need_no_tokenizer(other):
    sweep = excise.sweep(other, [5, 6, 7], layers=[3], permutations=10)
    median = excise.median(other, [5, 6, 7], 8, percent=[10])
    swap_entries(other.folder)
    for result in (sweep, median):
        assert "tokenizer_fingerprint" not in result.experiment
        excise.run(result)


def test_what_ends_a_text_is_part_of_a_concept(other):
    """Its continuations end there."""
    results = {name: EXPERIMENTS[name](other) for name in ("concept", "sweep")}
    (other.folder / "generation_config.json").write_text('{"eos_token_id": 5}')
    excise.run(results["sweep"])
    with pytest.raises(excise.BadInputError, match="tokenizer of"):
        excise.run(results["concept"])


def test_the_basis_in_the_folder_is_the_one_that_was_written(model, tmp_path):
    """One of Python, and a concept's fit that was tested."""
    basis = excise.fit(model, TEXT * 5, hook="blocks.*.mlp.hook_pre", components=2)
    fitted = EXPERIMENTS["concept"](model)
    concept = pathlib.Path(__file__).parents[2] / "experiments/concepts/him-her.toml"
    results = [excise.sweep(model, TEXT, layers=[3], basis=basis, permutations=10),
               excise.concept.test(model, concept, fitted, layers=[3], alpha=[1],
                                   sample_tokens=0)]
    other = excise.fit(model, TEXT * 5, hook="blocks.3.mlp.hook_pre", components=1, preset="published")
    for i, result in enumerate(results):
        folder = result.save(tmp_path / str(i))
        assert "basis_fingerprint" in result.experiment
        excise.run(folder / "experiment.toml")
        other.save(folder / "basis.safetensors", force=True)
        with pytest.raises(excise.BadInputError, match="take basis_fingerprint out"):
            excise.run(folder / "experiment.toml")


def test_a_relative_path_is_kept_as_it_was_given(model, other, tmp_path, monkeypatch):
    """As the command line keeps it; in another folder a namesake is refused, not run."""
    monkeypatch.chdir(tmp_path / "changed")
    result = excise.sweep(excise.load("baker-7m"), TEXT, layers=[3], permutations=10)
    subprocess.run([PROGRAM, "sweep", "baker-7m", "--text", TEXT, "--layers", "3",
                    "--permutations", "10", "--out", "cli", "--quiet"], check=True)
    assert (tmp_path / "changed/cli/experiment.toml").read_text() == result.experiment
    assert excise.run(result).manifest["model"]["fingerprint"] == other.fingerprint
    monkeypatch.chdir(tmp_path)  # here it means the bundled one
    with pytest.raises(excise.BadInputError, match=f"{other.fingerprint}.*{model.fingerprint}"):
        excise.run(result)


def test_a_result_of_an_earlier_version(model, other, tmp_path):
    """Has the last name of the folder, and a fingerprint of the ends of tensors elsewhere."""
    folder = EXPERIMENTS["sweep"](model).save(tmp_path / "old")
    file = folder / "experiment.toml"
    lines = [line for line in file.read_text().splitlines() if "model_fingerprint" not in line]
    file.write_text("\n".join(lines) + "\n")
    results = json.loads((folder / "results.json").read_text())
    results["manifest"]["model"]["fingerprint"] = "0123456789abcdef"
    (folder / "results.json").write_text(json.dumps(results))
    with pytest.raises(excise.BadInputError, match="0123456789abcdef"):
        excise.run(excise.load_result(folder))
    excise.run(file)  # the file alone knows nothing


def test_a_basis_of_another_model_is_refused(model, other):
    basis = excise.fit(other, TEXT * 5, hook="blocks.3.mlp.hook_pre", components=2)
    for use in (lambda: excise.sweep(model, TEXT, layers=[3], basis=basis),
                lambda: model.edit(excise.Edit("blocks.3.mlp.hook_pre", basis)).__enter__()):
        with pytest.raises(excise.BadInputError, match="fitted on this model"):
            use()


def test_the_fingerprint_is_of_what_gives_the_numbers(model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model.folder, folder)
    assert excise.load(folder).fingerprint == model.fingerprint
    config = json.loads((folder / "config.json").read_text())
    for key, value in {"n_head": 4, "layer_norm_epsilon": 1e-4, "activation_function": "relu",
                       "scale_attn_by_inverse_layer_idx": True}.items():
        (folder / "config.json").write_text(json.dumps(config | {key: value}))
        assert excise.load(folder).fingerprint != model.fingerprint, key
    (folder / "config.json").write_text(json.dumps(config | {"_name_or_path": "elsewhere"}))
    assert excise.load(folder).fingerprint == model.fingerprint


def test_large_models_are_hashed_once(tmp_path):
    """What was remembered is of the very file, not of its name or size."""
    code = """
import sys, excise
print(excise.load(sys.argv[1]).fingerprint)
"""
    folder = tmp_path / "model"
    subprocess.run([PROGRAM, "make-model", "--preset", "gpt2", "--dtype", "f16", "--out", folder],
                   check=True, capture_output=True)
    weights = folder / "model.safetensors"
    assert weights.stat().st_size > 64 << 20
    old = weights.stat().st_mtime_ns - 10**10

    def fingerprint():
        found = subprocess.run([sys.executable, "-c", code, folder], check=True, text=True,
                               capture_output=True, env=os.environ | {"XDG_CACHE_HOME":
                                                                      str(tmp_path / "cache")})
        return found.stdout.strip()
    kept = tmp_path / "cache/excise/fingerprints"
    first = fingerprint()
    assert not kept.exists()  # just written: it might be written again in the same tick
    time.sleep(3)
    assert fingerprint() == first
    (entry,) = kept.iterdir()
    assert entry.stat().st_size == 33
    entry.write_text("0" * 32 + "\n")
    assert fingerprint() != first  # so it is read
    entry.write_text("nonsense\n")
    assert fingerprint() == first  # so nonsense is not
    with weights.open("r+b") as file:
        file.seek(-9, 2)
        byte = file.read(1)
        file.seek(-9, 2)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(weights, ns=(old, old))  # the time of the last change of the inode tells
    assert fingerprint() != first
