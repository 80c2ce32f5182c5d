"""Kinds of input that are a model folder: weights, shards, config, tokenizer."""
import json
import re

import mutate
from place import BAKER, IDS, ROOT, TEXT, TINY

READ_TEXT = TEXT + " 12 <|endoftext|> <x> foo\u00e9e\u0301"


def on_tiny(place, model):
    return place.rng.choice((("sweep", model, *IDS, "--out", "out"),
                             ("sweep", model, *IDS, "--executor", "naive", "--out", "out"),
                             ("median", model, *IDS, "--target-id", "3", "--out", "out"),
                             ("generate", model, *IDS, "--max-tokens", "2"),
                             ("inspect", model, "--json")))


def weights(place):
    content = mutate.safetensors(place.rng, (TINY / "model.safetensors").read_bytes())
    return on_tiny(place, place.copy(TINY, "model.safetensors", content))


def sharded(place, change_index, change_shard):
    """tiny-gpt2 in two files and their index."""
    metadata, tensors = mutate.split_safetensors((TINY / "model.safetensors").read_bytes())
    names = list(tensors)
    files = {f"model-0000{i + 1}-of-00002.safetensors": part for i, part in enumerate(
        (names[:len(names) // 2], names[len(names) // 2:]))}
    index = json.dumps({"metadata": {"total_size": sum(len(t[2]) for t in tensors.values())},
                        "weight_map": {one: file for file, part in files.items() for one in part}})
    model = place.copy(TINY, "model.safetensors.index.json", change_index(index),
                       drop=("model.safetensors",))
    changed = place.rng.choice(list(files))
    for file, part in files.items():
        shard = mutate.join_safetensors(metadata, {one: tensors[one] for one in part})
        place.write(f"{model}/{file}", change_shard(shard) if file == changed else shard)
    return on_tiny(place, model)


def index(place):
    return sharded(place, lambda text: mutate.json_text(place.rng, text), lambda shard: shard)


def shard(place):
    return sharded(place, lambda text: text, lambda shard: mutate.safetensors(place.rng, shard))


def config(place):
    content = mutate.json_text(place.rng, (TINY / "config.json").read_text())
    return on_tiny(place, place.copy(TINY, "config.json", content))


def of_a_family(place, name, change):
    """A model of any family with one file changed; ids as on_tiny's."""
    folder = place.rng.choice(sorted((ROOT / "tests/families/references").iterdir()))
    return on_tiny(place, place.copy(folder, name, change((folder / name).read_bytes()),
                                     drop=("reference.safetensors",)))


def family_config(place):
    return of_a_family(place, "config.json",
                       lambda content: mutate.json_text(place.rng, content.decode()))


def family_weights(place):
    return of_a_family(place, "model.safetensors",
                       lambda content: mutate.safetensors(place.rng, content))


def reads(place, model):
    return place.rng.choice((("tokenize", model, READ_TEXT),
                             ("generate", model, "--prompt", TEXT, "--max-tokens", "2")))


def tokenizer(place):
    name = place.rng.choice(("vocab.json", "merges.txt", "tokenizer_config.json",
                             "generation_config.json"))
    source = (BAKER / name).read_text()
    change = mutate.json_text if name.endswith("json") else mutate.text
    return reads(place, place.copy(BAKER, name, change(place.rng, source)))


def added(place):
    """Tokens beside the vocabulary, in each of the three files that may name them."""
    token = {"content": "<x>", "lstrip": False, "rstrip": True, "normalized": False,
             "single_word": False, "special": True}
    name, document = place.rng.choice((
        ("added_tokens.json", {"<|endoftext|>": 0, "<x>": 8192, " foo": 8193}),
        ("special_tokens_map.json", {"bos_token": "<|endoftext|>", "eos_token": token,
                                     "additional_special_tokens": ["<x>", token]}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"8192": token}, "bos_token": "<x>",
                                   "add_bos_token": True, "add_prefix_space": False})))
    model = place.copy(BAKER, name, mutate.json_text(place.rng, json.dumps(document)))
    return reads(place, model)


LETTERS = [chr(c) for c in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
FIRST_ADDED = 50256  # in the goldens; here behind the letters


def renumbered(node):
    if isinstance(node, dict):
        return {key: renumbered(value) for key, value in node.items()}
    if isinstance(node, list):
        return [renumbered(value) for value in node]
    if type(node) is int and node >= FIRST_ADDED:
        return node - FIRST_ADDED + len(LETTERS)
    return node


def tokenizer_json(place):
    """Each kind of tokenizer.json that is read, over a vocabulary of bytes."""
    cases = json.loads((ROOT / "tests/golden/tokenizer_json.json").read_text())["cases"]
    document = renumbered(place.rng.choice(cases)["tokenizer"])
    merged = [LETTERS[i] + LETTERS[i + 1] for i in range(60, 90, 2)]
    document["model"] = document.get("model", {}) | {
        "type": "BPE", "merges": [[one[0], one[1]] for one in merged],
        "vocab": {one: i for i, one in enumerate(LETTERS)} | {
            one: len(LETTERS) + 20 + i for i, one in enumerate(merged)}}
    content = mutate.json_text(place.rng, json.dumps(document))
    model = place.copy(BAKER, "tokenizer.json", content, drop=("vocab.json", "merges.txt"))
    return ("tokenize", model, READ_TEXT)


def family_tokenizer(place):
    """Whole tokenizers of each kind that decoder models have; seldom is the vocabulary what changes."""
    case = place.rng.choice(json.loads((ROOT / "tests/golden/tokenizers.json").read_text())["cases"])
    document = case["tokenizer"]
    large = {} if place.rng.random() < 0.2 else {
        key: document["model"].pop(key) for key in ("vocab", "merges")}
    content = mutate.json_text(place.rng, json.dumps(document, ensure_ascii=place.rng.random() < 0.5))
    if large:
        parts = json.dumps(large, ensure_ascii=False)[1:-1]
        content = re.sub(r'("type": *"BPE")', lambda found: f"{found[1]}, {parts}", content, count=1)
    model = place.copy(BAKER, "tokenizer.json", content, drop=("vocab.json", "merges.txt"))
    text = place.rng.choice(case["encode"])["text"].replace("\0", "") or READ_TEXT
    return ("tokenize", model, "--bos", place.rng.choice(("auto", "always", "never")), "--", text)


KINDS = (weights, index, shard, config, family_config, family_weights, tokenizer, added,
         tokenizer_json, family_tokenizer)
