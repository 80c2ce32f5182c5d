"""Prompts with answers and foils, by PyTorch and Transformers 5, for family_task_test. Needs torch and
transformers (5.24); run it only to make the files anew:

    python tests/families/make_tasks.py tests/families/references

In a folder that make_references.py made, of each family in MADE, task.safetensors: `prompt.{i}`,
`answer.{i}`, `foil.{i}`, ids drawn at random; `clean.{i}` and, for each layer l whose mlp.hook_post is
multiplied by KEPT, `edited.{l}.{i}`: log p of the answer and of the foil, summed over their tokens, one
prompt and one continuation at a time, in double precision. The last prompts have no foil: their answers
are what the clean model and the one edited at each layer decode greedily, and `greedy_clean.{i}` and
`greedy_edited.{l}.{i}` say whose greedy answer they are. `limit`: ten times the largest error of the
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


def each_run(model):
    """The name of each run, with its edit at work."""
    yield "clean"
    for layer, block in enumerate(blocks_of(model)):
        handle = down_of(block).register_forward_pre_hook(lambda m, i: (i[0] * KEPT,))
        yield f"edited.{layer}"
        handle.remove()


def scores(model, prompts):
    tensors = {}
    for name in each_run(model):
        for i, (prompt, answer, foil) in enumerate(prompts):
            tensors[f"{name}.{i}"] = torch.stack([logprob(model, prompt, ids) for ids in (answer, foil) if ids])
    return tensors


@torch.no_grad()
def decoded(model, prompt, tokens):
    ids = list(prompt)
    for _ in range(tokens):
        ids.append(model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax().item())
    return ids[len(prompt):]


def without_foil(model, prompts):
    """The first prompts of some tokens with the answers of each run; and which run decodes which."""
    starts = [prompt for prompt, _, _ in prompts if len(prompt) > 1][:2]
    found = {name: [decoded(model, start, 2) for start in starts] for name in each_run(model)}
    made, greedy = [], {}
    for s, start in enumerate(starts):
        for answer in sorted({tuple(answers[s]) for answers in found.values()}):
            for name, answers in found.items():
                greedy[f"greedy_{name}.{len(prompts) + len(made)}"] = torch.tensor(
                    [int(tuple(answers[s]) == answer)])
            made.append((start, list(answer), []))
    return made, greedy


def make(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval().requires_grad_(False)
    prompts = list(drawn(model.config.vocab_size))
    with everything_double():
        in_double = doubled(model)
        more, greedy = without_foil(in_double, prompts)
        prompts += more
        exact = scores(in_double, prompts)
    single = scores(model, prompts)
    error = max((single[name].double() - value).abs().max().item() for name, value in exact.items())
    tensors = {name: value.contiguous() for name, value in exact.items()}
    for i, ids in enumerate(prompts):
        for name, part in zip(("prompt", "answer", "foil"), ids):
            if part:
                tensors[f"{name}.{i}"] = torch.tensor(part)
    tensors.update(greedy)
    tensors["limit"] = torch.tensor([10 * error], dtype=torch.float64)
    save_file(tensors, folder / "task.safetensors")
    print(f"{folder.name}: {len(prompts)} prompts, limit {10 * error:.1e}")


if __name__ == "__main__":
    for name in MADE:
        make(pathlib.Path(sys.argv[1]) / name)
