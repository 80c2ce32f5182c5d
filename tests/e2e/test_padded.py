"""A model with more rows than its tokenizer has tokens: <id N> in everything that shows tokens."""
import json
import shutil

import numpy as np
import pytest
from support import (ROOT, excise, ids_option, read_csv, read_results, read_safetensors,
                     write_safetensors)

BAKER = ROOT / "models" / "baker-7m"
HIM_HER = ROOT / "experiments" / "concepts" / "him-her.toml"
PROMPT = "The detective looked at the"
KNOWN, ROWS = 8192, 64
PADDED = KNOWN + 3  # the one that the model likes best
SHOWN = f"<id {PADDED}>"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """baker-7m padded to a multiple of 64; one of the new rows wins behind PROMPT."""
    folder = tmp_path_factory.mktemp("padded") / "model"
    shutil.copytree(BAKER, folder)
    done = excise("generate", BAKER, "--prompt", PROMPT, "--max-tokens", 1, "--json")
    top = json.loads(done.out)["continuations"][0]["ids"][0]
    tensors = dict(read_safetensors(folder / "model.safetensors"))
    name = next(name for name in tensors if name.endswith("wte.weight"))
    assert len(tensors[name]) == KNOWN
    rows = np.zeros((ROWS, tensors[name].shape[1]), tensors[name].dtype)
    rows[PADDED - KNOWN] = 2 * tensors[name][top]
    tensors[name] = np.concatenate([tensors[name], rows])
    write_safetensors(folder / "model.safetensors", tensors, {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": KNOWN + ROWS}))
    return folder


@pytest.fixture(scope="module")
def ids(model):
    """PROMPT, with a padded id in its middle and at its end."""
    known = json.loads(excise("tokenize", model, PROMPT, "--json").out)["ids"]
    return [*known[:3], PADDED, *known[3:], PADDED]


def test_generate(model, ids):
    options = ["--prompt", PROMPT, "--max-tokens", 2]
    assert SHOWN in excise("generate", model, *options).out
    done = json.loads(excise("generate", model, *options, "--json").out)
    assert SHOWN in done["continuations"][0]["text"]
    done = json.loads(excise("generate", model, "--ids", ids_option(ids), "--max-tokens", 2,
                             "--json").out)
    assert done["prompt"].count(SHOWN) == 2 and done["prompt_ids"] == ids


def test_sweep(model, ids, tmp_path):
    done = excise("sweep", model, "--ids", ids_option(ids), "--layers", "0-1", "--dormant-share",
                  "--out", tmp_path / "out")
    results = read_results(tmp_path / "out")
    assert results["tokens"]["pieces"][3] == results["tokens"]["pieces"][-1] == SHOWN
    assert {row["token"] for row in read_csv(tmp_path / "out" / "tokens.csv")
            if row["position"] in ("3", str(len(ids) - 1))} == {SHOWN}
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<id 8195>" in page.replace("\\u003c", "<").replace("\\u003e", ">") or "&lt;id" in page
    assert done.out


def test_median(model, tmp_path):
    done = excise("median", model, "--prompt", PROMPT, "--target-id", PADDED, "--layers", "0",
                  "--out", tmp_path / "out")
    results = read_results(tmp_path / "out")
    assert results["target"]["piece"] == results["clean"]["top1_piece"] == SHOWN
    assert SHOWN in done.out


def test_lesion(model, tmp_path):
    """Its texts hold none; a text's own sign is not taken for one."""
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("him\ther\n" + "".join(f"I {verb} him.\tI {verb} her.\n" for verb in
                                            ("saw", "met", "know", "like", "heard", "sent")))
    excise("lesion", model, "--pairs", pairs, "--test", f"They saw {SHOWN} him.", "--layers", "0",
           "--random", "0", "--out", tmp_path / "out")
    pieces = read_results(tmp_path / "out")["tests"][0]["pieces"]
    assert SHOWN not in pieces and SHOWN in "".join(pieces)


def test_concept(model, tmp_path):
    concept = HIM_HER.read_text()
    start = concept.index("prompts = [")
    end = concept.index("]", start)
    (tmp_path / "concept.toml").write_text(
        concept[:start] + f'prompts = ["{PROMPT}"' + concept[end:])
    done = excise("concept", "fit", model, "--concept", tmp_path / "concept.toml", "--layers", "0",
                  "--alpha", "1", "--random", "0", "--sample-tokens", "2", "--out",
                  tmp_path / "out")
    samples = read_results(tmp_path / "out")["samples"]
    assert SHOWN in samples[0]["continuations"][0]["text"] and SHOWN in done.out
    done = excise("concept", "apply", model, "--fitted", tmp_path / "out", "--switch", "off",
                  "--out", tmp_path / "applied")
    assert SHOWN in done.out


def test_tokenize(model):
    """Knows none of them: a text never gives one."""
    shown = json.loads(excise("tokenize", model, SHOWN, "--json").out)
    assert len(shown["ids"]) > 1 and max(shown["ids"]) < KNOWN
