"""Makes gguf_tokenizers.json: what GGUF files say of small tokenizers, with strings and the ids that
llama.cpp gives them, special tokens of the text read or not. Needs tokenizers, gguf and
llama-cpp-python:

    make_gguf_tokenizers.py OUT [--samples N] [--seed N] [--model FILE.gguf]

The vocabularies are those of make_tokenizers.py. --model: the vocabulary of a file instead, and the
ids of tokenizers (by the rule that SmolLM2 publishes) compared with llama.cpp's."""
import argparse
import json
import pathlib
import random
import tempfile

import make_tokenizers
from gguf import GGUFReader, GGUFWriter
from tokenizers import Tokenizer, models

# Name -> kind of make_tokenizers.py, tokenizer.ggml.model, what else the file says.
KINDS = {
    "smollm": ("starcoder2", "gpt2", {"pre": "smollm", "add_bos_token": False}),
    "gpt-2": ("gpt2", "gpt2", {"pre": "gpt-2"}),
    "olmo": ("gpt_neox", "gpt2", {"pre": "olmo"}),
    "llama-bpe": ("llama3", "gpt2", {"pre": "llama-bpe", "bos_token_id": 0}),
    "qwen2": ("qwen2", "gpt2", {"pre": "qwen2", "add_bos_token": False}),
    "tekken": ("ministral", "gpt2", {"pre": "tekken", "bos_token_id": 0, "add_eos_token": True,
                                     "eos_token_id": 1}),
    "gpt-4o": ("ministral", "gpt2", {"pre": "gpt-4o"}),
    "falcon": ("falcon", "gpt2", {"pre": "falcon"}),
    "default": ("gpt2", "gpt2", {}),
    "llama": ("llama2", "llama", {"bos_token_id": 1, "eos_token_id": 2}),
    "llama-by-default": ("llama2", "llama", {"scores": "absent"}),
    "llama-no-prefix": ("mistral", "llama", {"add_space_prefix": False, "add_bos_token": False}),
    "llama-equal-scores": ("llama2", "llama", {"scores": "few"}),
    "gemma": ("gemma", "llama", {"add_space_prefix": False, "bos_token_id": 2, "eos_token_id": 1}),
}


def keys_of(name, size):
    kind, model, says = KINDS[name]
    says = dict(says)
    document = make_tokenizers.trained(kind, size)
    entries = dict(document["model"]["vocab"])
    added = {token["content"]: token["special"] for token in document["added_tokens"]}
    entries.update({token["content"]: token["id"] for token in document["added_tokens"]})
    tokens = [entry for entry, _ in sorted(entries.items(), key=lambda item: item[1])]
    types = [(3 if added[token] else 4) if token in added
             else 6 if token.startswith("<0x") else 1 for token in tokens]
    keys = {"model": model, "tokens": tokens, "token_type": types}
    scores = says.pop("scores", "own")
    if model == "gpt2":
        keys["merges"] = document["model"]["merges"]
    elif scores != "absent":
        keys["scores"] = [float(-(i % 7 if scores == "few" else i)) for i in range(len(tokens))]
    return keys | says


def add_keys(writer, keys):
    for key, value in keys.items():
        key = "tokenizer.ggml." + key
        if isinstance(value, list):
            writer.add_array(key, value)
        elif isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        else:
            writer.add_string(key, value)


def write(path, keys):
    writer = GGUFWriter(path, "llama")
    add_keys(writer, keys)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def keys_of_file(path):
    fields = GGUFReader(path).fields
    names = ("model", "pre", "tokens", "token_type", "merges", "scores", "bos_token_id", "eos_token_id",
             "add_bos_token", "add_space_prefix")
    return {name: fields["tokenizer.ggml." + name].contents() for name in names
            if "tokenizer.ggml." + name in fields}


def compare_with_tokenizers(keys, encode):
    rules = make_tokenizers.KINDS["starcoder2"]
    ids = {token: i for i, token in enumerate(keys["tokens"])}
    document = json.loads(Tokenizer(models.BPE()).to_str())
    document["model"] |= {"vocab": ids, "merges": keys["merges"]}
    document |= {"pre_tokenizer": rules["pre_tokenizer"], "added_tokens": [
        {"id": i} | make_tokenizers.added(keys["tokens"][i])
        for i, kind in enumerate(keys["token_type"]) if kind == 3]}
    tokenizer = Tokenizer.from_str(json.dumps(document))
    different = [one["text"] for one in encode if tokenizer.encode(one["text"]).ids != one["ids"]]
    print(f"{len(different)} of {len(encode)} strings have other ids by tokenizers", different[:5])


def samples(llama, kind, count, seed):
    for text in make_tokenizers.strings(random.Random(seed), kind, count):
        encoded = text.encode()
        yield {"text": text, "ids": llama.tokenize(encoded, add_bos=True, special=True),
               "plain": llama.tokenize(encoded, add_bos=True, special=False)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=pathlib.Path)
    options = parser.parse_args()
    from llama_cpp import Llama  # make_gguf.py needs the rest alone
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (kind, model, _) in KINDS.items() if not options.model else [("model", ("gpt2", "", 0))]:
            path, keys = options.model, None
            if options.model:
                keys = keys_of_file(path)
            else:
                path = pathlib.Path(folder) / f"{name}.gguf"
                keys = keys_of(name, 330 + (240 if model == "gpt2" else 0))
                write(path, keys)
            llama = Llama(str(path), vocab_only=True, verbose=False)
            rules = dict(make_tokenizers.KINDS[kind])
            if options.model:
                rules["added"] = [{"content": t} for t in ("<|im_start|>", "<|im_end|>", "<repo_name>")]
            cases.append({"name": name, "keys": keys,
                          "encode": list(samples(llama, rules, options.samples,
                                                 f"{name} {options.seed}"))})
            if options.model:
                compare_with_tokenizers(keys, cases[0]["encode"])
    options.out.write_text(json.dumps({"source": "llama.cpp of llama-cpp-python 0.3.36", "cases": cases},
                                      ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
