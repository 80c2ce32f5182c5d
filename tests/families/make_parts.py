"""Where the effect of an edit arises, by PyTorch and Transformers 5, for family_parts_test. Needs
torch and transformers (5.24); run it only to make the files anew:

    python tests/families/make_parts.py tests/families/references models/baker-7m

In a folder that make_references.py made, of each family in MADE, parts.safetensors; of each model
named behind it, <model>.parts.safetensors beside the folder, with the first ids of a text: for each layer l
an edit that multiplies mlp.hook_post by `kept`, its `direct.{l}` [tokens] and `shares.{l}`
[1 + 2 n_layers, tokens], as docs/method.md, section 9, has them, by automatic differentiation at 64
points in a run in double precision. `<name>.limit` is ten times the error of the float32 run."""
import pathlib
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

from make_references import blocks_of, everything_double, run, submodule

# Plain; norms behind and a cap; in parallel; scales of the residual and the logits.
MADE = ("gpt2", "llama", "gemma2", "gpt_neox", "granite")
KEPT = -0.5
KEPT_OF_TRAINED = 0.5  # the other is 10 nats at layer 0, too far for 16 points
POINTS = 64
TEXT = "The old man looked at the sea for a long while, and then he told the boy that the boat was lost."


def down_of(block):
    return submodule(block, "mlp.down_proj", "mlp.dense_4h_to_h", "mlp.fc2", "mlp.fc_out",
                     "mlp.c_proj", "fc2")


def final_norm_of(model):
    return submodule(model.base_model, "norm", "final_layer_norm", "ln_f")


def logprobs(model, stream, ids):
    """log p of each next token, [tokens - 1], of the stream before the final norm."""
    config = model.config
    logits = model.get_output_embeddings()(final_norm_of(model)(stream))
    logits = logits / getattr(config, "logits_scaling", 1)
    cap = getattr(config, "final_logit_softcapping", None)
    if cap:
        logits = cap * torch.tanh(logits / cap)
    return torch.log_softmax(logits, -1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def edited_run(model, ids, layer, kept):
    handle = down_of(blocks_of(model)[layer]).register_forward_pre_hook(
        lambda m, i: (i[0] * kept,))
    try:
        return run(model, ids)
    finally:
        handle.remove()


def parts_of(model, ids, clean, layer, kept):
    edited = edited_run(model, ids, layer, kept)
    kind = model.dtype
    layers = len(blocks_of(model))
    changes = {name: (edited[name] - clean[name]).to(kind) for name in clean}
    last = f"blocks.{layers - 1}.hook_resid_post"
    x, way = clean[last].to(kind), changes[last]
    written = changes[f"blocks.{layer}.hook_mlp_out"]
    direct = logprobs(model, x, ids) - logprobs(model, x + written, ids)
    gradient = torch.zeros_like(x)
    for point, weight in zip(*np.polynomial.legendre.leggauss(POINTS)):
        at = (x + (1 + float(point)) / 2 * way).requires_grad_(True)
        gradient += float(weight) / 2 * torch.autograd.grad(logprobs(model, at, ids).sum(), at)[0]
    shares = torch.zeros(1 + 2 * layers, len(ids), dtype=kind)
    parts = {0: written}
    for later in range(layer + 1, layers):
        parts[1 + 2 * later] = changes[f"blocks.{later}.hook_attn_out"]
        parts[2 + 2 * later] = changes[f"blocks.{later}.hook_mlp_out"]
    for row, part in parts.items():
        shares[row, 1:] = -(gradient * part).sum(-1)[:-1]
    effect = logprobs(model, x, ids) - logprobs(model, x + way, ids)
    missed = (shares.sum(0)[1:] - effect).abs().max().item()
    return {f"direct.{layer}": torch.cat([torch.zeros(1, dtype=kind), direct]).detach(),
            f"shares.{layer}": shares.detach()}, missed


def doubled(model):
    double = transformers.AutoModelForCausalLM.from_config(
        model.config, dtype=torch.float64, attn_implementation="eager").eval()
    double.load_state_dict({name: value.double() for name, value in model.state_dict().items()})
    return double.requires_grad_(False)


def all_parts(model, ids, kept):
    clean = run(model, ids)
    tensors, missed = {}, 0
    for layer in range(len(blocks_of(model))):
        parts, error = parts_of(model, ids, clean, layer, kept)
        tensors.update(parts)
        missed = max(missed, error)
    return tensors, missed


def make(folder, ids, kept, file):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval().requires_grad_(False)
    single, _ = all_parts(model, ids, kept)
    with everything_double():
        exact, missed = all_parts(doubled(model), ids, kept)
    tensors = {}
    for name, value in exact.items():
        error = (single[name].double() - value).abs().max().item()
        tensors[name] = value.to(torch.float32).contiguous()
        tensors[name + ".limit"] = torch.tensor([10 * error], dtype=torch.float32)
    tensors["ids"] = torch.tensor(ids, dtype=torch.int32)
    tensors["kept"] = torch.tensor([kept])
    save_file(tensors, file)
    largest = max(value.abs().max().item() for value in exact.values())
    worst = max(tensors[name].item() for name in tensors if name.endswith(".limit"))
    print(f"{folder.name}: shares to {largest:.2f} nats, adding up to {missed:.1e}, limits to {worst:.1e}")


def main(references, *trained):
    references = pathlib.Path(references)
    for name in MADE:
        ids = load_file(references / name / "reference.safetensors")["ids"].tolist()
        make(references / name, ids, KEPT, references / name / "parts.safetensors")
    for folder in map(pathlib.Path, trained):
        ids = transformers.AutoTokenizer.from_pretrained(folder)(TEXT)["input_ids"]
        make(folder, ids, KEPT_OF_TRAINED,
             references.parent / f"{folder.name}.parts.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
