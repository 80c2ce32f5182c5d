"""The kinds of input: each makes files in a folder and says which command is to read them.

A new kind of file joins here as a function in KINDS."""
import json
import pathlib
import shutil

import mutate

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "tests/golden/tiny-gpt2"
BAKER = ROOT / "models/baker-7m"
EXPERIMENTS = ROOT / "experiments"
IDS = ("--ids", "1,2,3,4,5,6")
TEXT = "The dog did nothing in the night-time."

# What the mutations start from, made once by the program: name, arguments.
SEEDS = {
    "sweep": ("sweep", TINY, "--ids", "1,2,3,4,5,6,7,8", "--remove", "each:0,1", "--controls",
              "random-rank=2", "--together", "all", "--permutations", "100"),
    "median": ("median", TINY, *IDS, "--target-id", "3", "--random", "2"),
    "lesion": ("lesion", BAKER, "--pairs", EXPERIMENTS / "him-her.tsv", "--layers", "0",
               "--random", "2"),
    "concept": ("concept", "fit", BAKER, "--concept", EXPERIMENTS / "concepts/him-her.toml",
                "--layers", "0", "--alpha", "1", "--sample-tokens", "1"),
    "basis.safetensors": ("fit", BAKER, "--text", TEXT * 3, "--at", "blocks.5.mlp.hook_pre",
                          "--components", "2"),
}
EDIT = ('schema = "excise.edit/1"\nhook = "blocks.5.mlp.hook_pre"\nbasis = "{basis}"\n'
        'components = [0]\naction = "remove"\nstrength = 1.0\npositions = "1-"\n')


class Place:
    """An empty folder for one input, and the seeds."""

    def __init__(self, rng, folder, seeds):
        self.rng, self.folder, self.seeds = rng, folder, seeds

    def write(self, name, content):
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape" if all(
                not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in content)
                else "surrogatepass")
        (self.folder / name).write_bytes(content)
        return name

    def copy(self, source, name, change, drop=()):
        """A copy of a folder in which one file is changed; its name may be no UTF-8."""
        made = self.rng.choice(("in", "in", "in", "in\udcff"))
        shutil.copytree(source, self.folder / made)
        for one in drop:
            (self.folder / made / one).unlink(missing_ok=True)
        self.write(f"{made}/{name}", change)
        return made

    def text_of(self, seed):
        return (self.seeds / seed).read_text()


def on_tiny(place, model):
    return place.rng.choice((("sweep", model, *IDS, "--out", "out"),
                             ("sweep", model, *IDS, "--executor", "naive", "--out", "out"),
                             ("median", model, *IDS, "--target-id", "3", "--out", "out"),
                             ("generate", model, *IDS, "--max-tokens", "2"),
                             ("inspect", model, "--json")))


def weights(place):
    content = mutate.safetensors(place.rng, (TINY / "model.safetensors").read_bytes())
    return on_tiny(place, place.copy(TINY, "model.safetensors", content))


def config(place):
    content = mutate.json_text(place.rng, (TINY / "config.json").read_text())
    return on_tiny(place, place.copy(TINY, "config.json", content))


def tokenizer(place):
    name = place.rng.choice(("vocab.json", "merges.txt", "tokenizer_config.json",
                             "generation_config.json"))
    source = (BAKER / name).read_text()
    change = mutate.json_text if name.endswith("json") else mutate.text
    model = place.copy(BAKER, name, change(place.rng, source))
    return place.rng.choice((("tokenize", model, TEXT + " 12 <|endoftext|> é"),
                             ("generate", model, "--prompt", TEXT, "--max-tokens", "2")))


def tokenizer_json(place):
    letters = [chr(c) for c in (*range(33, 127), *range(161, 173), *range(174, 256),
                                *range(256, 324))]
    document = {"version": "1.0", "added_tokens": [
        {"id": 256, "content": "<|endoftext|>", "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": True, "special": True}],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
             "use_regex": True}]},
        "post_processor": None, "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {c: i for i, c in enumerate(letters)}, "merges": []}}
    content = mutate.json_text(place.rng, json.dumps(document))
    model = place.copy(BAKER, "tokenizer.json", content, drop=("vocab.json", "merges.txt"))
    return ("tokenize", model, TEXT + " 12 <|endoftext|> é")


