"""Runs the program and reads what it wrote, with nothing but the standard library and NumPy."""
import csv
import json
import os
import pathlib
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
PROGRAM = os.environ.get("EXCISE", str(ROOT / "build" / "release" / "excise"))
DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "F16": "<f2", "U8": "u1"}


def excise(*arguments, code=0, **options):
    """Runs the program, checks its exit code, and returns the finished process."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True,
                          stdin=None if "input" in options else subprocess.DEVNULL,
                          timeout=600, **options)
    done.out, done.err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, f"exit code {done.returncode}\n{done.out}\n{done.err}"
    return done


def run_in_shell(command, place, **environment):
    """Runs a line of the documents, whose `excise` is the program, in a folder."""
    path = f"{pathlib.Path(PROGRAM).resolve().parent}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=place, timeout=600,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=os.environ | {"PATH": path} | environment)


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    arrays = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            first, last = (start + offset for offset in entry["data_offsets"])
            values = np.frombuffer(data[first:last], DTYPES[entry["dtype"]])
            arrays[name] = values.reshape(entry["shape"])
    return arrays


def write_safetensors(path, arrays, metadata=None):
    names = {"<f4": "F32", "<f8": "F64", "<f2": "F16", "<i8": "I64"}
    header, blobs, offset = {"__metadata__": metadata} if metadata else {}, [], 0
    for name, values in arrays.items():
        blob = np.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": names[values.dtype.str], "shape": list(values.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def write_frozen_pca(folder, layer):
    """The frozen first component of tests/golden/generate_baker as basis and edit file."""
    golden = read_safetensors(GOLDEN / "generate_baker.safetensors")
    hook = f"blocks.{layer}.mlp.hook_pre"
    basis = pathlib.Path(folder) / f"pca_l{layer}.safetensors"
    write_safetensors(
        basis, {f"{hook}/atoms": golden[f"v_l{layer}"][None], f"{hook}/mean": golden[f"mean_l{layer}"]},
        {"schema": "excise.basis/1", "basis": "svd", "hooks": hook, "model_fingerprint": "",
         "n_tokens": "129", "option.centre": "neuron", "option.restore": "neuron"})
    edit = basis.with_suffix(".toml")
    edit.write_text(f'schema = "excise.edit/1"\nhook = "{hook}"\nbasis = "{basis.name}"\n')
    return edit


def read_results(folder):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")
    text = (pathlib.Path(folder) / "results.json").read_text(encoding="utf-8")
    return json.loads(text, parse_constant=refuse)


def files_of(folder):
    """The content of each file of a result, without the timings."""
    content = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
    results = read_results(folder)
    del results["manifest"]["timings"]
    return content | {"results.json": results}


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ids_option(ids):
    return ",".join(str(i) for i in ids)


def write_random_gpt2(folder, n_layers, d_model, n_heads, d_vocab, n_ctx, seed=0):
    """A random GPT-2 in float16, large enough to keep the program busy."""
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)

    def weights(*shape):
        return (rng.standard_normal(shape, dtype=np.float32) * 0.05).astype("<f2")

    def norm(prefix):
        return {prefix + ".weight": np.ones(d_model, "<f2"), prefix + ".bias": weights(d_model)}

    arrays = {"wte.weight": weights(d_vocab, d_model), "wpe.weight": weights(n_ctx, d_model)}
    for layer in range(n_layers):
        block = f"h.{layer}."
        arrays |= norm(block + "ln_1") | norm(block + "ln_2")
        for name, inputs, outputs in [("attn.c_attn", d_model, 3 * d_model),
                                      ("attn.c_proj", d_model, d_model),
                                      ("mlp.c_fc", d_model, 4 * d_model),
                                      ("mlp.c_proj", 4 * d_model, d_model)]:
            arrays[block + name + ".weight"] = weights(inputs, outputs)
            arrays[block + name + ".bias"] = weights(outputs)
    arrays |= norm("ln_f")
    write_safetensors(folder / "model.safetensors", arrays)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": n_layers,
        "n_embd": d_model, "n_head": n_heads, "n_positions": n_ctx, "n_ctx": n_ctx,
        "vocab_size": d_vocab, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}))
    return folder
