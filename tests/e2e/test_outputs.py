"""Where output goes: links, devices, inputs, what is there already, closed streams, FIFOs, limits."""
import os
import resource
import shutil
import subprocess

import pytest
from support import (GOLDEN, PROGRAM, ROOT, excise, ids_option, read_results, write_frozen_pca)

BAKER = ROOT / "models" / "baker-7m"
TINY = GOLDEN / "tiny-gpt2"
SWEEP = ("sweep", TINY, "--ids", "1,2,3")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("result") / "run"
    excise(*SWEEP, "--out", out)
    return out


@pytest.fixture
def result(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_links_are_followed(tmp_path, result):
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    excise(*SWEEP, "--out", tmp_path / "out")
    assert (tmp_path / "out").is_symlink() and (tmp_path / "real" / "results.json").exists()
    (tmp_path / "page.html").write_text("old")
    (tmp_path / "link.html").symlink_to("page.html")
    excise("report", result, "--out", tmp_path / "link.html", code=2)
    excise("report", result, "--out", tmp_path / "link.html", "--force")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "page.html").read_text().startswith("<!")


@pytest.mark.parametrize("kind", ["fifo", "link", "stream"])
def test_what_is_no_file_is_refused_before_the_work(tmp_path, result, kind):
    place = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "link":
        os.mkfifo(tmp_path / "pipe")
        place.symlink_to("pipe")
    else:
        place.symlink_to("/proc/self/fd/1")
    text = tmp_path / "text.txt"
    text.write_text("The dog did nothing.")
    for command in (("report", result, "--force"), SWEEP,
                    ("fit", BAKER, "--text-file", text, "--force")):
        done = excise(*command, "--out", place, code=2)
        assert "[output]" in done.err and not done.out
    assert os.path.lexists(place) and place.is_symlink() == (kind != "fifo")


@pytest.mark.parametrize("name", ["results.json", "arrays.safetensors", "layers.csv"])
def test_a_report_does_not_destroy_its_result(result, name):
    before = content(result)
    done = excise("report", result, "--out", result / name, "--force", code=2)
    assert "read from" in done.err
    assert content(result) == before


def test_inputs_stay(tmp_path, result):
    before = content(result)
    done = excise("run", result / "experiment.toml", "--model", TINY, "--out", result, "--force",
                  code=2)
    assert "read from" in done.err and content(result) == before
    text = tmp_path / "text.txt"
    text.write_text("The dog did nothing. " * 20)
    excise("fit", BAKER, "--text-file", text, "--out", text, "--force", code=2)
    assert text.read_text().startswith("The dog")
    model = shutil.copytree(BAKER, tmp_path / "model")
    before = content(model)
    excise("fit", model, "--text-file", text, "--out", model / "config.json", "--force", code=2)
    assert content(model) == before


def test_the_fit_that_a_test_read_stays(tmp_path):
    concept = ROOT / "experiments" / "concepts" / "him-her.toml"
    small = ("--concept", concept, "--layers", "0", "--random", "0", "--sample-tokens", "0")
    excise("concept", "fit", BAKER, *small, "--out", tmp_path / "fit")
    excise("concept", "test", BAKER, "--fitted", tmp_path / "fit", *small,
           "--out", tmp_path / "test")
    before = content(tmp_path / "fit")
    experiment = tmp_path / "of-the-fit.toml"
    experiment.write_text((tmp_path / "test" / "experiment.toml").read_text().replace(
        'basis_file = "', f'basis_file = "{tmp_path}/fit/'))
    done = excise("run", experiment, "--out", tmp_path / "fit", "--force", code=2)
    assert "read from" in done.err and content(tmp_path / "fit") == before


def test_only_who_has_it_is_told_of_force(tmp_path, result):
    """What replaces an earlier result, where anything does."""
    assert "--force replaces it" in excise(*SWEEP, "--out", result, code=2).err
    for command in (("export", BAKER, "--edit", write_frozen_pca(tmp_path, 5)), ("make-model",)):
        done = excise(*command, "--out", result, code=2)
        assert "force" not in done.err and "give another one with --out" in done.err


