"""Continuations: the reference's numbers, what people see, and what ends or refuses a text."""
import json
import os
import pty
import subprocess
import time

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, write_frozen_pca

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
GENERATED = json.loads((GOLDEN / "generate_baker.json").read_text())
LOGPROB_ATOL = json.loads((GOLDEN / "tolerances.json").read_text())["generate_baker.json"][
    "logprob"]["atol"]
BAD_INPUT, IO = 2, 6


def generate(*arguments, code=0, **options):
    return excise("generate", BAKER, *arguments, code=code, **options)


def as_json(*arguments, model=BAKER):
    return json.loads(excise("generate", model, *arguments, "--json").out)


@pytest.mark.parametrize("layer", [5, 0])
def test_equals_the_reference(tmp_path, layer):
    edit = write_frozen_pca(tmp_path, layer)
    for case in GENERATED["cases"]:
        found = as_json("--prompt", case["prompt"], "--edit", edit, "--compare",
                        "--max-tokens", 30)
        assert found["prompt_ids"] == case["prompt_ids"]
        assert found["edits"][0]["hooks"] == [f"blocks.{layer}.mlp.hook_pre"]
        for ours, name in zip(found["continuations"], ["clean", f"edited_l{layer}"]):
            assert ours["branch"] == name.split("_")[0]
            assert ours["ids"] == case[name]["ids"]
            assert ours["text"] == case[name]["text"]
            assert ours["logprobs"] == pytest.approx(case[name]["logprob"], rel=0,
                                                     abs=LOGPROB_ATOL)
            assert ours["edits_fired"] == (0 if name == "clean" else 30)


def test_edit_file_counts_from_its_folder(tmp_path, monkeypatch):
    case = GENERATED["cases"][0]
    (tmp_path / "edits").mkdir()
    write_frozen_pca(tmp_path / "edits", 0)
    monkeypatch.chdir(tmp_path)
    done = generate("--prompt", case["prompt"], "--edit", "edits/pca_l0.toml",
                    "--max-tokens", 30, "--quiet")
    assert done.out == case["edited_l0"]["text"] + "\n"
    assert done.err == ""


def test_strength_and_positions(tmp_path):
    case = GENERATED["cases"][0]
    edit = write_frozen_pca(tmp_path, 0)
    text = edit.read_text()

    def ids_with(lines):
        edit.write_text(text + lines)
        return as_json("--prompt", case["prompt"], "--edit", edit,
                       "--max-tokens", 30)["continuations"][0]["ids"]
    assert ids_with("strength = 0\n") == case["clean"]["ids"]
    assert ids_with('positions = "1000-"\n') == case["clean"]["ids"]
    assert ids_with("components = [0]\nstrength = 1.0\n") == case["edited_l0"]["ids"]
    assert ids_with('positions = "0-"\n') == case["edited_l0"]["ids"]
    assert ids_with("strength = 0.5\n") not in (case["clean"]["ids"], case["edited_l0"]["ids"])


def test_what_people_see(tmp_path):
    case = GENERATED["cases"][0]
    done = generate("--prompt", case["prompt"], "--max-tokens", 30)
    assert done.out == case["prompt"] + case["clean"]["text"] + "\n"
    assert done.err.startswith("[30 tokens, ") and "--max-tokens" in done.err
    compared = generate("--prompt", case["prompt"], "--max-tokens", 30, "--compare",
                        "--edit", write_frozen_pca(tmp_path, 0))
    assert "They part at the first token: clean goes on with \" man\", edited with \" door\"." in (
        " ".join(compared.out.split()))
    assert max(map(len, compared.out.splitlines())) <= 100
    assert "removed svd at blocks.0.mlp.hook_pre" in compared.err


def test_prompt_from_file_and_standard_input(tmp_path):
    case = GENERATED["cases"][1]
    file = tmp_path / "prompt.txt"
    file.write_text(case["prompt"] + "\n")
    options = ("--max-tokens", 30, "--quiet")
    for done in (generate("--prompt-file", file, *options),
                 generate("-", *options, input=file.read_bytes()),
                 generate("--ids", ",".join(map(str, case["prompt_ids"])), *options)):
        assert done.out == case["clean"]["text"] + "\n"


def test_a_character_is_never_cut():
    """Some of these are several tokens; what is printed is text all the same."""
    prompt = "Zoë paid 5 € for 🙂"
    assert len(as_json("--prompt", "🙂", "--max-tokens", 1)["prompt_ids"]) > 1
    found = as_json("--prompt", prompt, "--max-tokens", 1)
    assert found["prompt"] == prompt
    for seed in range(4):
        sampled = generate("--prompt", "é", "--temperature", 3, "--seed", seed)
        sampled.stdout.decode("utf-8", errors="strict")


def test_streams_to_a_terminal():
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "generate", str(BAKER), "--prompt", "It was", "--max-tokens", "100000",
         "--past-context", "slide"], stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=subprocess.PIPE)
    os.close(theirs)
    seen = b""
    while len(seen) < 200:
        seen += os.read(ours, 1000)
    assert process.poll() is None  # it prints long before it is done
    process.send_signal(2)
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            os.read(ours, 100000)
        except OSError:
            break
    assert process.wait(30) == 130
    assert b"interrupted" in process.stderr.read()
    os.close(ours)


