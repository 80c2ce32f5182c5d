"""Prompts with answers and foils, by PyTorch and Transformers 5, for family_task_test. Needs torch and
transformers (5.24); run it only to make the files anew:

    python tests/families/make_tasks.py tests/families/references

In a folder that make_references.py made, of each family in MADE, task.safetensors: `prompt.{i}`,
`answer.{i}`, `foil.{i}`, ids drawn at random; `clean.{i}` and, for each layer l whose mlp.hook_post is
multiplied by KEPT, `edited.{l}.{i}`: log p of the answer and of the foil, summed over their tokens, one
prompt and one continuation at a time, in double precision. `limit`: ten times the largest error of the
float32 run."""
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

from make_parts import KEPT, doubled, down_of
from make_references import blocks_of, everything_double

MADE = ("gpt2", "llama", "gpt_neox")
# Tokens of prompt, answer and foil; how many the answer and the foil begin with in common.
SIZES = ((5, 1, 1, 0), (1, 1, 1, 0), (9, 2, 2, 1), (3, 3, 2, 0), (7, 1, 3, 0), (2, 2, 3, 1), (12, 3, 1, 0))


def drawn(vocabulary):
    generator = torch.Generator().manual_seed(11)
    for n_prompt, n_answer, n_foil, common in SIZES:
        ids = torch.randperm(vocabulary, generator=generator)[:n_prompt + n_answer + n_foil].tolist()
        prompt, answer, foil = (ids[:n_prompt], ids[n_prompt:n_prompt + n_answer],
                                ids[n_prompt + n_answer:])
        yield prompt, answer, answer[:common] + foil[common:]


@torch.no_grad()
def logprob(model, prompt, following):
    logits = model(torch.tensor([prompt + following]), use_cache=False).logits[0]
    rows = torch.log_softmax(logits, -1)[len(prompt) - 1:-1]
    return rows.gather(1, torch.tensor(following)[:, None]).sum()


def scores(model, prompts):
    def each(name):
        for i, (prompt, answer, foil) in enumerate(prompts):
            yield f"{name}.{i}", torch.stack([logprob(model, prompt, answer), logprob(model, prompt, foil)])
    tensors = dict(each("clean"))
    for layer, block in enumerate(blocks_of(model)):
        handle = down_of(block).register_forward_pre_hook(lambda m, i: (i[0] * KEPT,))
        tensors.update(each(f"edited.{layer}"))
        handle.remove()
    return tensors


def make(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval().requires_grad_(False)
    prompts = list(drawn(model.config.vocab_size))
    single = scores(model, prompts)
    with everything_double():
        exact = scores(doubled(model), prompts)
    error = max((single[name].double() - value).abs().max().item() for name, value in exact.items())
    tensors = {name: value.contiguous() for name, value in exact.items()}
    for i, ids in enumerate(prompts):
        for name, part in zip(("prompt", "answer", "foil"), ids):
            tensors[f"{name}.{i}"] = torch.tensor(part)
    tensors["limit"] = torch.tensor([10 * error], dtype=torch.float64)
    save_file(tensors, folder / "task.safetensors")
    print(f"{folder.name}: {len(prompts)} prompts, limit {10 * error:.1e}")


if __name__ == "__main__":
    for name in MADE:
        make(pathlib.Path(sys.argv[1]) / name)
