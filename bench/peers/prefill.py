#!/usr/bin/env python3
"""A clean pass over a text with the log p of every token: excise from Python, or llama.cpp."""
import argparse
import json
import os
import time

import numpy as np


def excise_pass(model, ids, threads):
    import excise
    model = excise.load(model, threads=threads)
    return lambda: model(ids)


def llama_cpp_pass(model, ids, threads):
    from llama_cpp import Llama
    model = Llama(model, n_ctx=len(ids), n_batch=len(ids), n_threads=threads, n_threads_batch=threads,
                  logits_all=True, verbose=False)

    def logits():
        model.reset()
        model.eval(ids)
        return model.scores[:len(ids)]
    return logits


def logprobs(logits, ids):
    """[tokens, vocabulary] -> [tokens - 1] log p of the tokens that came."""
    found = []
    for row, token in zip(logits, ids[1:]):
        shift = row.max()
        found.append(row[token] - shift - np.log(np.exp(row - shift).sum(dtype=np.float64)))
    return np.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=["excise", "llama.cpp"])
    parser.add_argument("model")
    parser.add_argument("--ids", required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    ids = [int(number) for number in chosen.ids.split(",")]
    run = {"excise": excise_pass, "llama.cpp": llama_cpp_pass}[chosen.tool](
        chosen.model, ids, chosen.threads)
    times = []
    for _ in range(chosen.repeats):
        start = time.perf_counter()
        total = logprobs(run(), ids).sum()
        times.append(time.perf_counter() - start)
    print(json.dumps({"tool": chosen.tool, "seconds": min(times), "logprob": float(total)}))


if __name__ == "__main__":
    main()
