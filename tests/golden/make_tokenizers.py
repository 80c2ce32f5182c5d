"""Makes tokenizers.json: small tokenizers of each kind that decoder models have, with strings, their
ids and their text, all by the tokenizers library.

make_tokenizers.py OUT [--samples N] [--seed N] [--only NAME]

The rules (normalizer, pre-tokenizer, post-processor, decoder, options of the model) are those that the
models' makers publish; the vocabularies are trained here on a short text. The stored file has few
strings of each kind; `make parity` makes a large one.
"""
import argparse
import itertools
import json
import pathlib
import random

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = [line for line in (ROOT / "experiments/silver-blaze.txt").read_text().splitlines() if line] + [
    "café naïve Straße 12345 3.14 αβγ δοκιμή привет мир 你好世界 こんにちは 안녕하세요 שלום مرحبا नमस्ते",
    "def f(x):\n    return x + 1\t# ok\n", "the the the of and to in a is that it was"] * 3

GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+")
GPT4O = ("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
            r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(key, *parts):
    return {"type": "Sequence", key: list(parts)}


def pre(*parts):
    return sequence("pretokenizers", *parts)


def replace(old, new, kind="String"):
    return {"type": "Replace", "pattern": {kind: old}, "content": new}


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": cut}


def template(before, after=()):
    special = lambda token: {"SpecialToken": {"id": token, "type_id": 0}}
    return {"before": list(before), "after": list(after), "type": "TemplateProcessing",
            "single": [*map(special, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(special, after)],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]}


def added(content, special=True, normalized=False, **options):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": normalized, "special": special} | options


SPM = {"byte_fallback": True, "fuse_unk": True, "unk_token": "<unk>"}
SPM_ADDED = [added("<unk>"), added("<s>"), added("</s>")]
PREPEND = sequence("normalizers", {"type": "Prepend", "prepend": "▁"}, replace(" ", "▁"))
SPM_DECODER = sequence("decoders", replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                       {"type": "Strip", "content": " ", "start": 1, "stop": 0})
GEMMA_DECODER = sequence("decoders", replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"})
END = [added("<|endoftext|>")]
BLANKS = [added(" " * n, special=False, normalized=True) for n in (2, 3, 4, 8)]
NFC = {"type": "NFC"}

# model: options of the model beside vocabulary and merges. drop: entries of the vocabulary left out.
KINDS = {
    "gpt2": {"pre_tokenizer": byte_level(), "post_processor": byte_level(), "added": END},
    "gpt_neox": {"normalizer": NFC, "pre_tokenizer": byte_level(), "post_processor": byte_level(),
                 "added": END + [added("<|padding|>")] + BLANKS},
    "llama3": {"pre_tokenizer": pre(split(GPT4 % "{1,3}"), byte_level(regex=False)),
               "post_processor": sequence("processors", byte_level(), template(["<|begin_of_text|>"])),
               "model": {"ignore_merges": True},
               "added": [added("<|begin_of_text|>"), added("<|end_of_text|>"), added("<|eot_id|>")]},
    "qwen2": {"normalizer": NFC, "pre_tokenizer": pre(split(GPT4 % ""), byte_level(regex=False)),
              "post_processor": byte_level(),
              "added": END + [added("<|im_start|>"), added("<tool_call>", special=False)]},
    "llama2": {"normalizer": PREPEND, "post_processor": template(["<s>"]), "decoder": SPM_DECODER,
               "model": SPM, "added": SPM_ADDED},
    "mistral": {"pre_tokenizer": metaspace("first", False), "post_processor": template(["<s>"]),
                "decoder": SPM_DECODER, "model": SPM | {"ignore_merges": True},
                "added": SPM_ADDED + [added("[INST]"), added("[/INST]")]},
    "gemma": {"normalizer": replace(" ", "▁"), "pre_tokenizer": split(" ", "MergedWithPrevious", kind="String"),
              "post_processor": template(["<bos>"]), "decoder": GEMMA_DECODER, "model": SPM,
              "added": [added("<pad>"), added("<eos>"), added("<bos>"), added("<unk>"),
                        *(added(text, special=False) for text in ("\n\n", "\n\n\n", "▁▁", "▁▁▁", "<table>"))]},
    "phi3": {"normalizer": PREPEND, "post_processor": template(["<s>"]), "decoder": SPM_DECODER,
             "model": SPM, "added": SPM_ADDED[:2] + [added("</s>", special=False, rstrip=True),
                                                     added("<|assistant|>", rstrip=True),
                                                     added("<|user|>", rstrip=True, lstrip=True)]},
    "starcoder2": {"pre_tokenizer": pre({"type": "Digits", "individual_digits": True}, byte_level()),
                   "post_processor": byte_level(), "added": END + [added("<fim_prefix>")]},
    "opt": {"pre_tokenizer": byte_level(), "post_processor": template(["</s>"]),
            "added": [added("<s>", normalized=True), added("<pad>", normalized=True),
                      added("</s>", normalized=True), added("<unk>", normalized=True),
                      added("<mask>", lstrip=True)]},
    "olmo2": {"pre_tokenizer": pre(split(GPT4 % "{1,3}", "Removed", True), byte_level(regex=False)),
              "added": END + [added("|||PHONE_NUMBER|||", special=False)] + BLANKS},
    "ministral": {"pre_tokenizer": pre(split(GPT4O), byte_level(regex=False)), "model": {"ignore_merges": True},
                  "post_processor": sequence("processors", byte_level(), template(["<s>"], ["</s>"])),
                  "added": [added("<s>"), added("</s>")]},
    "deepseek": {"pre_tokenizer": pre(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK),
                                      byte_level(regex=False)),
                 "normalizer": sequence("normalizers"), "added": [added("<｜begin▁of▁sentence｜>")]},
    "falcon": {"pre_tokenizer": pre({"type": "Punctuation", "behavior": "Contiguous"}, byte_level(),
                                    {"type": "Digits", "individual_digits": False},
                                    split("[0-9][0-9][0-9]")), "added": END},
    "blanks-always": {"pre_tokenizer": metaspace("always", True), "decoder": metaspace("always", True),
                      "model": SPM, "added": SPM_ADDED + [added("dog", special=False, single_word=True)]},
    "blanks-never": {"normalizer": sequence("normalizers", {"type": "NFKC"}, replace(" {2,}", " ", "Regex")),
                     "pre_tokenizer": pre({"type": "WhitespaceSplit"}, metaspace("never", True)),
                     "decoder": metaspace("never", True), "model": {"unk_token": "<unk>"}, "added": SPM_ADDED},
    "blanks-first-cut": {"normalizer": sequence("normalizers", {"type": "Strip", "strip_left": True, "strip_right": True},
                                                {"type": "Lowercase"}),
                         "pre_tokenizer": pre({"type": "Punctuation", "behavior": "Isolated"}, metaspace("first", True)),
                         "decoder": metaspace("first", True), "model": SPM, "drop": ["<0xA9>", "<0x9F>"],
                         "added": SPM_ADDED + [added("Hound", special=False, normalized=True)]},
    "words": {"normalizer": sequence("normalizers", {"type": "NFD"}, {"type": "StripAccents"}),
              "pre_tokenizer": {"type": "Whitespace"}, "model": {"unk_token": "<unk>"}, "added": [added("<unk>")]},
    "no-unknown": {"pre_tokenizer": {"type": "BertPreTokenizer"}, "normalizer": {"type": "NFKD"}, "added": []},
    "few-bytes": {"pre_tokenizer": byte_level(True), "drop": ["Ċ", "Ń", "e"], "added": END,
                  "model": {"unk_token": "<|endoftext|>", "fuse_unk": True}},
    "fewer-bytes": {"pre_tokenizer": byte_level(True, False), "drop": ["Ċ", "Ń", "ð"], "added": []},
    "bytes-as-text": {"normalizer": sequence("normalizers", NFC, {"type": "ByteLevel"}),
                      "decoder": byte_level(), "added": END},
}


def is_of_bytes(kind):
    return "ByteLevel" in json.dumps([kind.get("pre_tokenizer"), kind.get("normalizer")])


def trained(name, size):
    """The whole file of one kind."""
    kind = KINDS[name]
    tokenizer = Tokenizer(models.BPE())
    document = json.loads(tokenizer.to_str())
    for part in ("normalizer", "pre_tokenizer"):
        document[part] = kind.get(part)
    tokenizer = Tokenizer.from_str(json.dumps(document))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet()) if is_of_bytes(kind) else list("▁abcdefghijklmnop ")
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=alphabet, limit_alphabet=300, max_token_length=12))
    model = json.loads(tokenizer.to_str())["model"]
    drop = set(kind.get("drop", ()))
    entries = [token["content"] for token in kind["added"]]
    if kind.get("model", {}).get("byte_fallback"):
        entries += [f"<0x{byte:02X}>" for byte in range(256)]
    entries += [entry for entry, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
    # Added tokens come first or, every second kind, behind the vocabulary, as new ones.
    behind = len(name) % 2 == 0 and "unk_token" not in kind.get("model", {})
    if behind:
        entries = entries[len(kind["added"]):]
    entries = [entry for entry in dict.fromkeys(entries) if entry not in drop]
    model["vocab"] = {entry: i for i, entry in enumerate(entries)}
    model["merges"] = [" ".join(pair) for pair in model["merges"]
                       if {*pair, "".join(pair)} <= set(entries) and not any(" " in part for part in pair)]
    model |= kind.get("model", {})
    known = dict(model["vocab"])
    for token in kind["added"]:
        known.setdefault(token["content"], len(known))
    document |= {"model": model, "decoder": kind.get("decoder", byte_level() if is_of_bytes(kind) else None),
                 "added_tokens": sorted(({"id": known[token["content"]]} | token for token in kind["added"]),
                                        key=lambda token: token["id"])}
    document["post_processor"] = with_ids(kind.get("post_processor"), known)
    return document


def with_ids(post, known):
    if post is None or post["type"] == "ByteLevel":
        return post
    if post["type"] == "Sequence":
        return {"type": "Sequence", "processors": [with_ids(one, known) for one in post["processors"]]}
    tokens = post["before"] + post["after"]
    return {key: value for key, value in post.items() if key not in ("before", "after")} | {
        "special_tokens": {token: {"id": token, "ids": [known[token]], "tokens": [token]} for token in tokens}}


RANGES = [(0x20, 0x7E)] * 6 + [
    (0x00, 0x1F), (0x7F, 0xFF), (0xA0, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
    (0x590, 0x5FF), (0x600, 0x6FF), (0x7C0, 0x8FF), (0x900, 0xDFF), (0xE00, 0xFFF), (0x1100, 0x11FF), (0x1680, 0x18AF),
    (0x1AB0, 0x1AFF), (0x1C80, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218F), (0x2190, 0x2BFF),
    (0x2C00, 0x2FFF), (0x3000, 0x30FF), (0x3100, 0x33FF), (0x4E00, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3),
    (0xE000, 0xE0FF), (0xF900, 0xFDFF), (0xFE00, 0xFFFF), (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x12000, 0x16FFF),
    (0x1B000, 0x1CFFF), (0x1D000, 0x1DFFF), (0x1E000, 0x1EFFF), (0x1F000, 0x1FBFF), (0x20000, 0x323AF),
    (0xE0000, 0xE01EF), (0x10FF00, 0x10FFFF)]
PIECES = [" ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\u00A0", "\u3000", "\u200D", "\uFE0F", "\u2581", "\u2581\u2581",
          "'s", "'LL", "'\u017F", "n't", "12", "1234567", "3.14", "½Ⅷ²", "e\u0301", "\u1E9B\u0323", "ﬁ", "Å", "\u0345\u0301",
          "👩‍👩‍👧‍👦", "🇨🇭", "👍🏽", "가각", "\u1100\u1161\u11A8", "नि", "กำ", "<0x41>", "<0x0A>", "Ġ", "Ċ", "...", "!!", "—", "“x”",
          "http://a.b/c?d=1", "_x_", "CamelCase", "the", "dog", "Hound", " and", "Silver"]


def strings(rng, kind, count):
    tokens = [token["content"] for token in kind["added"]] + ["<s>", "</s>", "<unk>", "<|endoftext|>"]
    words = " ".join(CORPUS).split()
    yield ""
    for token in tokens:
        yield f"a {token} b{token}{token}"
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(1, rng.choice((3, 8, 20)))):
            what = rng.random()
            if what < 0.3:
                text += rng.choice(words) + rng.choice((" ", " ", "", ", "))
            elif what < 0.6:
                text += rng.choice(PIECES)
            elif what < 0.68:
                text += rng.choice(("", " ", "  ")) + rng.choice(tokens) + rng.choice(("", " ", "\n"))
            else:
                low, high = rng.choice(RANGES)
                text += "".join(chr(rng.randint(low, high)) for _ in range(rng.choice((1, 1, 2, 5))))
        yield text


# Kinds whose rules ask for classes of characters, lower case and normal forms.
CLASSES = ("gpt2", "starcoder2", "ministral", "deepseek", "blanks-first-cut", "blanks-never", "words", "no-unknown")
# Characters of one class each, of which the first and last are enough.
ALIKE = ((0x3402, 0x4DBD), (0x4E02, 0x9FFA), (0xAC40, 0xD7A0), (0x17002, 0x187F0), (0x20002, 0x2A6DC), (0x2A702, 0x2B736),
         (0x2B742, 0x2EBDE), (0x2EBF2, 0x2EE5A), (0x31352, 0x323AD), (0x323C0, 0xDFFFF), (0xE0200, 0x10FF80))


def every_character():
    """Each twice: among marks, which shows its class and order, and among letters and digits."""
    characters = [chr(c) for c in range(0x110000) if not (
        0xD800 <= c <= 0xF800 or any(first <= c <= last for first, last in ALIKE))]
    for i in range(0, len(characters), 16):
        some = characters[i:i + 16]
        yield "".join(f"a\u0345{c}\u0334" for c in some)
        yield "".join(f"B{c}1{c}!" for c in some)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--size", type=int, default=330)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--every-character", action="store_true")
    options = parser.parse_args()
    cases = []
    for name, kind in KINDS.items():
        if options.only not in (None, name):
            continue
        document = trained(name, options.size + (240 if is_of_bytes(kind) else 0))
        tokenizer = Tokenizer.from_str(json.dumps(document))
        encode = []
        texts = strings(random.Random(f"{name} {options.seed}"), kind, options.samples)
        for text in itertools.chain(texts, every_character() if options.every_character and name in CLASSES else ()):
            ids = tokenizer.encode(text).ids
            encode.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
        cases.append({"name": name, "tokenizer": document, "encode": encode})
    options.out.write_text(json.dumps({"source": f"tokenizers {tokenizers.__version__}", "cases": cases},
                                      ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
