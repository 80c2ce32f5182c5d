"""What a run writes, `excise run` reads: every option of every experiment, all files but timings."""
import re

import pytest
from support import GOLDEN, ROOT, excise, files_of, write_frozen_pca
from test_compute import AVX512, NATIVE, WITHOUT_BF16

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
PAIRS = GOLDEN / "pairs_him_her.tsv"
CONCEPTS = ROOT / "experiments" / "concepts"
TEXT = "He said that she had taken his hat, and she said that he had lost her ring. " * 2
SENTENCE = "They gave him an apple, and she took her hat."
LARGEST = str(2**63 - 1)

# What says where output goes, and how much is printed.
NO_FILE_HOLDS = {"--help", "--out", "--force", "--json", "--quiet"}
# Of a sweep's task, whose experiment file is of another kind: tests/e2e/test_task.py has them.
OF_A_TASK = {"--task", "--all-prompts"}
ENGINE = [("--compute", "f32"), ("--seed", LARGEST), ("--executor", "naive"),
          ("--memory-limit", "1.5G"), ("--threads", "2")]
# Of texts only: ids are taken as they are.
READING = [("--bos", "always"), ("--bos", "never"), ("--special-tokens", "text")]
# For each command what is given where a case does not give it itself (one thread: what little there
# is to share costs more under load than it gains), and the cases.
SWEEP_IDS = (("sweep", TINY, "--ids", "1,2,3,4,5,6,7,8"), {"--permutations": "50", "--threads": "1"}, [
    (), *ENGINE, ("--layers", "0, 2-3"), ("--remove", "0,2"), ("--remove", "each:0,1"),
    ("--remove", "cumulative:0-2"), ("--together", "0-3;1,2"),
    ("--together", "all", "--coordinates", "live"), ("--positions", "1 - 2,4-"), ("--skip-first",),
    ("--preset", "pca"), ("--centre", "token"), ("--restore", "none"),
    ("--centre", "token", "--restore", "neuron"), ("--cells", "preset"), ("--dormant-share",), ("--parts",),
    ("--variants", "keep-only,robustness"), ("--at", "hook_post", "--variants", "visible"),
    ("--variants", "constant", "--remove", "1"),
    ("--evidence", "--controls", "norm-matched=2"),
    ("--controls", "random-rank=2,norm-matched=3"), ("--controls", "neuron-shuffle=2,elsewhere=3"),
    ("--controls", "random-rank=2,neuron-shuffle=2", "--together", "0-1", "--cells", "preset",
     "--permutations", "70", "--detail-layer", "1", "--seed", "9"),
    ("--permutations", "100"), ("--detail-layer", "1"), ("--at", "hook_resid_post"),
    ("--at", "blocks.1.mlp.hook_pre"), ("--at", "h.1.mlp.c_fc", "--layers", "1"),
    ("--basis", "random", "--components", "3"), ("--basis", "ica", "--components", "2"),
    ("--basis-file", GOLDEN / "elsewhere" / "sae-legacy", "--at", "hook_resid_post", "--remove", "3"),
    ("--check-rounding", "all"),
    pytest.param(("--compute", "bf16"), marks=NATIVE),
    pytest.param(("--compute", "bf16", "--check-rounding", "all"), marks=NATIVE),
    pytest.param(("--compute", "bf16-emulated"), marks=AVX512)])
CLASSES = ("--class-tokens", "^ he$", "--class-tokens", "^ she$")
SWEEP_TEXT = (("sweep", "baker-7m"), {"--permutations": "50", "--layers": "3", "--threads": "1"}, [
    (), *READING, ("--text", TEXT), ("--text", TEXT, "--text", SENTENCE), ("--text-file", "page.txt"),
    ("--text-file", "page.txt", "--text-file", "she.txt"), ("--text-file", "page.txt", "she.txt"), ("-",),
    ("--text", "# no heading\nbut \"a\" text\t\\ of 'signs' \u00e9\u2028 = 1"),
    ("--text", TEXT, "--token-pattern", "^ s?he$"),
    ("--text", SENTENCE, "--swap", SENTENCE.replace(" an ", " the ")),
    ("--text", SENTENCE, "--swap-file", "swap.txt"),
    ("--text", TEXT, "--token-pattern", "^ s?he$", "--positions", "1-"),
    ("--text", TEXT, "--basis", "ged", "--class-tokens", "^ he$", "--shrinkage", "0.5"),
    ("--text", TEXT, "--basis", "leace", *CLASSES), ("--text", TEXT, "--basis", "diff-means",
     "--class-file", "page.txt", "--class-file", "she.txt"),
    ("--corpus", "corpus.txt", "--preset", "pca", "--components", "4"),
    ("--corpus", "corpus.txt", "--text", TEXT, "--basis", "ica", "--components", "2"),
    ("--text", TEXT, "--basis-file", "basis.safetensors", "--remove", "1"),
    ("--text", TEXT, "--edit", "pca_l5.toml", "--layers", "5")])
MEDIAN = (("median", BAKER), {"--prompt": "He shook his", "--target": " head", "--layers": "3",
                              "--threads": "1"}, [
    (), *ENGINE, *READING, ("--percent", "0.1-1:0.3"), ("--percent", "33.3,50"), ("--by", "magnitude"),
    ("--with", "mean"), ("--with", "zero"), ("--positions", "all"), ("--layers", "0, 2-3"),
    ("--random", "3"), ("--random", "3", "--seed", "7", "--with", "mean", "--by", "magnitude"),
    ("--prompt", TEXT + "\"", "--target", " \u00e9", "--first-token"),
    ("--target", " perplexingly", "--first-token")])
