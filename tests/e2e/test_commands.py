"""What the commands print."""
import json
import os
import pty
import re
import subprocess

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise, read_results

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
COMMANDS = ["inspect", "tokenize", "sweep", "run", "reproduce", "completion"]


def test_version_and_help():
    assert re.fullmatch(r"excise \d+\.\d+\.\d+\n", excise("--version").out)
    text = excise("--help").out
    assert excise().out == text
    for command in COMMANDS:
        assert command in text
        assert "Example" in excise(command, "--help").out


def test_inspect():
    text = excise("inspect", BAKER).out
    for fact in ("12", "192", "768", "8192", "256", "F16", "blocks.{l}.mlp.hook_pre", "tied"):
        assert fact in text
    facts = json.loads(excise("inspect", TINY, "--json").out)
    assert facts["n_layers"] == 4 and facts["d_mlp"] == 192 and facts["tokenizer"] is None
    shapes = {hook["name"]: hook["shape"] for hook in facts["hooks_only_read"]}
    assert shapes["hook_embed"] == ["tokens", 48] and "blocks.{l}.attn.hook_rot_q" not in shapes
    heads = facts["n_heads"]
    assert shapes["blocks.{l}.attn.hook_q"] == ["tokens", heads, facts["d_head"]]
    assert shapes["blocks.{l}.attn.hook_pattern"] == [heads, "tokens", "tokens"]
    assert shapes["blocks.{l}.ln2.hook_scale"] == shapes["ln_final.hook_scale"] == ["tokens", 1]
    assert f"[{heads}, tokens, tokens]" in excise("inspect", TINY).out


def test_bundled_model_needs_no_path(tmp_path):
    def fingerprint(model):
        return json.loads(excise("inspect", model, "--json", cwd=tmp_path).out)["fingerprint"]
    assert fingerprint("baker-7m") == fingerprint(BAKER)


def test_tokenize():
    golden = json.loads((GOLDEN / "tokenizer_baker.json").read_text())
    cases = [case for case in golden["encode"] if "\0" not in case["text"]
             and case["text"] not in ("", "-") and len(case["text"]) < 10000]
    assert len(cases) > 100
    for case in cases[::4]:
        done = excise("tokenize", BAKER, "--json", "--", case["text"])
        assert json.loads(done.out)["ids"] == case["ids"], case["text"]


def test_tokenize_prints_ids_and_pieces():
    text = "The dog did nothing."
    found = json.loads(excise("tokenize", BAKER, text, "--json").out)
    assert "".join(found["pieces"]) == text
    assert json.loads(excise("tokenize", BAKER, "-", "--json", input=text.encode()).out) == found
    lines = excise("tokenize", BAKER, text).out.splitlines()
    assert [int(line.split()[0]) for line in lines] == found["ids"]


def test_bos_is_what_begins_a_text():
    plain = json.loads(excise("tokenize", BAKER, "The dog", "--json").out)
    assert (plain["bos"], plain["front"], plain["behind"]) == ("auto", 0, 0)
    for text in ("The dog", "<|endoftext|>The dog"):
        found = json.loads(excise("tokenize", BAKER, text, "--bos", "always", "--json").out)
        assert found["ids"] == [8191, *plain["ids"]] and found["front"] == 1
    first, second = excise("tokenize", BAKER, "The", "--bos", "always").out.splitlines()
    assert first.endswith("  in front of the text") and second.endswith('"The"')
    done = json.loads(excise("generate", BAKER, "--prompt", "The dog", "--bos", "always", "--max-tokens", 1,
                             "--json").out)
    assert done["bos"] == "always" and done["prompt_ids"] == [8191, *plain["ids"]]
    for arguments, complaint in ((("--bos", "often"), "auto, always or never"), (("--bos",), "--bos")):
        assert complaint in excise("tokenize", BAKER, "The", *arguments, code=2).err