def edit(place):
    source = EDIT.format(basis=place.seeds / "basis.safetensors")
    if place.rng.random() < 0.4:
        basis = (place.seeds / "basis.safetensors").read_bytes()
        place.write("basis.safetensors", mutate.safetensors(place.rng, basis))
        source = EDIT.format(basis="basis.safetensors")
    else:
        source = mutate.text(place.rng, source)
    name = place.write("edit.toml", source)
    return place.rng.choice((
        ("generate", BAKER, "--prompt", TEXT, "--max-tokens", "2", "--edit", name, "--compare"),
        ("sweep", BAKER, "--text", TEXT, "--edit", name, "--layers", "0", "--out", "out"),
        ("export", BAKER, "--edit", name, "--out", "out", "--text", TEXT)))


def basis(place):
    content = (place.seeds / "basis.safetensors").read_bytes()
    name = place.write("basis.safetensors", mutate.safetensors(place.rng, content))
    return ("sweep", BAKER, "--text", TEXT, "--basis-file", name, "--layers", "5", "--out", "out")


def sae(place):
    source = ROOT / "tests/golden/sae" / place.rng.choice(("standard", "jumprelu", "topk"))
    name = place.rng.choice(("cfg.json", "sae_weights.safetensors"))
    content = (source / name).read_bytes()
    content = (mutate.safetensors(place.rng, content) if name.endswith("safetensors")
               else mutate.json_text(place.rng, content.decode()))
    folder = place.copy(source, name, content)
    return ("sweep", TINY, *IDS, "--basis-file", folder, "--remove", "0", "--out", "out")


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
    return ("concept", "fit", BAKER, "--concept", "concept.toml", "--layers", "0", "--alpha", "1",
            "--sample-tokens", "1", "--random", "0", "--out", "out")


def results(place):
    seed = place.rng.choice(("sweep", "median", "lesion", "concept"))
    name = place.rng.choice(("results.json", "results.json", "arrays.safetensors"))
    if not (place.seeds / seed / name).exists():
        name = "results.json"
    content = (place.seeds / seed / name).read_bytes()
    content = (mutate.safetensors(place.rng, content) if name.endswith("safetensors")
               else mutate.json_text(place.rng, content.decode()))
    folder = place.copy(place.seeds / seed, name, content)
    other = (place.seeds / seed,) if place.rng.random() < 0.3 else ()
    return ("report", folder, *other, "--out", "out.html")


def text(place):
    content = mutate.data(place.rng, (TEXT + "\n").encode() * 3)
    name = place.write("text.txt", content)
    return place.rng.choice((
        ("sweep", BAKER, "--text-file", name, "--layers", "0", "--out", "out"),
        ("tokenize", BAKER, content.decode("utf-8", "replace").replace("\0", ""))))


def options(place):
    rng = place.rng
    command = rng.choice((
        ["sweep", TINY, *IDS, "--layers", "0-1", "--remove", "0", "--seed", "1", "--together",
         "0-1", "--positions", "1-", "--controls", "random-rank=2", "--memory-limit", "500M",
         "--permutations", "100", "--detail-layer", "0", "--out", "out"],
        ["median", TINY, *IDS, "--target-id", "3", "--percent", "10", "--random", "2", "--seed",
         "1", "--layers", "0", "--out", "out"],
        ["generate", TINY, *IDS, "--max-tokens", "2", "--temperature", "0.8", "--top-k", "3",
         "--top-p", "0.9", "--seed", "4", "--samples", "2"],
        ["fit", BAKER, "--text", TEXT, "--at", "blocks.0.mlp.hook_pre", "--components", "2",
         "--seed", "1", "--window", "8", "--out", "out"]))
    values = [i for i, one in enumerate(command)
              if i > 1 and not str(one).startswith("--") and one != "out"]
    for _ in range(rng.choice((1, 1, 2))):
        i = rng.choice(values)
        new = rng.choice((str(rng.choice(mutate.NUMBERS)), rng.choice(mutate.LITERALS),
                          rng.choice(mutate.STRINGS[:-2]), f"{command[i]},{command[i]}",
                          f"{command[i]},", f",{command[i]}", mutate.text(rng, str(command[i]))))
        # Neither can be in an argument.
        command[i] = new.replace("\0", "").encode("utf-8", "surrogatepass").decode(
            "utf-8", "surrogateescape")
    return command


KINDS = {one.__name__: one for one in (
    weights, config, tokenizer, tokenizer_json, edit, basis, sae, experiment, pairs, concept,
    results, text, options)}
