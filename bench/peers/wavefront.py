#!/usr/bin/env python3
"""All layers in one pass: a branch joins the batch at the layer where it leaves the clean run.

The best that plain PyTorch in float32 does with excise's own idea. Row 0 is the clean run.
"""
import families
import peer
import torch
import torch.nn.functional as F

HEAD_ROWS = 512  # of logits at a time, so that they are never stored whole


def logprobs(head, states, ids):
    """states [rows, tokens, width] after the final norm -> [rows, tokens - 1]."""
    flat = states[:, :-1].reshape(-1, states.shape[-1])
    targets = ids[1:].repeat(len(states))
    parts = []
    for start in range(0, len(flat), HEAD_ROWS):
        logits = F.linear(flat[start:start + HEAD_ROWS], head.weight)
        picked = logits.gather(1, targets[start:start + HEAD_ROWS, None])[:, 0]
        parts.append(picked - logits.logsumexp(dim=1))
    return torch.cat(parts).view(len(states), -1)


def sweep(model, ids):
    family = families.FAMILIES[model.config.model_type](model, ids)
    layers = len(family.blocks)
    states = torch.empty(layers + 1, len(ids), family.embedded.shape[-1])
    states[0] = family.embedded
    drift = []
    for layer, block in enumerate(family.blocks):
        family.layer(block, states, layer + 1)
        drift.append(torch.linalg.norm((states[1:layer + 2] - states[0]).flatten(1), dim=1))
    found = logprobs(family.head, family.norm(states), ids)
    return found[0] - found[1:], {}


if __name__ == "__main__":
    peer.run("wavefront", peer.options(__doc__).parse_args(), sweep)
