"""Every command on a model of every family: small ones with random weights and GPT-2's tokenizer,
of the configs that tests/families has from Transformers."""
import json

import numpy as np
import pytest
from support import ROOT, excise, read_results, read_safetensors

REFERENCES = ROOT / "tests" / "families" / "references"
BAD_INPUT, UNSUPPORTED = 2, 4
# One of each family; their options are tested there.
FAMILIES = ["gemma", "gemma2", "gemma3", "gpt_neo", "gpt_neox", "gptj", "granite", "llama",
            "ministral3", "mistral", "olmo2", "olmo3", "opt", "phi", "phi3", "qwen2", "qwen3",
            "smollm3", "stablelm", "starcoder2"]
TEXT = "The old sailor taught her to tie a knot, and she thanked him for it."
HELD_OUT = "Nobody had told her about the meeting. We waited for him at the station."


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory):
    """A folder; its vocabulary is the first 2,000 entries of GPT-2's."""
    folder = tmp_path_factory.mktemp(request.param)
    config = json.loads((REFERENCES / request.param / "config.json").read_text())
    config["vocab_size"] = 2000
    config["n_positions" if request.param == "gptj" else "max_position_embeddings"] = 512
    (folder / "config.json").write_text(json.dumps(config))
    excise("make-model", "--config", folder / "config.json", "--out", folder / "model", "--seed", 3)
    return folder / "model"


def places(model):
    hooks = json.loads(excise("inspect", model, "--json").out)["hooks"]
    return [hook["name"].removeprefix("blocks.{l}.") for hook in hooks
            if hook["name"].startswith("blocks")]


def test_a_sweep_at_every_place(model, tmp_path):
    for place in places(model):
        options = (model, "--text", TEXT, "--at", place, "--preset", "pca", "--remove", "each:0-1",
                   "--controls", "norm-matched=2", "--together", "0,1", "--layers", "0-1")
        arrays = []
        for executor in ("wavefront", "naive"):
            out = tmp_path / f"{place}-{executor}"
            excise("sweep", *options, "--executor", executor, "--out", out, "--quiet")
            arrays.append(read_safetensors(out / "arrays.safetensors"))
        fast, naive = arrays
        assert fast.keys() == naive.keys()
        for name in ("delta_logprob", "scan_mean", "control_mean_norm_matched",
                     "delta_logprob_together"):
            largest = np.abs(naive[name]).max()
            assert largest > 1e-9, (place, name)
            assert np.abs(fast[name] - naive[name]).max() < 2e-5 * max(1, largest), (place, name)


def test_what_the_family_lacks_is_refused_with_what_it_has(model, tmp_path):
    for place in {"mlp.hook_pre_linear", "hook_resid_mid"} - set(places(model)):
        done = excise("sweep", model, "--text", TEXT, "--at", place, "--out", tmp_path / "out",
                      code=BAD_INPUT)
        assert place in done.err and "blocks.*.mlp.hook_pre," in done.err


def test_the_published_sweep_and_its_words(model, tmp_path):
    done = excise("sweep", model, "--text", TEXT, "--out", tmp_path / "out")
    assert "Removing component 0 of the MLP pre-activation" in done.out
    family = json.loads(excise("inspect", model, "--json").out)["architecture"]
    assert read_results(tmp_path / "out")["manifest"]["model"]["architecture"] == family


def test_a_fitted_basis_edits_continues_and_exports(model, tmp_path):
    basis = tmp_path / "basis.safetensors"
    excise("fit", model, "--at", "blocks.*.hook_mlp_out", "--preset", "pca", "--components", 2,
           "--text", TEXT + " " + HELD_OUT, "--out", basis, "--quiet")
    excise("sweep", model, "--text", TEXT, "--at", "hook_mlp_out", "--basis-file", basis,
           "--remove", "0", "--out", tmp_path / "sweep", "--quiet")
    edit = tmp_path / "edit.toml"
    edit.write_text('schema = "excise.edit/1"\nhook = "blocks.1.hook_mlp_out"\n'
                    f'basis = "{basis}"\ncomponents = [0]\n')
    done = excise("generate", model, "--prompt", "The sailor", "--edit", edit, "--max-tokens", 4,
                  "--compare", "--json")
    assert {one["branch"] for one in json.loads(done.out)["continuations"]} == {"clean", "edited"}
    config = json.loads((model / "config.json").read_text())
    # A projection keeps its mean in a bias; some have none there.
    arguments = ("export", model, "--edit", edit, "--out", tmp_path / "edited", "--json")
    has_bias = config["model_type"] in {"gpt_neo", "gpt_neox", "gptj", "opt", "phi", "starcoder2"}
    if has_bias:
        excise(*arguments)
        assert read_results_of(tmp_path / "edited", TEXT, tmp_path / "a") != read_results_of(
            model, TEXT, tmp_path / "b")
    else:
        refused = excise(*arguments, code=UNSUPPORTED).err
        assert "bias" in refused or "hook_attn_out or hook_mlp_out" in refused


def read_results_of(model, text, out):
    excise("sweep", model, "--text", text, "--layers", "0", "--out", out, "--quiet")
    return read_safetensors(out / "arrays.safetensors")["logprob_clean"].tolist()


def test_median_lesion_and_concept(model, tmp_path):
    done = excise("median", model, "--prompt", "The old sailor taught", "--target-id", 7,
                  "--random", 2, "--out", tmp_path / "median")
    assert done.out.strip()
    concept = tmp_path / "concept.toml"
    concept.write_text((ROOT / "experiments" / "concepts" / "him-her.toml").read_text().replace(
        'words = [" her", " she", " She", " Her"]', 'words = [" her", " she"]'))
    excise("lesion", model, "--pairs", ROOT / "experiments" / "him-her.tsv", "--first-token",
           "--random", 2, "--out", tmp_path / "lesion", "--quiet")
    excise("concept", "fit", model, "--concept", concept, "--layers", "0", "--random", 2, "--alpha", "1", "--sample-tokens", 2, "--out",
           tmp_path / "concept", "--quiet")
    for name in ("median", "lesion", "concept"):
        assert (tmp_path / name / "report.html").stat().st_size > 10_000
