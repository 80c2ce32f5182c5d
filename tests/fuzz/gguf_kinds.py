"""Kinds of input that are a GGUF file: its header part by part, its bytes, and its tokenizer."""
import struct

import mutate
from place import IDS, ROOT, TEXT

FILES = ROOT / "tests/families/gguf"
WITH_TOKENIZER = ("qwen2", "gemma")
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q",
           12: "<d"}
STRING, ARRAY = 8, 9
WHOLE = (0, 1, 2, 3, 7, 8, 31, 32, 33, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63, 2**64 - 1)
FLOATS = (0.0, -1.0, 1e-30, 1e30, float("nan"), float("inf"), 0.5, 3.0)


class Gguf:
    """[magic and version], counts, keys [[name, type, value]], tensors [[name, extents, type, offset]]
    and the rest of a sound file; join() writes what it was changed to."""

    def __init__(self, content):
        self.content, self.at = content, 24
        self.start = bytearray(content[:8])
        n_tensors, n_keys = struct.unpack("<QQ", content[8:24])
        self.keys, self.tensors = [], []
        for _ in range(n_keys):
            name = self.string()
            kind = self.number("<I")
            first = self.at
            self.skip(kind)
            self.keys.append([name, kind, content[first:self.at]])
        for _ in range(n_tensors):
            name = self.string()
            extents = [self.number("<Q") for _ in range(self.number("<I"))]
            self.tensors.append([name, extents, self.number("<I"), self.number("<Q")])
        self.data = content[self.at:]
        self.counts = [n_tensors, n_keys]

    def number(self, form):
        value = struct.unpack_from(form, self.content, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def string(self):
        length = self.number("<Q")
        self.at += length
        return self.content[self.at - length:self.at]

    def skip(self, kind):
        if kind == STRING:
            self.string()
        elif kind == ARRAY:
            kind, count = self.number("<I"), self.number("<Q")
            for _ in range(count):
                self.skip(kind)
        else:
            self.at += struct.calcsize(SCALARS[kind])

    def join(self):
        out = bytes(self.start) + struct.pack("<QQ", *self.counts)
        for name, kind, value in self.keys:
            out += text(name) + struct.pack("<I", kind) + value
        for name, extents, kind, offset in self.tensors:
            out += text(name) + struct.pack("<I", len(extents))
            out += b"".join(struct.pack("<Q", one) for one in extents)
            out += struct.pack("<IQ", kind, offset)
        # The data section begins at the same alignment as before.
        return out + bytes((len(self.content) - len(self.data) - len(out)) % 32) + self.data


def text(name):
    return struct.pack("<Q", len(name)) + name


def changed_value(rng, kind, value):
    if kind in SCALARS:
        if rng.random() < 0.2:
            kind = rng.choice(list(SCALARS))
        form = SCALARS[kind]
        if form in ("<f", "<d"):
            return kind, struct.pack(form, rng.choice(FLOATS))
        size = struct.calcsize(form)
        return kind, (rng.choice(WHOLE) % 2 ** (8 * size)).to_bytes(size, "little")
    if kind == STRING:
        return kind, text(mutate.data(rng, value[8:]) if rng.random() < 0.7 else rng.choice(
            (b"", b"llama", b"gpt2", b"qwen3", b"gemma3", b"none", b"yarn", b"default")))
    value = bytearray(value)
    where = rng.random()
    if where < 0.2:
        value[:4] = struct.pack("<I", rng.choice((*SCALARS, STRING, ARRAY, 13)))
    elif where < 0.5:
        value[4:12] = struct.pack("<Q", rng.choice(WHOLE))
    else:
        for _ in range(rng.choice((1, 3, 10))):
            value[rng.randrange(len(value))] = rng.randrange(256)
    return kind, bytes(value)


def changed(rng, content):
    what = rng.random()
    if what < 0.1:
        return content[:rng.randrange(len(content))]
    file = Gguf(content)
    header = len(content) - len(file.data)
    if what < 0.2:
        content = bytearray(content)
        for _ in range(rng.choice((1, 2, 8))):
            content[rng.randrange(header)] = rng.randrange(256)
        return bytes(content)
    if what < 0.25:
        file.data = bytearray(file.data)
        for _ in range(rng.choice((1, 100))):
            file.data[rng.randrange(len(file.data))] = rng.choice((0, 0x7F, 0xFF, rng.randrange(256)))
        file.data = bytes(file.data)
        return file.join()
    for _ in range(rng.choice((1, 1, 2))):
        if rng.random() < 0.6:
            key = rng.choice(file.keys)
            way = rng.random()
            if way < 0.65:
                key[1:] = changed_value(rng, key[1], key[2])
            elif way < 0.8:
                file.keys.remove(key)
                file.counts[1] -= 1
            elif way < 0.9:
                key[0] = mutate.data(rng, key[0])
            else:
                file.counts[1] = rng.choice(WHOLE)
        else:
            tensor = rng.choice(file.tensors)
            way = rng.randrange(6)
            if way == 0:
                tensor[0] = rng.choice((mutate.data(rng, tensor[0]), rng.choice(file.tensors)[0]))
            elif way == 1:
                tensor[1][rng.randrange(len(tensor[1]))] = rng.choice(WHOLE)
            elif way == 2:
                tensor[1] = rng.choice((tensor[1][::-1], tensor[1] + [1], [], [1] * 5))
            elif way == 3:
                tensor[2] = rng.choice((*range(42), 2**31))
            elif way == 4:
                tensor[3] = rng.choice((*WHOLE, rng.choice(file.tensors)[3]))
            else:
                file.tensors.remove(tensor)
                file.counts[0] -= 1
    return file.join()


def gguf(place):
    """A file of any architecture; one that was split, with one part changed."""
    folder = place.rng.choice(sorted(FILES.iterdir()))
    parts = sorted(folder.glob("*.gguf"))
    chosen = place.rng.choice(parts)
    for part in parts:
        content = part.read_bytes()
        place.write(part.name, changed(place.rng, content) if part == chosen else content)
    model = parts[0].name
    return place.rng.choice((("sweep", model, *IDS, "--out", "out"),
                             ("sweep", model, *IDS, "--executor", "naive", "--out", "out"),
                             ("median", model, *IDS, "--target-id", "3", "--out", "out"),
                             ("generate", model, *IDS, "--max-tokens", "2"),
                             ("inspect", model, "--json"), ("inspect", model)))


def gguf_tokenizer(place):
    content = (FILES / place.rng.choice(WITH_TOKENIZER) / "model.gguf").read_bytes()
    file = Gguf(content)
    keys = [key for key in file.keys if key[0].startswith(b"tokenizer.")]
    for _ in range(place.rng.choice((1, 1, 2))):
        key = place.rng.choice(keys)
        key[1:] = changed_value(place.rng, key[1], key[2])
    model = place.write("model.gguf", file.join())
    return place.rng.choice((
        ("tokenize", model, "--special-tokens", place.rng.choice(("read", "text")), "--", TEXT + " é<|im_end|> ▁x"),
        ("generate", model, "--prompt", TEXT, "--max-tokens", "3"),
        ("sweep", model, "--text", TEXT, "--bos", place.rng.choice(("auto", "always")), "--out", "out")))


KINDS = (gguf, gguf_tokenizer)
