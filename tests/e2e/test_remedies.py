"""What a message advises works where it is read: each remedy that names an option or a command."""
import re
import shlex
import subprocess

import pytest
from support import GOLDEN, PROGRAM, ROOT, excise

TINY = GOLDEN / "tiny-gpt2"
PAIRS = ROOT / "experiments" / "him-her.tsv"
CONCEPT = ROOT / "experiments" / "concepts" / "him-her.toml"
EDIT = ROOT / "README.md"  # no edit, but a file
LONG = "word " * 700

COMMANDS = ("sweep", "corpus", "merge", "run", "reproduce", "concept fit", "concept test",
            "concept apply", "lesion", "median", "report", "generate", "export", "fit", "make-model", "inspect", "tokenize", "task", "completion")

# What goes wrong, command by command; what is written in the message is tried.
FAILURES = [
    ("corpus", "baker-7m", "nothing-there"), ("corpus", "baker-7m", "page.txt", "--window", "1"),
    ("corpus", "baker-7m", "page.txt", "--shard", "3/2"), ("corpus", "baker-7m"), ("merge", "nothing-there"),
    ("sweep", TINY), ("sweep", TINY, "--text", "a"), ("sweep", "baker-7m", "--text", LONG),
    ("sweep", "baker7m"), ("sweep", "baker-7m", "page.txt"), ("sweep", "baker-7m", "--layers", "al"),
    ("sweep", "baker-7m", "--remove", "each:0"), ("sweep", "baker-7m", "--together", "1"),
    ("sweep", "baker-7m", "--layers", "0-1", "--together", "1,2"), ("sweep", "baker-7m", "--detail-layer", "99"),
    ("sweep", "baker-7m", "--controls", "norm-matched=0"), ("sweep", "baker-7m", "--basis", "leace"),
    ("sweep", "baker-7m", "--lyers", "1"), ("sweep", TINY, "--ids", "1,2", "--token-pattern", "a"),
    ("sweep", "baker-7m", "--memory-limit", "1K"), ("sweep", "baker-7m", "--token-pattern", "zebra"),
    ("run", "empty.txt"), ("run", "nowhere.toml"), ("reproduce", TINY), ("reproduce", "gpt2-xll"),
    ("concept", "fit", TINY, "--concept", CONCEPT), ("concept", "fit", "baker-7m"),
    ("concept", "fit", "baker-7m", "--concept", CONCEPT, "--layers", "99"),
    ("concept", "fit", "baker-7m", "--concept", CONCEPT, "--method", "leac"),
    ("concept", "test", "baker-7m"), ("concept", "apply", "baker-7m", "--fitted", "nowhere"),
    ("concept", "apply", "baker-7m", "--fitted", ".", "--switch", "off"),
    ("lesion", TINY, "--pairs", PAIRS), ("lesion", "baker-7m", "--pairs", PAIRS, "--hold-out", "2"),
    ("median", TINY), ("median", TINY, "--prompt", "a", "--target", "b"),
    ("median", "baker-7m", "--prompt", "a", "--target", "xyzzy"), ("median", "baker-7m", "--prompt", LONG),
    ("report", "nowhere"), ("report", "."), ("report", ".", "."),
    ("generate", TINY), ("generate", TINY, "--prompt", "a"), ("generate", "baker-7m", "--prompt", LONG),
    ("generate", "baker-7m", "--prompt", "a", "--compare"),
    ("generate", "baker-7m", "--prompt", "a", "--samples", "2"),
    ("export", "baker-7m", "--edit", EDIT, "--out", "new"), ("export", "baker-7m", "--out", "new"),
    ("fit", TINY, "--out", "b.safetensors"), ("fit", "baker-7m", "--basis", "leace", "--out", "b.safetensors"),
    ("fit", "baker-7m", "--text", "a b", "--components", "99", "--out", "b.safetensors"),
    ("make-model", "--preset", "pythia-70", "--out", "new"), ("inspect", "nowhere"), ("tokenize", "baker-7m"),
    ("swep", "baker-7m"), ("completion", "bsh"),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "empty.txt").write_text("")
    return tmp_path


def options_of(command):
    return set(re.findall(r"--[a-z][a-z-]*", excise(*command.split(), "--help").out))


HELP = {}


def known(command):
    if command not in HELP:
        HELP[command] = options_of(command)
    return HELP[command]


def check(text, command):
    """Every option in `text` is one of the command that stands before it, else of `command`."""
    for part in re.split(r"(?=\bexcise [a-z])", text):
        named = re.match(r"excise ((?:concept )?[a-z-]+)", part)
        reader = command
        if named:
            assert named[1] in COMMANDS, (part, text)
            reader = named[1]
        elif part.startswith("excise") and re.match(r"excise --help", part):
            continue
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", part):
            assert option in known(reader) | {"--help"}, (option, reader, text)


@pytest.mark.parametrize("arguments", FAILURES, ids=lambda a: shlex.join(map(str, a))[:60])
def test_the_remedy_is_one_of_the_command(arguments, place):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=300)
    assert done.returncode not in (0, 70), done.stdout
    message = done.stderr.strip().splitlines()[-1]
    assert not re.match(r"\[[^]]*\] *:", message), message  # what is wrong has a name
    words = list(map(str, arguments[:2]))
    command = " ".join(words) if " ".join(words) in COMMANDS else words[0]
    if command not in COMMANDS:
        command = None
    hint = message.partition("; ")[2]
    # In the message of an unknown option it stands first, which is no advice.
    if command:
        check(hint, command)
    else:
        assert not re.findall(r"(?<![\w-])--(?!help)[a-z-]+", hint), message


