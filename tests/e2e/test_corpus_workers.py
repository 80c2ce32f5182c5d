"""excise corpus with the Python package: Parquet, workers of this machine, a Dask cluster."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from support import PROGRAM, ROOT, excise, read_results
from test_corpus import BAKER, OPTIONS, lines, same, story  # noqa: F401  (a fixture)

VENV = ROOT / "build" / "python-venv" / "bin"  # tools/python_venv
pytestmark = pytest.mark.skipif(not (VENV / "python").exists(), reason="tools/python_venv was not run")
ENVIRONMENT = os.environ | {"EXCISE_PYTHON": str(VENV / "python")}
DEBIAN = "/usr/bin/python3"  # without the package


def with_package(*arguments, code=0, **more):
    return excise(*arguments, code=code, env=ENVIRONMENT, **more)


def in_python(script, *arguments):
    return subprocess.run([VENV / "python", "-c", script, *map(str, arguments)], check=True, text=True,
                          capture_output=True).stdout


@pytest.fixture(scope="module")
def whole(lines, tmp_path_factory):  # noqa: F811
    """As one process of one thread measures it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    excise("corpus", BAKER, lines, *OPTIONS, "--threads", "1", "--out", out)
    return out


COMPARE = """
import sys, pandas
for table in ("layers", "texts", "units", "tokens"):
    csv = pandas.read_csv(f"{sys.argv[1]}/{table}.csv", keep_default_na=False, na_values={
        name: [""] for name in ("effect", "kl", "share", "drift_rms", "bootstrap_low", "bootstrap_high",
                                "token_mean", "units_hurt")}, float_precision="round_trip")
    read = pandas.read_parquet(f"{sys.argv[2]}/{table}.parquet")
    pandas.testing.assert_frame_equal(csv, read, check_dtype=False, check_exact=True)
"""


def test_parquet_has_what_csv_has(whole, lines, tmp_path):  # noqa: F811
    with_package("corpus", BAKER, lines, *OPTIONS, "--threads", "1", "--format", "csv,parquet", "--out",
                 tmp_path / "both")
    for path in whole.iterdir():
        if path.name not in ("results.json", "report.html"):
            assert (tmp_path / "both" / path.name).read_bytes() == path.read_bytes(), path.name
    in_python(COMPARE, whole, tmp_path / "both")
    names = {path.name for path in (tmp_path / "both").iterdir()}
    assert names == set(read_results(tmp_path / "both")["manifest"]["files"])


def test_merge_writes_parquet_alone(whole, lines, tmp_path):  # noqa: F811
    shards = [tmp_path / str(i) for i in (1, 2)]
    for i, shard in enumerate(shards, 1):
        excise("corpus", BAKER, lines, *OPTIONS, "--threads", "1", "--shard", f"{i}/2", "--out", shard)
    out = tmp_path / "merged"
    for force in ((), ("--force",)):  # a result of Parquet is an earlier result as any
        with_package("merge", *shards, "--format", "parquet", "--out", out, *force)
    assert not list(out.glob("*.csv")) and len(list(out.glob("*.parquet"))) == 4
    assert (out / "journal.excise").read_bytes() == (whole / "journal.excise").read_bytes()
    in_python(COMPARE, whole, out)


def test_a_finished_run_without_the_tables_is_told(whole, lines):  # noqa: F811
    refused = with_package("corpus", BAKER, lines, *OPTIONS, "--threads", "1", "--resume", "--format",
                           "parquet", "--out", whole, code=2)
    assert "expected a finished run with layers.parquet" in refused.err


def refused_before_work(lines, tmp_path, interpreter, package=None):  # noqa: F811
    if package is not None:
        (tmp_path / "packages").mkdir()
        (tmp_path / "packages" / "excise.py").write_text(f"__version__ = {package!r}\n")
    environment = os.environ | {"EXCISE_PYTHON": str(interpreter), "PYTHONPATH": str(tmp_path / "packages")}
    done = excise("corpus", BAKER, lines, "--format", "parquet", "--out", tmp_path / "out", code=4,
                  env=environment)
    assert not list(tmp_path.glob("out*"))
    return done.err


def test_a_python_without_the_package_is_refused_before_any_work(lines, tmp_path):  # noqa: F811
    told = refused_before_work(lines, tmp_path, DEBIAN)
    assert "expected the package excise" in told and "got none" in told and "pip install '.[parquet]'" in told


def test_another_version_is_refused(lines, tmp_path):  # noqa: F811
    assert "got 0.0.1" in refused_before_work(lines, tmp_path, DEBIAN, "0.0.1")


