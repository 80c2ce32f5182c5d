#!/usr/bin/env python3
"""Many short texts with hooks in PyTorch: batches of texts of one length, one full forward pass of
a batch for each layer, each text with its own SVD; only log p is kept."""
import argparse
import json
import os
import time

import families
import peer
import torch


def logprob(model, ids):
    logits = model(ids, use_cache=False).logits[:, :-1]
    return logits.gather(-1, ids[:, 1:, None])[..., 0] - logits.logsumexp(dim=-1)


def sweep(model, ids):
    """ids [texts, tokens] -> sum of effects, by layer."""
    clean = logprob(model, ids)
    effects = []
    for layer in range(model.config.num_hidden_layers):
        hook = families.pre_activation(model, layer).register_forward_hook(
            lambda module, inputs, output: remove_first_components(output))
        effects.append((clean - logprob(model, ids)).sum())
        hook.remove()
    return effects


def remove_first_components(a):
    """peer.remove_first_component of each text, [texts, tokens, neurons]."""
    u, s, vt = torch.linalg.svd(a, full_matrices=False)
    s[:, 0] = 0
    return (u * s[:, None]) @ vt + a.mean(dim=2, keepdim=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--texts", type=int, default=320)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    model = peer.load_model(chosen.model)
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(model.config.vocab_size, (chosen.texts, chosen.tokens), generator=generator)
    with torch.inference_mode():
        sweep(model, ids[:chosen.batch])  # warm
        start = time.perf_counter()
        for first in range(0, chosen.texts, chosen.batch):
            sweep(model, ids[first:first + chosen.batch])
        seconds = time.perf_counter() - start
    print(json.dumps({"tool": "batched", "model": chosen.model, "threads": chosen.threads,
                      "tokens": ids.numel(), "seconds": round(seconds, 2),
                      "tokens_per_second": round(ids.numel() / seconds, 1)}))


if __name__ == "__main__":
    main()