def test_a_basis_is_a_file(tmp_path):
    done = excise("fit", BAKER, "--text", "The dog did nothing.", "--out", "-", code=2, cwd=tmp_path)
    assert "--out: expected the name of a file" in done.err and "--basis-file" in done.err
    assert list(tmp_path.iterdir()) == []


def test_figures_are_looked_at_before_the_page_is_written(tmp_path, result):
    (result / "report.html").unlink()
    before = content(result)
    page = tmp_path / "page.html"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "layers-effect.svg").symlink_to(result / "results.json")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "layers-effect.svg").write_text("mine")
    for place, force in (("-", True), (fifo, True), (figures, True), (taken, False),
                         ("/dev/null", True), (result / "results.json", True)):
        options = ("--force",) if force else ()
        done = excise("report", result, "--out", page, "--figures", place, *options, cwd=tmp_path,
                      code=6 if place == result / "results.json" else 2)
        assert done.err.startswith("[")
        assert not page.exists() and content(result) == before
    assert not (tmp_path / "-").exists()
    assert (taken / "layers-effect.svg").read_text() == "mine"
    excise("report", result, result, "--out", "-", "--quiet")


def test_a_concepts_name_stays_in_the_folder(tmp_path):
    concept = (ROOT / "experiments" / "concepts" / "him-her.toml").read_text()
    assert 'name = "him-her"' in concept
    (tmp_path / "concept.toml").write_text(
        concept.replace('name = "him-her"', 'name = "x/../../../y"'))
    work = tmp_path / "deep" / "work"
    work.mkdir(parents=True)
    excise("concept", "fit", "baker-7m", "--concept", tmp_path / "concept.toml", "--layers", "0",
           "--random", "0", "--sample-tokens", "0", "--quiet", cwd=work)
    (folder,) = (work / "results").iterdir()
    assert folder.name == "baker-7m-x-..-..-..-y"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["concept.toml", "deep"]


def test_only_a_result_is_replaced(tmp_path, result):
    (result / "notes.txt").write_text("mine")
    before = content(result)
    done = excise(*SWEEP, "--out", result, "--force", code=2)
    assert "notes.txt" in done.err and content(result) == before
    (result / "notes.txt").unlink()
    excise(*SWEEP, "--out", result, "--force")
    other = tmp_path / "other"
    other.mkdir()
    (other / "results.json").write_text('{"scores": [1, 2]}')
    done = excise(*SWEEP, "--out", other, "--force", code=2)
    assert (other / "results.json").read_text() == '{"scores": [1, 2]}'


def test_the_manifest_lists_the_files(result):
    listed = read_results(result)["manifest"]["files"]
    assert sorted(listed) == sorted(path.name for path in result.iterdir())


def test_the_later_of_two_runs_is_kept(tmp_path):
    ids = ids_option(i % 500 for i in range(60))
    command = [PROGRAM, "sweep", str(TINY), "--ids", ids, "--controls", "norm-matched=40",
               "--out", "run", "--quiet"]
    runs = [subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [run.communicate(timeout=300)[1].decode() for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 2],), errors
    # The later one may have found the first one's result at its start.
    late = "".join(errors)
    assert "run" in late
    if "what was computed" in late:
        assert (tmp_path / "run-2" / "results.json").exists()
    assert (tmp_path / "run" / "results.json").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_report_to_standard_output(result):
    done = excise("report", result, "--out", "-")
    assert done.out.startswith("<!") and done.out == (result / "report.html").read_text()


# --- streams ---

