"""The kinds of input: each makes files in a folder and says which command is to read them.

A new kind of file joins here as a function in KINDS; those of a model folder in model_kinds.py,
of a GGUF file in gguf_kinds.py."""
import shutil

import gguf_kinds
import model_kinds
import mutate
from place import BAKER, EXPERIMENTS, HIM_HER, IDS, MANY_TEXTS, ROOT, TEXT, TINY

EDIT = ('schema = "excise.edit/1"\nhook = "blocks.5.mlp.hook_pre"\nbasis = "{basis}"\n'
        'components = [0]\naction = "remove"\nstrength = 1.0\npositions = "{positions}"\n')
POSITIONS = ("1-", "all")  # weights can express the second
# Small enough for many runs, and all of a concept's result in it.
SMALL_CONCEPT = ("--layers", "0", "--alpha", "1", "--sample-tokens", "1", "--random", "0")
# Where a text is fitted on: the context's length, and something to hold out.
CORPUS = (EXPERIMENTS / "silver-blaze.txt").read_text(encoding="utf-8") * 3


def with_edit(place, name):
    return place.rng.choice((
        ("generate", BAKER, "--prompt", TEXT, "--max-tokens", "2", "--edit", name, "--compare"),
        ("generate", BAKER, "--prompt", TEXT, "--max-tokens", "2", "--edit", name, "--json"),
        ("sweep", BAKER, "--text", TEXT, "--edit", name, "--out", "out"),
        ("export", BAKER, "--edit", name, "--out", "out", "--text", TEXT)))


def edit(place):
    source = EDIT.format(basis=place.seeds / "basis.safetensors",
                         positions=place.rng.choice(POSITIONS))
    return with_edit(place, place.write("edit.toml", mutate.text(place.rng, source)))


def edit_basis(place):
    content = (place.seeds / "basis.safetensors").read_bytes()
    place.write("basis.safetensors", mutate.safetensors(place.rng, content))
    source = EDIT.format(basis="basis.safetensors", positions=place.rng.choice(POSITIONS))
    return with_edit(place, place.write("edit.toml", source))


def concept_edit(place):
    """The edits of a fit, with action add and classes."""
    source = place.text_of(f"concept/{place.rng.choice(('on', 'off'))}.toml").replace(
        "basis.safetensors", str(place.seeds / "concept/basis.safetensors"))
    return with_edit(place, place.write("edit.toml", mutate.text(place.rng, source)))


def concept_basis(place):
    content = (place.seeds / "concept/basis.safetensors").read_bytes()
    place.write("basis.safetensors", mutate.safetensors(place.rng, content))
    source = place.text_of(f"concept/{place.rng.choice(('on', 'off'))}.toml")
    return with_edit(place, place.write("edit.toml", source))


def basis(place):
    content = (place.seeds / "basis.safetensors").read_bytes()
    name = place.write("basis.safetensors", mutate.safetensors(place.rng, content))
    return ("sweep", BAKER, "--text", TEXT, "--basis-file", name, "--layers", "5", "--out", "out")


def sae(place):
    """Folders of SAELens 6, and of 1 (sae-legacy)."""
    name = place.rng.choice(("sae/standard", "sae/jumprelu", "sae/topk", "elsewhere/sae-legacy",
                             "elsewhere/sae-centred"))
    source = ROOT / "tests/golden" / name
    folder = place.copy(source, "cfg.json", "")
    # All of them are as wide as the residual stream of TINY.
    config = (source / "cfg.json").read_text().replace("2.mlp.hook_pre", "1.hook_resid_post")
    if place.rng.random() < 0.6:
        config = mutate.json_text(place.rng, config)
    else:
        content = (source / "sae_weights.safetensors").read_bytes()
        place.write(folder + "/sae_weights.safetensors", mutate.safetensors(place.rng, content))
    place.write(folder + "/cfg.json", config)
    return ("sweep", TINY, *IDS, "--at", "hook_resid_post", "--basis-file", folder, "--remove", "0",
            "--out", "out")


def experiment(place):
    seed = place.rng.choice(("sweep", "median", "lesion", "concept"))
    source = place.text_of(seed + "/experiment.toml")
    name = place.write("experiment.toml", mutate.text(place.rng, source))
    return ("run", name, "--out", "out")


def pairs(place):
    source = (EXPERIMENTS / "him-her.tsv").read_text()
    name = "pairs.tsv"
    if place.rng.random() < 0.4:
        rows = (line.split("\t") for line in source.splitlines() if not line.startswith("#"))
        source = "\n".join(",".join(f'"{field}"' for field in row) for row in rows)
        name = "pairs.csv"
    change = mutate.text(place.rng, source)
    if place.rng.random() < 0.3:
        change = mutate.data(place.rng, source.encode())
    place.write(name, change)
    return ("lesion", BAKER, "--pairs", name, "--layers", "0", "--random", "0", "--out", "out")


