#!/usr/bin/env python3
"""Greedy continuation with cached keys and values, in Transformers: tokens a second."""
import json
import time

import peer
import torch


def continuation_rate(model, ids, new_tokens):
    """A loop over the model itself, which is faster than its generate()."""
    past, step, start = None, ids[None], None
    for _ in range(new_tokens):
        output = model(step, past_key_values=past, use_cache=True)
        past, step = output.past_key_values, output.logits[:, -1:].argmax(-1)
        if start is None:  # the first token waits for the prompt
            start = time.perf_counter()
    return (new_tokens - 1) / (time.perf_counter() - start)


def generate_rate(model, ids, new_tokens):
    """Transformers' own generate(), greedy."""
    attention = torch.ones_like(ids[None])
    start = time.perf_counter()
    model.generate(ids[None], attention_mask=attention, do_sample=False, use_cache=True,
                   min_new_tokens=new_tokens, max_new_tokens=new_tokens, pad_token_id=0)
    return new_tokens / (time.perf_counter() - start)


def main():
    parser = peer.options(__doc__)
    parser.add_argument("--new-tokens", type=int, default=200)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    model = peer.load_model(chosen.model)
    ids = peer.token_ids(chosen, model.config.vocab_size)
    with torch.inference_mode():
        found = {name: max(rate(model, ids, chosen.new_tokens) for _ in range(chosen.repeats))
                 for name, rate in (("loop", continuation_rate), ("generate", generate_rate))}
    print(json.dumps({"tool": "generation", **found}))


if __name__ == "__main__":
    main()
