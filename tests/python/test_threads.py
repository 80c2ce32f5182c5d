"""Edits belong to the thread or task that opened them."""
import asyncio
import contextvars
import os
import pickle
import statistics
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import excise

TEXT = "It was a dark and stormy night, and the dog did nothing."


def off(a, ctx):
    return a * 0


def hook(layer):
    return f"blocks.{layer}.mlp.hook_pre"


@pytest.fixture(scope="module")
def clean(model):
    return model(TEXT)


def in_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_another_thread_runs_the_clean_model(model, clean):
    with model.edit(hook(5), off):
        np.testing.assert_array_equal(in_thread(lambda: model(TEXT)), clean)
        assert abs(model(TEXT) - clean).max() > 0.1
        content = in_thread(lambda: excise.generate(model, TEXT, max_tokens=2))
        assert content.edited is None
        assert excise.generate(model, TEXT, max_tokens=2).edited is not None


def test_twelve_layers_in_four_threads(model):
    """Each gets what it gets alone."""
    alone = [model.run_with_hooks(TEXT, {hook(layer): off}) for layer in range(12)]
    meet = threading.Barrier(4)

    def edited(layer):
        with model.edit(hook(layer), off):
            meet.wait(60)
            return model(TEXT)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(edited, range(12)))
    for one, other in zip(found, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_tasks(model, clean):
    """Two tasks of one thread, and what they start."""
    async def edited(layer):
        with model.edit(hook(layer), off):
            await asyncio.sleep(0)
            one = model(TEXT)
            other = await asyncio.to_thread(model, TEXT)
        return one, other

    async def both():
        return await asyncio.gather(edited(3), edited(8))
    for layer, (one, other) in zip((3, 8), asyncio.run(both()), strict=True):
        np.testing.assert_array_equal(one, model.run_with_hooks(TEXT, {hook(layer): off}))
        np.testing.assert_array_equal(other, one)
    np.testing.assert_array_equal(model(TEXT), clean)


def test_a_context_may_be_handed_on_while_it_is_open(model, clean):
    with model.edit(hook(5), off):
        context = contextvars.copy_context()
        inside = in_thread(lambda: context.run(model, TEXT))
        np.testing.assert_array_equal(inside, model(TEXT))
    np.testing.assert_array_equal(context.run(model, TEXT), clean)  # closed since


def test_edits_are_of_one_model(model):
    other = excise.load("baker-7m")
    with model.edit(hook(5), off), other.edit(hook(6), off):
        one, two = model(TEXT), other(TEXT)
    np.testing.assert_array_equal(one, model.run_with_hooks(TEXT, {hook(5): off}))
    np.testing.assert_array_equal(two, model.run_with_hooks(TEXT, {hook(6): off}))


def test_contexts_may_close_in_any_order(model, clean):
    first, second = model.edit(hook(3), off), model.edit(hook(8), off)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    left = model(TEXT)
    second.__exit__(None, None, None)
    np.testing.assert_array_equal(left, model.run_with_hooks(TEXT, {hook(8): off}))
    np.testing.assert_array_equal(model(TEXT), clean)


def test_sweeps_in_threads(model):
    """Each with its own number of threads, beside passes that are edited."""
    expected = excise.sweep(model, TEXT, layers=[3], permutations=10, threads=1)

    def work(index):
        if index % 2:
            with model.edit(hook(index), off):
                return model(TEXT)
        return excise.sweep(model, TEXT, layers=[3], permutations=10, threads=1)
    with ThreadPoolExecutor(4) as pool:
        for index, found in enumerate(pool.map(work, range(8))):
            if index % 2:
                np.testing.assert_array_equal(
                    found, model.run_with_hooks(TEXT, {hook(index): off}))
            else:
                np.testing.assert_array_equal(found.arrays["delta_logprob"],
                                              expected.arrays["delta_logprob"])


COUNTED = """
import os
import excise
counts = []
def count(*ignored):
    counts.append(len(os.listdir("/proc/self/task")))
model = excise.load("baker-7m", threads={threads})
text = excise.bundled_text()[:400]
def hook(a, ctx):
    count()
count()
model.run_with_hooks(text, {{"blocks.5.mlp.hook_pre": hook}})
excise.generate(model, text, max_tokens=2, on_text=count)
excise.fit(model, components=2, progress=count)
excise.sweep(model, text, permutations=10, progress=count)
print(counts[0], *counts[1:])
"""


@pytest.mark.parametrize("threads", [1, 3])
def test_a_model_has_its_threads(threads):
    """As the system counts them: of the pass, of what generates, fits and sweeps beside it."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", COUNTED.format(threads=threads)], check=True,
                          capture_output=True, text=True, env=environment)
    before, in_pass, *later = map(int, done.stdout.split())
    assert in_pass == before + threads - 1
    # What works beside the calling thread has a team of its own; that of the pass waits. Mostly: the
    # system still counts a thread that is about to end.
    assert statistics.mode(later) == in_pass + threads


def test_an_experiment_says_which_threads_it_took(tmp_path):
    model = excise.load("baker-7m", threads=1)
    options = {"layers": [3], "permutations": 10}
    assert model.threads == 1 and pickle.loads(pickle.dumps(model)).threads == 1
    swept = excise.sweep(model, TEXT, **options)
    assert swept.manifest["threads"] == 1
    assert excise.sweep(model, TEXT, threads=2, **options).manifest["threads"] == 2
    assert excise.run(swept.save(tmp_path / "swept") / "experiment.toml").manifest["threads"] == 1
    assert excise.median(model, "He shook his", " head", layers=[3]).manifest["threads"] == 1
    np.testing.assert_array_equal(
        swept.arrays["delta_logprob"],
        excise.sweep(excise.load("baker-7m"), TEXT, threads=1, **options).arrays["delta_logprob"])
    for wrong in (-1, 1025, 0.5, "2"):
        with pytest.raises(excise.BadInputError, match="threads"):
            excise.load("baker-7m", threads=wrong)