MEDIAN_IDS = (("median", TINY), {}, [("--ids", " 1, 2\t3", "--target-id", "4")])
MEDIAN_BUNDLED = (("median", "baker-7m"), {"--layers": "3"}, [()])
LESION = (("lesion", BAKER), {"--pairs": PAIRS, "--layers": "1", "--random": "2",
                              "--threads": "1"}, [
    (), *ENGINE, *READING, ("--test", SENTENCE), ("--test", SENTENCE, "--test", "He met her."),
    ("--test", SENTENCE, "--position", "3,7"), ("--test", SENTENCE, "--hold-out", "0.25"),
    ("--hold-out", "0.2"), ("--q", "0.2"), ("--q", "1e-3"), ("--first-token",),
    ("--layers", "0, 2-3"), ("--random", "0"), ("--pairs", "pairs.csv"),
    ("--pairs", "long.tsv", "--test", "They met boldly.", "--first-token", "--position", "1")])
CONCEPT = {"--concept": CONCEPTS / "him-her.toml", "--layers": "3", "--alpha": "1", "--random": "1",
           "--sample-tokens": "1", "--threads": "1"}
CONCEPT_CASES = [
    (), *ENGINE, *READING, ("--concept", CONCEPTS / "questions.toml"), ("--layers", "0, 2-3"),
    ("--hook", "blocks.*.hook_resid_post"), ("--alpha", "0.5,1.25"), ("--positions", "1-"),
    ("--max-damage", "0.25"), ("--random", "0"), ("--random", "2"), ("--sample-tokens", "0"),
    ("--sample-tokens", "3", "--temperature", "0.7", "--seed", "5")]
FIT = (("concept", "fit", BAKER), CONCEPT, [
    *CONCEPT_CASES, ("--method", "leace"), ("--method", "ged"), ("--method", "first-pc")])
TEST = (("concept", "test", BAKER), CONCEPT | {"--fitted": "fitted", "--layers": "2,3"}, [
    one for one in CONCEPT_CASES if "--layers" not in one and "--hook" not in one] + [
    ("--layers", "3"), ("--fitted", "post", "--hook", "blocks.*.hook_resid_post")])
REPRODUCE = (("reproduce",), {}, [("baker-7m",), ("--bos", "always")])
TABLE = [SWEEP_IDS, SWEEP_TEXT, MEDIAN, MEDIAN_IDS, MEDIAN_BUNDLED, LESION, FIT, TEST, REPRODUCE]


def arguments_of(command, given, options):
    kept = [part for pair in given.items() if pair[0] not in options for part in pair]
    return [*command, *kept, *options]


def cases():
    for command, given, options in TABLE:
        for one in options:
            marks = getattr(one, "marks", ())
            one = one.values[0] if marks else one
            name = " ".join(map(str, command[:1 + (command[0] == "concept")])) + " " + " ".join(
                re.sub(r".*/", "", str(part))[:20] for part in one)
            yield pytest.param(arguments_of(command, given, one), marks=marks, id=name)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the files that the options name."""
    folder = tmp_path_factory.mktemp("options")
    corpus = (ROOT / "experiments" / "silver-blaze.txt").read_text(encoding="utf-8")
    (folder / "corpus.txt").write_text(3 * corpus + "The end of it.\n", encoding="utf-8")
    (folder / "swap.txt").write_text(SENTENCE.replace(" an ", " the "))
    (folder / "page.txt").write_text("He took his hat. The man said that he was late.\n" * 2)
    (folder / "she.txt").write_text("She took her hat. A woman said that she was late.\n" * 2)
    (folder / "pairs.csv").write_text("him,her\n" + "".join(
        f'"I {verb} him, ""then"".","I {verb} her, ""then""."\n' for verb in
        ("saw", "met", "know", "like", "heard", "sent")))
    (folder / "long.tsv").write_text("boldly\tperplexingly\n" + "".join(
        f"They {verb} boldly.\tThey {verb} perplexingly.\n" for verb in ("ran", "met", "sang")))
    excise("fit", "baker-7m", "--components", 2, "--at", "blocks.3.mlp.hook_pre", "--out",
           folder / "basis.safetensors")
    write_frozen_pca(folder, 5)
    for name, hook in (("fitted", "mlp.hook_pre"), ("post", "hook_resid_post")):
        options = CONCEPT | {"--layers": "2,3", "--random": "0", "--hook": f"blocks.*.{hook}"}
        excise(*arguments_of(("concept", "fit", BAKER), options, ()), "--out", folder / name)
    return folder


@pytest.mark.parametrize("arguments", list(cases()))
def test_what_a_run_writes_a_run_reads(place, tmp_path, arguments):
    how = {"cwd": place}
    if "bf16-emulated" in arguments:
        how["env"] = WITHOUT_BF16
    text = {"input": TEXT.encode()} if "-" in arguments else {}
    excise(*arguments, "--quiet", "--out", tmp_path / "a", **text, **how)
    excise("run", tmp_path / "a" / "experiment.toml", "--quiet", "--out", tmp_path / "b", **how)
    one, other = files_of(tmp_path / "a"), files_of(tmp_path / "b")
    assert one.keys() == other.keys()
    for name in one:
        assert one[name] == other[name], name


@pytest.mark.parametrize("command", ["sweep", "median", "lesion", "concept fit", "concept test",
                                     "reproduce"])
def test_no_option_is_forgotten(command):
    """An option that is new joins the table, or the few that no file holds."""
    offered = set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", excise(*command.split(), "--help").out,
                             re.MULTILINE))
    held = {str(part) for each in cases() for part in each.values[0]
            if " ".join(map(str, each.values[0])).startswith(command)}
    assert NO_FILE_HOLDS <= offered
    assert offered - NO_FILE_HOLDS - OF_A_TASK == {one for one in held if one.startswith("--")}