def concept(place):
    name = place.rng.choice(("him-her.toml", "questions.toml", "dialogue.toml"))
    source = mutate.text(place.rng, (EXPERIMENTS / "concepts" / name).read_text())
    place.write("concept.toml", source)
    return ("concept", "fit", BAKER, "--concept", "concept.toml", *SMALL_CONCEPT, "--out", "out")


def fitted(place):
    """The folder of a fit, in which one file is changed."""
    name = place.rng.choice(("results.json", "basis.safetensors", "experiment.toml", "off.toml",
                             "on.toml"))
    content = (place.seeds / "concept" / name).read_bytes()
    if name.endswith("safetensors"):
        change = mutate.safetensors(place.rng, content)
    else:
        change = (mutate.json_text if name.endswith("json") else mutate.text)(
            place.rng, content.decode())
    return place.copy(place.seeds / "concept", name, change)


def concept_test(place):
    return ("concept", "test", BAKER, "--fitted", fitted(place), "--concept", HIM_HER,
            *SMALL_CONCEPT, "--out", "out")


def concept_apply(place):
    return ("concept", "apply", BAKER, "--fitted", fitted(place), "--switch",
            place.rng.choice(("on", "off")), "--max-tokens", "2", "--out", "out")


def changed_results(place, *kinds):
    seed = place.rng.choice(kinds or ("sweep", "median", "lesion", "concept"))
    name = place.rng.choice(("results.json", "results.json", "arrays.safetensors"))
    if not (place.seeds / seed / name).exists():
        name = "results.json"
    content = (place.seeds / seed / name).read_bytes()
    content = (mutate.safetensors(place.rng, content) if name.endswith("safetensors")
               else mutate.json_text(place.rng, content.decode()))
    return place.copy(place.seeds / seed, name, content), place.seeds / seed


def results(place):
    folder, _ = changed_results(place)
    return ("report", folder, "--out", "out.html")


def figures(place):
    folder, _ = changed_results(place)
    return ("report", folder, "--out", "out.html", "--figures", "figures")


def comparison(place):
    return ("report", *changed_results(place, "sweep"), "--out", "out.html")


def text(place):
    content = mutate.data(place.rng, (TEXT + "\n").encode() * 3)
    name = place.write("text.txt", content)
    if place.rng.random() < 0.3:
        place.stdin = content
        return ("sweep", BAKER, "-", "--layers", "0", "--out", "out")
    return place.rng.choice((
        ("sweep", BAKER, "--text-file", name, "--layers", "0", "--out", "out"),
        ("tokenize", BAKER, content.decode("utf-8", "replace").replace("\0", ""))))


def prompt(place):
    content = mutate.data(place.rng, (TEXT + " é中<|endoftext|>\n").encode() * 3)
    name = place.write("prompt.txt", content)
    if place.rng.random() < 0.3:
        return ("generate", BAKER, "--prompt-file", name, "--max-tokens", "3")
    place.stdin = content
    return ("generate", BAKER, "-", "--max-tokens", "3",
            *place.rng.choice(((), ("--json",), ("--quiet",))))


def some_text(place, source):
    change = mutate.text(place.rng, source)
    return change if place.rng.random() < 0.5 else mutate.data(place.rng, source.encode())


def corpus(place):
    name = place.write("corpus.txt", some_text(place, CORPUS))
    basis = place.rng.choice((("--preset", "pca", "--components", "2"), ("--basis", "random"),
                              ("--basis", "leace", "--class-tokens", "^ (he|his)$")))
    return ("sweep", BAKER, "--corpus", name, *basis, "--layers", "0", "--permutations", "100",
            *place.rng.choice(((), ("--text", TEXT))), "--out", "out")


def journal(place):
    """What a run left, changed: its checksums hold what is behind a change back. Those with right
    checksums are made by hostile_journal_test.cc."""
    content = (place.seeds / "many/journal.excise").read_bytes()
    place.write("out.journal", mutate.data(place.rng, content))
    return (*MANY_TEXTS, "--resume", "--quiet", "--out", "out")


def shards(place):
    """Folders of shards, one of which is changed."""
    changed = place.rng.choice(("1", "2"))
    source = place.seeds / f"many-{changed}"
    name = place.rng.choice(("results.json", "journal.excise"))
    content = (source / name).read_bytes()
    content = (mutate.json_text(place.rng, content.decode()) if name.endswith("json")
               else mutate.data(place.rng, content))
    folder = place.copy(source, name, content)
    other = place.seeds / ("many-2" if changed == "1" else "many-1")
    given = place.rng.choice(((folder, other), (other, folder), (folder,), (folder, other, folder)))
    return ("merge", *given, "--out", "out")