def test_special_tokens_of_a_text_are_read_or_text():
    text = "The dog<|endoftext|>"
    read, plain = (json.loads(excise("tokenize", BAKER, text, "--special-tokens", how, "--json").out)
                   for how in ("read", "text"))
    assert read["ids"][-1] == 8191 and 8191 not in plain["ids"] and read["ids"][:2] == plain["ids"][:2]
    assert "".join(plain["pieces"]) == text
    done = json.loads(excise("generate", BAKER, "--prompt", text, "--special-tokens", "text", "--max-tokens", 1,
                             "--json").out)
    assert done["special_tokens"] == "text" and done["prompt_ids"] == plain["ids"]
    assert "expected read or text" in excise("tokenize", BAKER, text, "--special-tokens", "no", code=2).err


def test_bos_of_a_model_without_a_tokenizer():
    done = excise("generate", GOLDEN / "tiny-gpt2", "--ids", "1,2", "--bos", "always", code=2)
    assert "a tokenizer, for --bos always" in done.err


def test_table_and_summary(tmp_path):
    done = excise("sweep", BAKER, "--out", tmp_path / "out")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 100
    rows = [line.split() for line in lines if re.match(r"\s+\d+ +\d+\.\d", line)]
    assert [int(row[0]) for row in rows] == list(range(12))
    results = read_results(tmp_path / "out")
    for row, layer in zip(rows, results["layers"]):
        assert float(row[2]) == pytest.approx(layer["default_n"]["t"], abs=0.006)
        assert row[4].endswith(("*", "\u2606")) == (layer["default_n"]["q"] < 0.05)
    assert "bundled" in done.err and "\033" not in done.out + done.err
    assert str(tmp_path / "out") in done.out
    hurt = sum(layer["default_n"]["q"] < 0.05 and layer["default_n"]["mean"] > 0
               for layer in results["layers"])
    assert f"{hurt} of 12 layers" in " ".join(results["summary"].split())


def test_json_and_quiet(tmp_path):
    arguments = ("sweep", TINY, "--ids", "1,2,3,4")
    done = excise(*arguments, "--json", "--out", tmp_path / "a")
    assert json.loads(done.out) == read_results(tmp_path / "a")
    done = excise(*arguments, "--quiet", "--out", tmp_path / "b")
    assert done.out == done.err == ""
    assert (tmp_path / "b" / "results.json").exists()


def test_default_folder(tmp_path):
    excise("sweep", TINY, "--ids", "1,2,3", "--preset", "pca", cwd=tmp_path)
    assert (tmp_path / "results" / "tiny-gpt2-pca" / "results.json").exists()


def test_reproduce_from_anywhere(tmp_path):
    excise("reproduce", "--out", "out", cwd=tmp_path)
    results = read_results(tmp_path / "out")
    golden = json.loads((GOLDEN / "protocol_baker-7m_published.json").read_text())
    assert results["manifest"]["spec"]["text"] == golden["text"]
    for ours, reference in zip(results["layers"], golden["layers"]):
        assert ours["default_n"]["t"] == pytest.approx(reference["default_n"]["t"], abs=1e-3)


def test_completion_scripts(tmp_path):
    for shell in ("bash", "zsh", "fish"):
        text = excise("completion", shell).out
        for command in COMMANDS:
            assert command in text
        assert "layers" in text
    script = tmp_path / "excise.bash"
    script.write_text(excise("completion", "bash").out)
    check = f"source {script}; COMP_WORDS=(excise sw); COMP_CWORD=1; _excise; echo $COMPREPLY"
    done = subprocess.run(["bash", "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "sweep\n"
    check = ("source %s; COMP_WORDS=(excise sweep --la); COMP_CWORD=2; _excise; "
             "echo $COMPREPLY" % script)
    done = subprocess.run(["bash", "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "--layers\n"


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_terminal(tmp_path, colour):
    """In a terminal there is a progress bar and, unless NO_COLOR is set, colour."""
    master, slave = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    running = subprocess.Popen([PROGRAM, "sweep", str(BAKER), "--out", str(tmp_path / "out")],
                               stdout=slave, stderr=slave, stdin=subprocess.DEVNULL,
                               env=environment | {"TERM": "xterm"} | colour)
    os.close(slave)
    shown = b""
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    assert running.wait() == 0
    assert re.search(rb"layers +\[#* *\] +\d+ %", shown)
    assert (b"\033[1m" in shown) == (not colour)
