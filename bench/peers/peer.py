"""What the PyTorch peers share: command line, model, timing, the line they print."""
import argparse
import json
import os
import resource
import sys
import time

STARTED = time.perf_counter()

import torch
import transformers
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

SIZES = {  # layers, width, heads
    "gpt2": (12, 768, 12),
    "gpt2-medium": (24, 1024, 16),
    "gpt2-large": (36, 1280, 20),
    "gpt2-xl": (48, 1600, 25),
}


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", help="a model folder, a GGUF file, or random:gpt2-xl and the like")
    parser.add_argument("--ids", help="token ids, separated by commas")
    parser.add_argument("--tokens", type=int, default=70, help="random ids, if --ids is not given")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=1, help="sweeps; the best one counts")
    parser.add_argument("--save", help="keep delta_logprob in this safetensors file")
    return parser


def load_model(name):
    if name.startswith("random:"):
        layers, width, heads = SIZES[name.removeprefix("random:")]
        torch.manual_seed(0)
        model = GPT2LMHeadModel(GPT2Config(n_layer=layers, n_embd=width, n_head=heads))
    elif name.endswith(".gguf"):
        folder, file = os.path.split(name)
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    else:
        model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    return model.eval()


def token_ids(chosen, vocabulary):
    if chosen.ids:
        return torch.tensor([int(number) for number in chosen.ids.split(",")])
    generator = torch.Generator().manual_seed(0)
    return torch.randint(vocabulary, (chosen.tokens,), generator=generator)


def remove_first_component(a):
    """The published edit of A [tokens, neurons]: s_0 = 0, then each token's mean is added."""
    u, s, vt = torch.linalg.svd(a, full_matrices=False)
    s[0] = 0
    return (u * s) @ vt + a.mean(dim=1, keepdim=True)


def next_token_logprob(logits, ids):
    """[..., tokens, vocabulary] -> [..., tokens - 1] log p of the tokens that came."""
    picked = logits[..., :-1, :].gather(-1, ids[1:].expand(logits.shape[:-2] + (-1,))[..., None])
    return picked[..., 0] - logits[..., :-1, :].logsumexp(dim=-1)


def run(name, chosen, sweep):
    """Times sweep(model, ids) -> (delta_logprob [layers, tokens - 1], facts) and prints a line.

    facts may correct the seconds for what was left out.
    """
    torch.set_num_threads(chosen.threads)
    imported = time.perf_counter()
    model = load_model(chosen.model)
    ids = token_ids(chosen, model.config.vocab_size)
    loaded = time.perf_counter()
    times = []
    with torch.inference_mode():
        for _ in range(chosen.repeats):
            start = time.perf_counter()
            delta, facts = sweep(model, ids)
            times.append(facts.pop("seconds", time.perf_counter() - start))
    if chosen.save:
        from safetensors.torch import save_file
        save_file({"delta_logprob": delta.contiguous()}, chosen.save)
    print(json.dumps({
        "tool": name,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": sys.version.split()[0],
        "threads": chosen.threads,
        "model": chosen.model,
        "layers": model.config.num_hidden_layers,
        "tokens": len(ids),
        "import_seconds": round(imported - STARTED, 3),
        "load_seconds": round(loaded - imported, 3),
        "sweep_seconds": round(min(times), 4),
        "first_sweep_seconds": round(times[0], 4),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **facts,
    }))
