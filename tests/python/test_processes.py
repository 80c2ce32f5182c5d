"""Forks, spawned processes, pools, joblib and a PyTorch DataLoader: the engine works in all of them,
or says what to do."""
import multiprocessing
import os
import subprocess
import sys
import threading
import traceback

import joblib
import numpy as np
import pytest

import excise

TEXT = "It was a dark and stormy night, and the dog did nothing."
HOOK = "blocks.5.mlp.hook_pre"
PATIENCE = 120  # seconds, after which a child counts as hung


def in_fork(work):
    """What work() gives in a forked child, by its exit status: it raises nothing and returns."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    waiter = threading.Timer(PATIENCE, os.kill, (child, 9))
    waiter.start()
    _, status = os.waitpid(child, 0)
    waiter.cancel()
    return os.waitstatus_to_exitcode(status)


def logits_of(model):
    return np.asarray(model(TEXT))


def swept(text):
    """Opens the model itself; what a pool hands out must be found by name."""
    return excise.sweep(excise.load("baker-7m"), text, layers=[3], permutations=10, threads=2)


def test_a_forked_child_works_as_its_parent(model):
    """After a pass of the parent, on more than one thread."""
    before = logits_of(model)  # OpenMP has threads now
    result = excise.sweep(model, TEXT, layers=[3], permutations=10, threads=2)

    def work():
        np.testing.assert_array_equal(logits_of(model), before)
        with model.edit(HOOK, excise.remove(excise.svd())):
            assert abs(model(TEXT) - before).max() > 0.01
        again = excise.sweep(model, TEXT, layers=[3], permutations=10, threads=2)
        np.testing.assert_array_equal(again.arrays["delta_logprob"],
                                      result.arrays["delta_logprob"])
        excise.generate(model, TEXT, max_tokens=2)
        excise.fit(model, TEXT * 3, components=2, hook=HOOK)
    assert in_fork(work) == 0
    np.testing.assert_array_equal(logits_of(model), before)  # the parent goes on
    assert in_fork(lambda: in_fork(work)) == 0  # and so does a child's child


def test_a_fork_inside_a_pass(model):
    """In a function at a hook: child and parent both end the pass."""
    clean = logits_of(model)
    children = []

    def forks(a, ctx):
        if not children:
            children.append(os.fork())
    logits = model.run_with_hooks(TEXT, {HOOK: forks})
    same = bool((logits == clean).all())
    if children[0] == 0:
        os._exit(0 if same else 1)
    assert same and os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


def test_a_fork_in_the_middle_of_a_run_is_refused(model):
    """What the other thread had locked stays locked in the child: no work, and no hang."""
    def refused():
        with pytest.raises(excise.UnsupportedError, match="spawn"):
            model(TEXT)
    found = []

    def report(stage, done, total):
        if not found:
            found.append(in_fork(refused))
    excise.sweep(model, TEXT, layers=[3, 4], permutations=10, progress=report)
    assert found == [0]
    assert in_fork(lambda: model(TEXT)) == 0  # a fork after the run


def test_who_is_forked_in_the_middle_does_not_wait_for_ever(model):
    """A child that comes back from the report: the thread that works is not there."""
    children = []

    def report(stage, done, total):
        if not children:
            children.append(os.fork())
    try:
        excise.sweep(model, TEXT, layers=[3], permutations=10, progress=report)
    except excise.UnsupportedError:
        os._exit(0 if children == [0] else 1)
    if children == [0]:
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools(model, method):
    """Models, edits and results go there and come back whole."""
    expected = logits_of(model)
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        for logits in pool.map_async(logits_of, [model] * 3).get(PATIENCE):
            np.testing.assert_array_equal(logits, expected)
        texts = [TEXT, "The dog did nothing in the night-time."]
        results = pool.map_async(swept, texts).get(PATIENCE)
    for result, text in zip(results, texts, strict=True):
        here = swept(text)
        assert result.summary == here.summary
        np.testing.assert_array_equal(result.arrays["delta_logprob"],
                                      here.arrays["delta_logprob"])
        assert result.files == here.files and len(result.layers) == len(here.layers)


def test_joblib(model):
    expected = logits_of(model)
    for backend in ("loky", "threading"):
        for logits in joblib.Parallel(2, backend=backend, timeout=PATIENCE)(
                joblib.delayed(logits_of)(model) for _ in range(3)):
            np.testing.assert_array_equal(logits, expected)


def test_a_data_loader_of_torch(model):
    """Workers are forked from a process that has run both libraries."""
    torch = pytest.importorskip("torch")

    class Activations(torch.utils.data.Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, index):
            return torch.from_numpy(model.run_with_cache(TEXT, HOOK)[1][HOOK].copy())
    expected = Activations()[0]
    torch.ones(300, 300) @ torch.ones(300, 300)
    for context in ("fork", None):
        loader = torch.utils.data.DataLoader(Activations(), batch_size=2, num_workers=2,
                                             timeout=PATIENCE, multiprocessing_context=context)
        batches = list(loader)
        assert len(batches) == 3
        assert all(torch.equal(one, expected) for batch in batches for one in batch)


def test_errors_come_back(model):
    """One that cannot be pickled makes a pool wait for ever."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        with pytest.raises(excise.BadInputError, match="at least one token"):
            pool.apply_async(swept, ("",)).get(PATIENCE)


def test_a_child_that_ends_leaves_what_the_parent_has(tmp_path):
    """In a program that forks and lets the child end as programs do."""
    code = f"""
import os, sys, tempfile
tempfile.tempdir = {str(tmp_path)!r}
import excise
result = excise.sweep(excise.load("baker-7m"), {TEXT!r}, layers=[3], permutations=10)
if os.fork() == 0:
    assert result.arrays["delta_logprob"].shape[0] == 1
    sys.exit(0)
assert os.wait()[1] == 0
assert len(result.layers) > 0 and result.arrays["delta_logprob"].shape[0] == 1
result.save({str(tmp_path / "kept")!r})
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True,
                          text=True, timeout=PATIENCE)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]  # no folder is left over