def test_a_package_that_is_missing_is_named(lines, tmp_path):  # noqa: F811
    version = excise("--version").out.split()[1]
    told = refused_before_work(lines, tmp_path, DEBIAN, version)
    assert "expected the package pyarrow, got none" in told
    assert f'"{DEBIAN} -m pip install pyarrow" installs it' in told


@pytest.mark.parametrize("interpreter, said", [("/nothing/there", "none that can be started"),
                                               ("/bin/true", "a program that is no Python")])
def test_what_is_no_python_is_told(lines, tmp_path, interpreter, said):  # noqa: F811
    assert said in refused_before_work(lines, tmp_path, interpreter)


def test_a_file_of_that_name_in_the_folder_is_no_package(lines, tmp_path):  # noqa: F811
    (tmp_path / "excise.py").write_text("raise SystemExit('mine')\n")
    with_package("corpus", BAKER, lines, "--layers", "11", "--format", "parquet", "--out", tmp_path / "out",
                 cwd=tmp_path)


def test_workers_give_the_same_bytes(whole, lines, tmp_path):  # noqa: F811
    with_package("corpus", BAKER, lines, *OPTIONS, "--workers", "2", "--threads", "1", "--out",
                 tmp_path / "out")
    same(tmp_path / "out", whole)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    again = with_package("corpus", BAKER, lines, *OPTIONS, "--workers", "2", "--threads", "1", "--resume",
                         "--out", tmp_path / "out")
    assert again.out == f"Finished already: {tmp_path / 'out'}\n"


def started(lines, out, *more):  # noqa: F811
    """A run of workers that has measured a shard."""
    shards = pathlib.Path(f"{out}.shards")
    before = len(list(shards.glob("shard-*")))
    process = subprocess.Popen([PROGRAM, "corpus", BAKER, lines, *OPTIONS, "--workers", "2", "--threads", "1",
                                "--out", out, *more], env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    while process.poll() is None and len(list(shards.glob("shard-*"))) == before:
        time.sleep(0.01)
    return process, shards


def below(pid):
    """The processes that it started, and those that they did."""
    children = [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]
    return [each for child in children for each in (child, *below(child))]


def alive(pids):
    """Those that run; nobody may have asked yet how others ended."""
    stats = [pathlib.Path(f"/proc/{pid}/stat") for pid in pids]
    return [stat.read_text() for stat in stats if stat.exists() and ") Z " not in stat.read_text()]


def test_ctrl_c_keeps_shards_and_says_how_to_go_on(whole, lines, tmp_path):  # noqa: F811
    process, shards = started(lines, tmp_path / "out")
    helpers = below(process.pid)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert f"8 shards are kept in {shards}: --resume goes on with them" in told and "Traceback" not in told
    time.sleep(0.5)
    assert not alive(helpers)
    kept = {path: path.stat().st_mtime_ns for path in shards.iterdir()}
    assert kept and not (tmp_path / "out").exists()
    for arguments, said in ((["--workers", "2"], "--resume goes on with it, --force begins anew"),
                            ([], "with --workers or --dask, --resume goes on"),
                            (["--workers", "2", "--resume", "--seed", "3"], "another one: seed")):
        refused = with_package("corpus", BAKER, lines, *OPTIONS, "--threads", "1", *arguments, "--out",
                               tmp_path / "out", code=2)
        assert said in refused.err
    assert {path: path.stat().st_mtime_ns for path in shards.iterdir()} == kept
    with_package("corpus", BAKER, lines, *OPTIONS, "--workers", "3", "--threads", "1", "--resume", "--out",
                 tmp_path / "out")
    same(tmp_path / "out", whole)
    assert not shards.exists()


def test_a_lost_worker_and_a_lost_program(whole, lines, tmp_path):  # noqa: F811
    process, _ = started(lines, tmp_path / "out")
    helpers = below(process.pid)
    process.kill()
    process.wait()
    time.sleep(2)
    assert not alive(helpers)
    process, _ = started(lines, tmp_path / "out", "--resume")
    workers = [pid for pid in below(process.pid)
               if b"spawn_main" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait(timeout=120) == 0, process.stderr.read()
    same(tmp_path / "out", whole)


def test_a_poisonous_shard_is_named_and_the_others_are_kept(lines, tmp_path):  # noqa: F811
    texts = tmp_path / "t.jsonl"
    texts.write_text(lines.read_text() + json.dumps({"text": "The dog", "by": "x", "kind": "y"}) + "\n")
    told = with_package("corpus", BAKER, texts, *OPTIONS, "--remove", "5", "--strict", "--workers", "2",
                        "--threads", "1", "--out", tmp_path / "out", code=2).err
    assert "a text that can be measured" in told and "7 of 8 shards are done and kept" in told
    assert "--resume does the others" in told and "Traceback" not in told
    assert len(list((tmp_path / "out.shards").iterdir())) == 7


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """The address of a scheduler, and the folder that its worker works in."""
    place = tmp_path_factory.mktemp("dask")
    known = place / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": place}
    dask = [VENV / "python", "-m", "dask"] if not (VENV / "dask").exists() else [VENV / "dask"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                  "--scheduler-file", known], **quiet)
    while not known.exists() or not known.read_text().endswith("}"):
        assert scheduler.poll() is None
        time.sleep(0.1)
    address = json.loads(known.read_text())["address"]
    without = excise("corpus", BAKER, "nothing.txt", "--dask", address, "--out", place / "no", code=2,
                     env=ENVIRONMENT)
    assert "expected a scheduler with a worker, got none" in without.err
    worker = subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--memory-limit", "0",
                               "--no-dashboard"], **quiet)
    in_python("import sys, distributed\n"
              "with distributed.Client(sys.argv[1]) as client: client.wait_for_workers(1, timeout=60)", address)
    yield address, place
    for process in (worker, scheduler):
        process.terminate()
        process.wait()


