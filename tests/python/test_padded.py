"""A model with more rows than its tokenizer has tokens: <id N> in the texts that Python gives."""
import json
import shutil

import numpy as np
import pytest

import excise

PROMPT = "The detective looked at the"
KNOWN, ROWS = 8192, 64
PADDED = KNOWN + 3  # the one that the model likes best
SHOWN = f"<id {PADDED}>"


@pytest.fixture(scope="module")
def padded(model, tmp_path_factory):
    """baker-7m padded to a multiple of 64; one of the new rows wins behind PROMPT."""
    folder = tmp_path_factory.mktemp("padded") / "model"
    shutil.copytree(model.folder, folder)
    top = excise.generate(model, PROMPT, max_tokens=1)[0].ids[0]
    content = (folder / "model.safetensors").read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header, values = json.loads(content[8:begin]), b""
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = (begin + offset for offset in entry["data_offsets"])
        own = content[first:last]
        if name.endswith("wte.weight"):
            assert entry["dtype"] == "F16" and entry["shape"][0] == KNOWN
            table = np.frombuffer(own, np.float16).reshape(entry["shape"])
            rows = np.zeros((ROWS, table.shape[1]), np.float16)
            rows[PADDED - KNOWN] = 2 * table[top]
            own += rows.tobytes()
            entry["shape"][0] += ROWS
        entry["data_offsets"] = [len(values), len(values) + len(own)]
        values += own
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + values)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": KNOWN + ROWS}))
    return excise.load(folder)


@pytest.fixture(scope="module")
def ids(padded):
    known = padded.encode(PROMPT).tolist()
    return [*known[:3], PADDED, *known[3:], PADDED]


def test_texts_of_ids(padded, ids):
    assert padded.to_str_tokens(ids)[3] == padded.to_str_tokens(ids)[-1] == SHOWN
    assert padded.decode(ids) == "".join(padded.to_str_tokens(ids))
    assert padded.decode(ids).count(SHOWN) == 2
    # A text that says so holds none.
    assert max(padded.encode(SHOWN)) < KNOWN and padded.decode(padded.encode(SHOWN)) == SHOWN


def test_generate(padded, ids):
    heard = []
    for prompt in (PROMPT, ids):
        found = excise.generate(padded, prompt, max_tokens=2, on_text=lambda *call: heard.append(call))
        if prompt == PROMPT:
            assert SHOWN in found.text and SHOWN in found[0].tokens
            assert SHOWN in found.json["continuations"][0]["text"]
            assert f"&lt;id {PADDED}&gt;" in found._repr_html_()
    assert SHOWN in "".join(call[0] for call in heard)
    assert found.json["prompt"].count(SHOWN) == 2


def test_results(padded, ids, tmp_path):
    swept = excise.sweep(padded, ids, layers=[0, 1], dormant_share=True)
    assert swept.json["tokens"]["pieces"][3] == SHOWN
    assert swept.tokens["token"][3] == SHOWN
    median = excise.median(padded, PROMPT, PADDED, layers=[0])
    assert median.json["target"]["piece"] == median.json["clean"]["top1_piece"] == SHOWN