def test_sampling_is_seeded():
    def ids(*options):
        found = as_json("--prompt", "The", "--max-tokens", 20, *options)
        return [one["ids"] for one in found["continuations"]]
    drawn = ("--temperature", 1, "--top-k", 50, "--top-p", 0.9)
    assert ids(*drawn, "--seed", 1) == ids(*drawn, "--seed", 1)
    assert ids(*drawn, "--seed", 1) != ids(*drawn, "--seed", 2)
    three = ids(*drawn, "--seed", 1, "--samples", 3)
    assert len({tuple(one) for one in three}) == 3
    assert three[:1] == ids(*drawn, "--seed", 1)
    assert ids("--temperature", 1, "--top-k", 1) == ids()


def test_the_context():
    long_prompt = "the " * 300
    stopped = as_json("--prompt", long_prompt[:1000], "--max-tokens", 500)
    continuation = stopped["continuations"][0]
    assert continuation["stop"] == "context"
    assert len(stopped["prompt_ids"]) + len(continuation["ids"]) == 256 + 1
    slid = as_json("--prompt", long_prompt, "--max-tokens", 300, "--past-context", "slide")
    assert len(slid["continuations"][0]["ids"]) == 300
    assert slid["continuations"][0]["windows"] > 2


def test_without_a_tokenizer():
    done = excise("generate", TINY, "--ids", "1,2,3", "--max-tokens", 4)
    assert len(done.out.strip().split(",")) == 7
    assert as_json("--ids", "1,2,3", "--max-tokens", 4, model=TINY)["continuations"][0]["text"] == ""


WRONG = {
    "no prompt": ((), BAD_INPUT, ["--prompt"]),
    "empty prompt": (("--prompt", ""), BAD_INPUT, ["empty"]),
    "two prompts": (("--prompt", "a", "--ids", "1"), BAD_INPUT, ["--ids"]),
    "no dash": (("--max-tokens", "3", "hello"), BAD_INPUT, ["--prompt"]),
    "prompt beyond the context": (("--prompt", "the " * 300), BAD_INPUT, ["256", "slide"]),
    "id outside": (("--ids", "1,8192"), BAD_INPUT, ["8192", "8191"]),
    "cold top-k": (("--prompt", "a", "--top-k", "5"), BAD_INPUT, ["--temperature 1"]),
    "top-p": (("--prompt", "a", "--temperature", "1", "--top-p", "1.5"), BAD_INPUT, ["top-p"]),
    "temperature": (("--prompt", "a", "--temperature", "-1"), BAD_INPUT, ["temperature"]),
    "cold samples": (("--prompt", "a", "--samples", "2"), BAD_INPUT, ["--temperature 1"]),
    "past context": (("--prompt", "a", "--past-context", "wrap"), BAD_INPUT, ["stop or slide"]),
    "compare alone": (("--prompt", "a", "--compare"), BAD_INPUT, ["--edit"]),
    "no edit file": (("--prompt", "a", "--edit", "nowhere.toml"), IO, ["nowhere.toml"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    arguments, code, fragments = WRONG[name]
    done = generate(*arguments, code=code)
    assert done.out == ""
    assert done.err.startswith("[") and done.err.count("\n") == 1, done.err
    for fragment in fragments:
        assert fragment in done.err, done.err


WRONG_EDITS = {
    "unknown key": ("strenght = 1", ["line 4", "strength"]),
    "component": ("components = [1]", ["component 1"]),
    "action": ('action = "off"', ["remove", "add"]),
    "add without classes": ('action = "add"', ["classes"]),
    "positions": ('positions = "last"', ["positions"]),
    "strength": ("strength = inf", ["strength"]),
}


@pytest.mark.parametrize("name", WRONG_EDITS)
def test_refused_edits(tmp_path, name):
    line, fragments = WRONG_EDITS[name]
    edit = write_frozen_pca(tmp_path, 5)
    edit.write_text(edit.read_text() + line + "\n")
    done = generate("--prompt", "a", "--edit", edit, code=BAD_INPUT)
    for fragment in fragments:
        assert fragment in done.err, done.err


def test_an_edit_of_another_model_or_hook(tmp_path):
    edit = write_frozen_pca(tmp_path, 5)
    text = edit.read_text()
    edit.write_text(text.replace("blocks.5", "blocks.4"))
    assert "blocks.5.mlp.hook_pre" in generate("--prompt", "a", "--edit", edit,
                                               code=BAD_INPUT).err
    edit.write_text(text.replace("blocks.5.mlp.hook_pre", "blocks.55.mlp.hook_pre"))
    assert "0 to 11" in generate("--prompt", "a", "--edit", edit, code=BAD_INPUT).err
    edit.write_text(write_frozen_pca(tmp_path, 0).read_text())
    wrong = excise("generate", TINY, "--ids", "1", "--edit", edit, code=BAD_INPUT)
    assert "768" in wrong.err and "192" in wrong.err