def test_every_hint_in_the_sources_names_what_there_is():
    """Also of messages that no case above brings about: options exist, and of a named command."""
    everywhere = set().union(*map(known, COMMANDS))
    sources = [p for p in (ROOT / "src").rglob("*.cc") if not p.name.endswith("_test.cc") and "python" not in p.parts]
    found = 0
    for source in sources:
        for match in re.finditer(r"\.hint =((?:\s*[^;{}]*?\"(?:[^\"\\]|\\.)*\")+)", source.read_text(encoding="utf-8")):
            text = "".join(re.findall(r"\"((?:[^\"\\]|\\.)*)\"", match[1]))
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text):
                found += 1
                assert option in everywhere | {"--help", "--include"}, (source, text)
    assert found > 15


@pytest.mark.parametrize("arguments, meant", [
    (("inspect", "baker7m"), "baker-7m"), (("inspect", "Baker-7m"), "baker-7m"),
    (("sweep", "baker-7m", "--at", "hook_prre"), "hook_pre"), (("sweep", "baker-7m", "--at", "HOOK_PRE"), "hook_pre"),
    (("sweep", "baker-7m", "--basis", "sdv"), "svd"), (("sweep", "baker-7m", "--preset", "PCA"), "pca"),
    (("sweep", "baker-7m", "--centre", "nueron"), "neuron"), (("sweep", "baker-7m", "--bos", "alway"), "always"),
    (("sweep", "baker-7m", "--executor", "wave"), "wavefront"), (("sweep", "baker-7m", "--cells", "al"), "all"),
    (("sweep", "baker-7m", "--compute", "bf61"), "bf16"), (("sweep", "baker-7m", "--coordinates", "lve"), "live"),
    (("sweep", "baker-7m", "--controls", "random-rnk"), "random-rank"),
    (("median", "baker-7m", "--by", "magnitud"), "magnitude"),
    (("median", "baker-7m", "--with", "meen"), "mean"),
    (("concept", "fit", "baker-7m", "--concept", CONCEPT, "--method", "leac"), "leace"),
    (("generate", "baker-7m", "--prompt", "a", "--past-context", "slid"), "slide"),
    (("make-model", "--preset", "pythia-70", "--out", "new"), "pythia-70m"),
    (("make-model", "--dtype", "f23", "--out", "new"), "f32"),
    (("completion", "bsh"), "bash"), (("swep", "baker-7m"), "sweep"),
], ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value))[:50])
def test_did_you_mean(arguments, meant, place):
    done = excise(*arguments, code=2)
    assert re.search(rf"did you mean (\S+ or )*{re.escape(meant)}( or \S+)*\?", done.err), done.err


@pytest.mark.parametrize("model, fetched", [
    ("gpt2-xl", "hf download openai-community/gpt2-xl"), ("Qwen/Qwen3-0.6B", "hf download Qwen/Qwen3-0.6B"),
    ("Qwen/Qwen3.5-0.8B", None), ("openai/gpt-oss-20b", None), ("my-model", None)])
def test_only_models_that_may_run_are_advised(model, fetched, place):
    message = excise("inspect", model, code=2).err
    assert (fetched in message) if fetched else ("hf download" not in message), message


def test_an_experiment_without_a_model_is_named(place):
    done = excise("run", "empty.txt", code=2)
    assert "empty.txt: expected a key model" in done.err and "--model" in done.err


def test_too_few_draws_are_told_when_asked_for(place):
    options = ("--ids", "1,2,3,4,5", "--layers", "1", "--out", "out", "--force")
    told = excise("sweep", TINY, *options, "--controls", "random-rank=5").err
    assert "with random-rank=5 no p can be below 0.33; 40 draws are the fewest" in told
    assert "fewest" not in excise("sweep", TINY, *options, "--controls", "random-rank=40").err
    assert "fewest" not in excise("sweep", TINY, *options, "--controls", "neuron-shuffle=2").err
    assert excise("sweep", TINY, *options, "--controls", "random-rank=5", "--quiet").err == ""
    # A failure is one line.
    failed = excise("sweep", TINY, "--ids", "1,2", "--layers", "99", "--controls", "random-rank=5", code=2).err
    assert failed.startswith("[sweep] layer 99") and failed.count("\n") == 1
    told = excise("median", TINY, "--ids", "1,2", "--target-id", 3, "--random", 5, *options[2:]).err
    assert "with --random 5 no p can be below 0.17; 20 draws are the fewest" in told


def test_a_second_report_with_figures_writes_nothing(place):
    excise("sweep", TINY, "--ids", "1,2,3,4,5", "--out", "out")
    excise("report", "out", "--figures", "figures")
    page = place / "out" / "report.html"
    page.write_text("mine")
    done = excise("report", "out", "--figures", "figures", code=2)
    assert "--force" in done.err and page.read_text() == "mine"
    excise("report", "out", "--figures", "figures", "--force")
    assert page.read_text() != "mine"
