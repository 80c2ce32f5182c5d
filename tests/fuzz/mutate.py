"""Inputs that are nearly right: each function takes a random.Random and gives a mutated copy."""
import copy
import json
import re
import struct

NUMBERS = [0, -1, 1, 2, 3.5, -0.0, 1e-320, 1e38, 1e308, -1e308, 2**31, 2**32 - 1, 2**53, 2**63 - 1,
           2**63, 2**64 - 1, -2**63, 10**30]
STRINGS = ["", "x", "x" * 5000, "\x1b[31mred", "\x1b]0;title\x07", "a\nb", "\x00", "\u202egnp",
           "\u2028", "\x9b2J", "../../up", "x" + "é" * 40, "/etc/passwd",
           "<script>alert(1)</script>", "NaN", "-1"]
LITERALS = ["nan", "inf", "-inf", "1e400", "true", "null", "[]", "{}", "[[]]", '""', "0x10", "1_0",
            "-1", "99999999999999999999", "'''", '"\\ud800"', "1979-05-27"]
SIGNS = list('"\'{}[](),:=#;\\\t\r\n') + ["\x00", "\ufeff", "\x1b[2J", "\u2028", "\udcff", "é", "😀"]


def text(rng, source):
    """Pieces cut, doubled, swapped; values replaced; signs put in. May hold lone surrogates for
    bytes that are no UTF-8 (write with surrogateescape)."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(source) + 1)
        end = min(len(source), at + rng.choice((1, 3, 10, 60)))
        what = rng.randrange(8)
        if what == 0:
            source = source[:at] + source[end:]
        elif what == 1:
            source = source[:at] + source[at:end] * rng.choice((2, 40)) + source[end:]
        elif what == 2:
            source = source[:at] + rng.choice(SIGNS) * rng.choice((1, 1, 3000)) + source[at:]
        elif what == 3:
            source = source[:at]
        elif what == 4:
            lines = source.split("\n")
            one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines.insert(other, lines[one] if rng.random() < 0.5 else lines.pop(one))
            source = "\n".join(lines)
        else:
            values = list(re.finditer(r'"[^"\n]*"|(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?|true|false|null',
                                      source))
            if values:
                found = rng.choice(values)
                new = rng.choice((str(rng.choice(NUMBERS)), rng.choice(LITERALS),
                                  json.dumps(rng.choice(STRINGS)), rng.choice(values).group()))
                source = source[:found.start()] + new + source[found.end():]
    return source


def tree(rng, document):
    """A JSON document with nodes dropped, replaced, moved and renamed, shallow ones first."""
    document = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not isinstance(document, (dict, list)) or not document:
            break
        node = document
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            if not isinstance(node, (dict, list)) or not node:
                break
            holder = node
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            node = node[key]
        what = rng.randrange(7)
        if what == 0:
            del holder[key]
        elif what == 1:
            holder[key] = rng.choice((None, True, [], {}, [[]], rng.choice(NUMBERS),
                                      rng.choice(STRINGS)))
        elif what == 2 and isinstance(node, (int, float)) and not isinstance(node, bool):
            holder[key] = rng.choice((node + 1, -node, node * 1e6, str(node), [node], node + 0.5))
        elif what == 3 and isinstance(node, list) and node:
            holder[key] = rng.choice((node * 2, node[:-1], node[::-1]))[:20000]
        elif what == 4 and isinstance(node, str):
            holder[key] = text(rng, node)
        elif what == 5 and isinstance(holder, dict):
            holder[rng.choice(STRINGS[:12]) + rng.choice(("more", 60 * "\u00e9"))] = holder[key]
        else:
            holder[key] = rng.choice(NUMBERS)
    return document


def json_text(rng, source):
    if rng.random() < 0.3:
        return text(rng, source)
    return json.dumps(tree(rng, json.loads(source)))


def data(rng, source):
    """Bytes changed, cut, put in."""
    source = bytearray(source)
    for _ in range(rng.choice((1, 2, 6))):
        at = rng.randrange(min(len(source), rng.choice((16, 2000, 10**9))) + 1)
        what = rng.randrange(4)
        if what == 0 and at < len(source):
            source[at] = rng.randrange(256)
        elif what == 1:
            del source[at:at + rng.choice((1, 8, 500))]
        elif what == 2:
            source[at:at] = rng.randbytes(rng.choice((1, 8, 100)))
        elif rng.random() < 0.3:
            del source[at:]
    return bytes(source)


SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}
FLOATS = {"F64": "<d", "F32": "<f", "F16": "<e"}


def split_safetensors(source):
    """metadata and {name: [dtype, shape, bytes]}."""
    length = struct.unpack("<Q", source[:8])[0]
    header = json.loads(source[8:8 + length])
    metadata = header.pop("__metadata__", None)
    body = source[8 + length:]
    return metadata, {name: [one["dtype"], one["shape"], body[slice(*one["data_offsets"])]]
                      for name, one in header.items()}


def join_safetensors(metadata, tensors):
    header, body = {} if metadata is None else {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    return frame(json.dumps(header), body)


def frame(header, body):
    header = header.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(header)) + header + body


def safetensors(rng, source):
    """Damaged bytes, a lying header, or a sound file of other tensors and other values."""
    what = rng.random()
    if what < 0.15:
        return data(rng, source)
    if what < 0.4:
        length = struct.unpack("<Q", source[:8])[0]
        return frame(json_text(rng, source[8:8 + length].decode()), source[8 + length:])
    metadata, tensors = split_safetensors(source)
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(list(tensors))
        dtype, shape, values = tensors[name]
        size = SIZES.get(dtype, 1)
        count = len(values) // size
        change = rng.randrange(8)
        if change == 0 and len(tensors) > 1:
            del tensors[name]
        elif change == 1:
            tensors[rng.choice((name + "x", *STRINGS[:10]))] = tensors.pop(name)
        elif change == 2 and shape:
            shape = list(shape)
            axis = rng.randrange(len(shape))
            shape[axis] = max(0, shape[axis] + rng.choice((-1, 1, 50)))
            needed = size
            for one in shape:
                needed *= one
            tensors[name] = [dtype, shape, (values * (needed // max(1, len(values)) + 1))[:needed]]
        elif change == 3:
            tensors[name] = [dtype, rng.choice((shape[::-1], shape + [1])), values]
        elif change == 4 and metadata:
            metadata = tree(rng, metadata)
            metadata = {str(k): str(v) for k, v in metadata.items()}
        elif dtype in FLOATS and count:
            number = rng.choice((float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e20, 0.0,
                                 1e-42))
            try:
                filled = struct.pack(FLOATS[dtype], number)
            except OverflowError:
                filled = struct.pack(FLOATS[dtype], float("inf"))
            first = rng.randrange(count)
            run = rng.choice((1, 1, 48, count))
            run = min(run, count - first)
            tensors[name][2] = (values[:first * size] + filled * run +
                                values[(first + run) * size:])
        elif dtype == "I64" and count:
            first = rng.randrange(count)
            filled = struct.pack("<q", rng.choice((-1, 0, 1 << 62, -1 << 63, 511, 10**6)))
            tensors[name][2] = values[:first * 8] + filled + values[(first + 1) * 8:]
    return join_safetensors(metadata, tensors)