def shell(command, **options):
    return subprocess.run(["bash", "-c", command, "bash", PROGRAM, str(TINY)], timeout=120,
                          capture_output=True, **options)


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2>&- >/dev/null"])
def test_messages_that_nobody_can_read(tmp_path, redirection):
    generate = f'"$1" generate "$2" --ids 1,2 --max-tokens 3 {redirection}'
    assert shell(generate, cwd=tmp_path).returncode == 0
    assert shell(f'"$1" sweep {redirection}', cwd=tmp_path).returncode == 2
    assert shell(f'"$1" sweep "$2" --ids 1,2,3 --out run {redirection}',
                 cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", ">/dev/full 2>&1", ">&- 2>&-"])
def test_output_that_cannot_be_written(tmp_path, redirection):
    for command in ('generate "$2" --ids 1,2 --max-tokens 3', "--version", "--help",
                    'inspect "$2"', "completion bash"):
        assert shell(f'"$1" {command} {redirection}', cwd=tmp_path).returncode == 6, command
    assert shell(f'"$1" sweep "$2" --ids 1,2,3 --out run {redirection}',
                 cwd=tmp_path).returncode == 6
    read_results(tmp_path / "run")  # not mixed with messages


def test_a_reader_that_has_enough():
    done = shell('"$1" generate "$2" --ids 1,2 --max-tokens 50000 --past-context slide | head -c 2; '
                 'echo " ${PIPESTATUS[0]}"')
    assert done.stdout.split()[-1] == b"141" and not done.stderr


@pytest.mark.parametrize("command", [
    ("sweep", TINY, "--text-file"), ("sweep", TINY, "--ids", "1,2", "--basis-file"),
    ("generate", BAKER, "--prompt-file"), ("run",), ("lesion", BAKER, "--pairs"),
    ("concept", "fit", BAKER, "--concept"), ("generate", TINY, "--ids", "1", "--edit")],
    ids=["text", "basis", "prompt", "experiment", "pairs", "concept", "edit"])
def test_nobody_waits_for_a_fifo(tmp_path, command):
    os.mkfifo(tmp_path / "fifo")
    done = subprocess.run([PROGRAM, *map(str, command), str(tmp_path / "fifo")], timeout=20,
                          cwd=tmp_path, capture_output=True)
    assert done.returncode in (3, 6), done.stderr
    assert b"fifo" in done.stderr


def test_a_process_substitution_is_a_text(tmp_path):
    command = ('"$1" sweep baker-7m --text-file <(echo The dog did nothing.) --layers 1 '
               '--out run --quiet')
    assert shell(command, cwd=tmp_path).returncode == 0


# --- depth and limits ---

@pytest.mark.parametrize("text", ["a." * 50000 + "a = 1\n", "[" + "a." * 50000 + "a]\n",
                                  "a = " + "[" * 50000, "a = " + "{b=" * 50000],
                         ids=["dots", "heading", "lists", "tables"])
def test_deep_toml_is_an_error(tmp_path, text):
    (tmp_path / "deep.toml").write_text(text)
    for command in (("run",), ("generate", TINY, "--ids", "1", "--edit"),
                    ("concept", "fit", BAKER, "--concept")):
        done = excise(*command, tmp_path / "deep.toml", code=2)
        assert "levels" in done.err or "TOML" in done.err


def test_deep_json_is_an_error(tmp_path):
    model = shutil.copytree(TINY, tmp_path / "model")
    text = (model / "config.json").read_text().rstrip().rstrip("}")
    (model / "config.json").write_text(text + ', "x": ' + "[" * 100000 + "]" * 100000 + "}")
    excise("inspect", model, code=3)


def limited(kind, amount):
    return lambda: resource.setrlimit(kind, (amount, amount))


@pytest.mark.parametrize("kilobytes", [256, 1024])
def test_a_small_stack(tmp_path, kilobytes):
    limit = limited(resource.RLIMIT_STACK, kilobytes << 10)
    excise(*SWEEP, "--out", tmp_path / "run", preexec_fn=limit)
    (tmp_path / "bad.toml").write_text("a." * 50000 + "a = 1\n")
    excise("run", tmp_path / "bad.toml", code=2, preexec_fn=limit)


@pytest.mark.parametrize("megabytes", [200, 300, 400, 600, 800, 1000, 1500, 4000])
def test_a_limit_on_memory_ends(tmp_path, megabytes):
    limit = limited(resource.RLIMIT_AS, megabytes << 20)
    for command in (("--version",), SWEEP + ("--out", tmp_path / "run")):
        done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, timeout=60,
                              preexec_fn=limit)
        assert done.returncode in (0, 5), done.stderr
        if done.returncode == 5:
            assert b"memory" in done.stderr and b"MB" in done.stderr
    if megabytes == 200:
        assert done.returncode == 5
