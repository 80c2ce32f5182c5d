#!/usr/bin/env python3
"""The published notebook's protocol: one full forward pass for each layer.

A hook on the MLP's first product, or its gate, replaces the output; all hidden states are kept, as the notebook does to draw how
far they move.
"""
import time

import families
import peer
import torch


def hidden_distance(edited, clean):
    return [torch.linalg.norm(a - b).item()
            for a, b in zip(edited.hidden_states, clean.hidden_states)]


def one_layer(model, ids, layer, clean, clean_logprob):
    hook = families.pre_activation(model, layer).register_forward_hook(
        lambda module, inputs, output: peer.remove_first_component(output[0])[None])
    edited = model(ids[None], output_hidden_states=True, use_cache=False)
    hook.remove()
    hidden_distance(edited, clean)
    return clean_logprob - peer.next_token_logprob(edited.logits[0], ids)


def sampled_layers(n_layers, count):
    """count layers, evenly spread; all of them for 0."""
    if count in (0, n_layers):
        return list(range(n_layers))
    return [(2 * i + 1) * n_layers // (2 * count) for i in range(count)]


def main():
    parser = peer.options(__doc__)
    parser.add_argument("--layers-sample", type=int, default=0, metavar="N",
                        help="run N evenly spread layers and extrapolate; 0: all")
    chosen = parser.parse_args()

    def sweep(model, ids):
        n_layers = model.config.num_hidden_layers
        layers = sampled_layers(n_layers, chosen.layers_sample)
        start = time.perf_counter()
        clean = model(ids[None], output_hidden_states=True, use_cache=False)
        clean_logprob = peer.next_token_logprob(clean.logits[0], ids)
        after_clean = time.perf_counter()
        delta = torch.stack([one_layer(model, ids, layer, clean, clean_logprob)
                             for layer in layers])
        per_layer = (time.perf_counter() - after_clean) / len(layers)
        seconds = after_clean - start + per_layer * n_layers
        return delta, {"seconds": seconds, "layers_run": len(layers),
                       "extrapolated": len(layers) < n_layers}

    peer.run("notebook", chosen, sweep)


if __name__ == "__main__":
    main()