def test_a_cluster_gives_the_same_bytes(whole, lines, tmp_path, dask):  # noqa: F811
    with_package("corpus", BAKER, lines, *OPTIONS, "--dask", dask[0], "--out", tmp_path / "out")
    same(tmp_path / "out", whole)


def test_a_worker_with_other_texts_is_refused_by_name(tmp_path, dask):
    address, place = dask
    for folder, word in ((tmp_path, "cat"), (place, "dog")):
        (folder / "stories").mkdir()
        for i in range(3):
            (folder / "stories" / f"{i}.txt").write_text(story(i))
        (folder / "stories" / "2.txt").write_text(f"The {word} sat on the wall and looked at the moon.")
    told = with_package("corpus", BAKER, "stories", "--layers", "11", "--dask", address, "--out", "out",
                        cwd=tmp_path, code=2).err
    assert "stories/2.txt on worker tcp://127.0.0.1:" in told and "what the client has" in told
    assert "0 of 4 shards are done" in told
    (place / "stories" / "2.txt").unlink()
    told = with_package("corpus", BAKER, "stories", "--layers", "11", "--dask", address, "--out", "out",
                        cwd=tmp_path, code=2, ).err
    assert "stories/2.txt on worker" in told and "got nothing" in told


def test_a_worker_with_another_model_is_refused_by_name(lines, tmp_path, dask):  # noqa: F811
    address, place = dask
    (tmp_path / "model").symlink_to(BAKER)
    told = with_package("corpus", "model", lines, "--layers", "11", "--dask", address, "--out", "out",
                        cwd=tmp_path, code=2).err
    assert "model model on worker tcp://127.0.0.1:" in told and "that of the client" in told
    (place / "model").symlink_to(ROOT / "tests" / "golden" / "tiny-gpt2")
    told = with_package("corpus", "model", lines, "--layers", "11", "--dask", address, "--out", "out",
                        cwd=tmp_path, code=2).err
    assert "that of the client, fingerprint" in told


@pytest.mark.parametrize("arguments, said", [
    (["--workers", "2", "--dask", "tcp://a:1"], "--workers: expected no --dask beside it"),
    (["--workers", "2", "--shard", "1/2"], "--workers: expected no --shard beside it"),
    (["--dask", "tcp://a:1", "--shard", "1/2"], "--dask: expected no --shard beside it"),
    (["--workers", "2", "--estimate"], "--workers: expected no --estimate beside it"),
    (["--shard", "1/2", "--format", "csv"], "--format: expected no --shard beside it"),
    (["--workers", "0"], "1 to 1024"), (["--format", "xlsx"], "csv, parquet or csv,parquet"),
    (["--dask", "nonsense"], "the address of a Dask scheduler")])
def test_options_that_make_no_sense(lines, tmp_path, arguments, said):  # noqa: F811
    refused = with_package("corpus", BAKER, lines, *arguments, "--out", tmp_path / "out", code=2)
    assert said in refused.err and list(tmp_path.iterdir()) == []


def test_standard_input_is_of_this_process(tmp_path):
    refused = with_package("corpus", BAKER, "-", "--workers", "2", "--out", tmp_path / "out", code=2,
                           input=b"The dog did nothing.")
    assert "expected texts in files" in refused.err


def test_nobody_answers(lines, tmp_path):  # noqa: F811
    start = time.monotonic()
    told = with_package("corpus", BAKER, lines, "--dask", "tcp://127.0.0.1:9", "--out", tmp_path / "out",
                        code=2).err
    assert "no answer within 5 seconds" in told and time.monotonic() - start < 30
    assert len(told.splitlines()) == 1
