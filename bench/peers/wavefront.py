#!/usr/bin/env python3
"""All layers in one pass: a branch joins the batch at the layer where it leaves the clean run.

The best that plain PyTorch in float32 does with excise's own idea. Row 0 is the clean run.
"""
import peer
import torch
import torch.nn.functional as F

HEAD_ROWS = 512  # of logits at a time, so that they are never stored whole


def attention(block, x):
    batch, tokens, width = x.shape
    query, key, value = block.attn.c_attn(block.ln_1(x)).split(width, dim=2)
    query, key, value = (part.view(batch, tokens, block.attn.num_heads, -1).transpose(1, 2)
                         for part in (query, key, value))
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    return block.attn.c_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


def logprobs(model, states, ids):
    """states [rows, tokens, width] after the final LayerNorm -> [rows, tokens - 1]."""
    flat = states[:, :-1].reshape(-1, states.shape[-1])
    targets = ids[1:].repeat(len(states))
    parts = []
    for start in range(0, len(flat), HEAD_ROWS):
        logits = F.linear(flat[start:start + HEAD_ROWS], model.lm_head.weight)
        picked = logits.gather(1, targets[start:start + HEAD_ROWS, None])[:, 0]
        parts.append(picked - logits.logsumexp(dim=1))
    return torch.cat(parts).view(len(states), -1)


def sweep(model, ids):
    body = model.transformer
    layers = len(body.h)
    states = torch.empty(layers + 1, len(ids), model.config.n_embd)
    states[0] = body.wte(ids) + body.wpe.weight[:len(ids)]
    drift = []
    for layer, block in enumerate(body.h):
        live = layer + 1
        states[:live] += attention(block, states[:live])
        pre = block.mlp.c_fc(block.ln_2(states[:live]))
        pre = torch.cat([pre, peer.remove_first_component(pre[0])[None]])
        states[live] = states[0]
        states[:live + 1] += block.mlp.c_proj(F.gelu(pre, approximate="tanh"))
        drift.append(torch.linalg.norm((states[1:live + 1] - states[0]).flatten(1), dim=1))
    found = logprobs(model, body.ln_f(states), ids)
    return found[0] - found[1:], {}


if __name__ == "__main__":
    peer.run("wavefront", peer.options(__doc__).parse_args(), sweep)