def class_file(place):
    one = place.write("one.txt", some_text(place, "He took his hat. The man was late.\n" * 3))
    other = place.write("other.txt", "She took her hat. A woman was late.\n" * 3)
    files = ("--class-file", one, "--class-file", other)
    basis = place.rng.choice(("leace", "diff-means", "first-pc"))
    return place.rng.choice((
        ("sweep", BAKER, "--text", TEXT, "--basis", basis, *files, "--layers", "0", "--out", "out"),
        ("fit", BAKER, "--basis", basis, *files, "--at", "blocks.0.mlp.hook_pre", "--out", "out")))


COMMANDS = (
    ["sweep", TINY, *IDS, "--layers", "0-1", "--remove", "0", "--seed", "1", "--together", "0-1",
     "--positions", "1-", "--controls", "random-rank=2", "--memory-limit", "500M",
     "--permutations", "100", "--detail-layer", "0", "--out", "out"],
    ["sweep", BAKER, "--text", TEXT, "--layers", "0", "--basis", "leace", "--class-tokens", "^ the$",
     "--shrinkage", "0.1", "--token-pattern", "i", "--cells", "preset", "--at", "hook_pre",
     "--permutations", "100", "--out", "out"],
    ["median", TINY, *IDS, "--target-id", "3", "--percent", "10", "--random", "2", "--seed", "1",
     "--layers", "0", "--out", "out"],
    ["median", BAKER, "--prompt", TEXT, "--target", " head", "--layers", "0", "--by", "value",
     "--with", "zero", "--positions", "all", "--percent", "10-90:40", "--out", "out"],
    ["lesion", BAKER, "--pairs", EXPERIMENTS / "him-her.tsv", "--test", "They saw him.",
     "--position", "1", "--hold-out", "0.1", "--q", "0.05", "--random", "2", "--layers", "0",
     "--out", "out"],
    ["concept", "fit", BAKER, "--concept", HIM_HER, "--layers", "0", "--alpha", "1", "--hook",
     "blocks.*.mlp.hook_pre", "--method", "leace", "--positions", "1-", "--max-damage", "0.1",
     "--random", "2", "--sample-tokens", "2", "--temperature", "0.5", "--out", "out"],
    ["generate", TINY, *IDS, "--max-tokens", "2", "--temperature", "0.8", "--top-k", "3",
     "--top-p", "0.9", "--seed", "4", "--samples", "2"],
    ["fit", BAKER, "--text", TEXT, "--at", "blocks.0.mlp.hook_pre", "--components", "2", "--seed",
     "1", "--window", "8", "--out", "out"])


def options(place):
    rng = place.rng
    command = list(rng.choice(COMMANDS))
    values = [i for i, one in enumerate(command)
              if i > 1 and not str(one).startswith("--") and one not in ("out", "--out", BAKER)]
    for _ in range(rng.choice((1, 1, 2))):
        i = rng.choice(values)
        new = rng.choice((str(rng.choice(mutate.NUMBERS)), rng.choice(mutate.LITERALS),
                          rng.choice(mutate.STRINGS[:-2]), f"{command[i]},{command[i]}",
                          f"{command[i]},", f",{command[i]}", mutate.text(rng, str(command[i]))))
        command[i] = as_argument(new)
    return command


def as_argument(text):
    """Neither a NUL nor a lone surrogate can be in one."""
    return text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


# Names that a file system may hold.
NAMES = ("a\udcff", "é" * 40, "\x1b[2J", "a\nb", "-x", " ", "\u202egnp", "'\"", "\x9b2J", "#", "a\tb",
         "x" * 250, "{}", "\\", "<b>")


def names(place):
    """Models, texts and bases with such names; the tokenizer makes all commands possible."""
    model, text, basis, out = place.rng.sample(NAMES, 4)
    shutil.copytree(BAKER, place.folder / ("m" + model))
    place.write("t" + text, TEXT * 3)
    shutil.copy(place.seeds / "basis.safetensors", place.folder / ("b" + basis))
    model, text, basis = "m" + model, "t" + text, "b" + basis
    out = place.rng.choice(("out", "out" + out))
    place.made = out
    return (*place.rng.choice((
        ("sweep", model, "--text-file", text, "--layers", "5", "--basis-file", basis),
        ("sweep", model, "--corpus", text, "--text", TEXT, "--layers", "5", "--basis", "random"),
        ("median", model, "--prompt", TEXT, "--target", " head", "--layers", "0"),
        ("fit", model, "--text-file", text, "--at", "blocks.0.mlp.hook_pre", "--components", "2"),
        ("concept", "fit", model, "--concept", HIM_HER, *SMALL_CONCEPT))),
        *place.rng.choice(((), ("--json",), ("--quiet",))), "--out", out)


KINDS = {one.__name__: one for one in (
    *model_kinds.KINDS, *gguf_kinds.KINDS, edit, edit_basis, concept_edit, concept_basis, basis, sae, experiment, pairs,
    concept, concept_test, concept_apply, results, figures, comparison, text, prompt, corpus,
    journal, shards, class_file, options, names)}
