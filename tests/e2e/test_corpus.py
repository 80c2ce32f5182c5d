"""excise corpus and merge: the numbers of each text, kills and resumption, shards, wrong use."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from support import PROGRAM, ROOT, excise, read_csv, read_results, run_in_shell

BAKER = ROOT / "models" / "baker-7m"
KILLS = int(os.environ.get("EXCISE_KILLS", "20"))  # 200 by hand before a release
SENTENCES = ["The dog did nothing in the night-time.", "She gave him the letter, and he read it twice.",
             "It rained all day, and nobody came to the house.", "He lit his pipe and looked at the fire.",
             "A small cat sat on the wall under the moon.", "They walked along the river until noon."]
OPTIONS = ["--unit", "by", "--group", "kind", "--layers", "0,11", "--permutations", "200", "--keep-tokens"]


def story(i):
    chosen = random.Random(i)
    return " ".join(chosen.choice(SENTENCES) for _ in range(12))


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "stories.jsonl"
    path.write_text("".join(json.dumps({"text": story(i), "by": f"author {i % 7}",
                                        "kind": "even" if i % 7 % 2 == 0 else "odd"}) + "\n"
                            for i in range(60)))
    return path


@pytest.fixture(scope="module")
def whole(lines, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    excise("corpus", BAKER, lines, *OPTIONS, "--out", out)
    return out


def same(folder, other):
    """Every file, the journal too, byte for byte."""
    content, others = ({path.name: path.read_bytes() for path in place.iterdir()}
                       for place in (folder, other))
    assert content == others


def test_a_text_has_the_numbers_that_it_has_alone(whole, lines, tmp_path):
    rows = {(row["text"], row["layer"], row["branch"]): row for row in read_csv(whole / "texts.csv")}
    for i in (0, 33):
        out = tmp_path / str(i)
        excise("sweep", BAKER, "--text", story(i), "--layers", "0,11", "--out", out)
        for alone in read_csv(out / "layers.csv"):
            if alone["branch"] == "interaction":
                continue
            row = rows[f"{lines}:{i + 1}", alone["layer"], alone["branch"]]
            assert float(row["effect"]) == pytest.approx(float(alone["mean"]), abs=1e-5)
            assert float(row["share"]) == pytest.approx(float(alone["share"]), abs=1e-3)
            assert int(row["tokens"]) == int(alone["n"])
        kept = [row for row in read_csv(whole / "tokens.csv") if row["text"] == f"{lines}:{i + 1}"]
        kept.sort(key=lambda row: int(row["layer"]))
        alone = [row for row in read_csv(out / "tokens.csv")
                 if row["branch"] == "removal" and row["position"] != "0"]
        columns = ("layer", "position", "token")
        assert ([[row[name] for name in columns] for row in kept]
                == [[row[name] for name in columns] for row in alone])
        assert [float(row["effect"]) for row in kept] == pytest.approx(
            [float(row["delta"]) for row in alone], abs=1e-5)


def test_tokens_add_up_to_their_texts(whole):
    sums = {}
    for row in read_csv(whole / "tokens.csv"):
        sums.setdefault((row["text"], row["layer"]), []).append((float(row["effect"]), float(row["kl"])))
    texts = [row for row in read_csv(whole / "texts.csv") if row["branch"] == "removal"]
    assert len(sums) == len(texts)
    for row in texts:
        tokens = sums[row["text"], row["layer"]]
        assert len(tokens) == int(row["tokens"])
        assert np.mean(tokens, axis=0) == pytest.approx([float(row["effect"]), float(row["kl"])])


def test_tokens_are_kept_only_where_that_is_asked_for(whole, lines, tmp_path):
    plain = [option for option in OPTIONS if option != "--keep-tokens"]
    excise("corpus", BAKER, lines, *plain, "--out", tmp_path / "plain")
    assert not (tmp_path / "plain" / "tokens.csv").exists()
    for name in ("layers.csv", "texts.csv", "units.csv"):
        assert (tmp_path / "plain" / name).read_bytes() == (whole / name).read_bytes()
    other = excise("corpus", BAKER, lines, *OPTIONS, "--resume", "--out", tmp_path / "plain", code=2)
    assert "another one: keep_tokens" in other.err
    disk = [float(re.search(r"([\d.]+) MiB of disk", excise(
        "corpus", BAKER, lines, *options, "--estimate").out)[1]) for options in (plain, OPTIONS)]
    assert disk[1] > 5 * disk[0]


def test_the_report_shows_a_scan_over_units(lines, tmp_path):
    out = tmp_path / "out"
    excise("corpus", BAKER, lines, "--unit", "by", "--layers", "0,11", "--remove", "each:0-2", "--cells",
           "preset", "--permutations", "50", "--out", out)
    excise("report", out, "--out", tmp_path / "page.html", "--figures", tmp_path / "figures")
    assert (tmp_path / "figures" / "scan-mean.svg").exists()
    page = (out / "report.html").read_text()
    assert "No control was run. <code>excise corpus</code>" in page
    shown = json.loads(re.search(r'"scan-mean":.*?"heatMap":\{"values":(\[.*?\])', page)[1])
    assert shown == pytest.approx([step["mean"] for layer in read_results(out)["layers"] for step in layer["scan"]])


def test_names_with_commas_are_one_field(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"text": story(i), "by": f'Doyle, "A. C." {i}', "kind": "a,b"})
                            + "\n" for i in range(3)))
    excise("corpus", BAKER, path, "--unit", "by", "--group", "kind", "--layers", "11", "--out",
           tmp_path / "out")
    rows = read_csv(tmp_path / "out" / "units.csv")
    assert rows[0]["unit"] == 'Doyle, "A. C." 0' and rows[0]["group"] == "a,b"
    assert all(None not in row for row in rows)


def test_units_are_what_is_tested(whole):
    results = read_results(whole)
    units = read_csv(whole / "units.csv")
    assert [unit["name"] for unit in results["units"]] == [f"author {i}" for i in range(7)]
    for layer in results["layers"]:
        effects = [float(row["effect"]) for row in units
                   if int(row["layer"]) == layer["layer"] and row["branch"] == "removal"]
        test = layer["default_n"]
        assert test["n"] == 7 and layer["unit_means"] == pytest.approx(effects, abs=1e-12)
        mean, sd = np.mean(effects), np.std(effects, ddof=1)
        assert test["mean"] == pytest.approx(mean) and test["t"] == pytest.approx(
            mean / sd * 7**0.5)
        low, high = layer["bootstrap_ci95"]
        assert low < mean < high and layer["convergence"][-1]["n"] == 7
        assert "published_n" not in layer and "sink_share" not in layer
    assert [(group["name"], group["units"]) for group in results["groups"]] == [("even", 4), ("odd", 3)]
    assert "each of the 7 units (by) counts once" in results["summary"]
    audit = results["audit"]
    assert audit["no_op_max_abs_delta_logprob"] == 0 and audit["edits_fired"] == audit["edits_expected"] > 0


def test_a_unit_of_several_texts_counts_its_tokens(whole):
    texts, units = read_csv(whole / "texts.csv"), read_csv(whole / "units.csv")
    kept = [row for row in texts if row["layer"] == "11" and row["branch"] == "removal"]
    of_first = kept[0::7]
    tokens = np.array([int(row["tokens"]) for row in of_first])
    effects = np.array([float(row["effect"]) for row in of_first])
    unit = next(row for row in units if row["layer"] == "11" and row["branch"] == "removal")
    assert float(unit["effect"]) == pytest.approx((tokens * effects).sum() / tokens.sum())


@pytest.mark.parametrize("count", [2, 5])
def test_shards_merge_to_the_same_bytes(whole, lines, tmp_path, count):
    shards = [tmp_path / f"{i}" for i in range(1, count + 1)]
    for i, shard in enumerate(shards, 1):
        excise("corpus", BAKER, lines, *OPTIONS, "--shard", f"{i}/{count}", "--out", shard)
    excise("merge", *reversed(shards), "--out", tmp_path / "merged")
    same(tmp_path / "merged", whole)
    for given, said in ((shards[:-1], f"no shard {count}/{count}"),
                        (shards + shards[:1], "each shard once"), ([whole], "wrote with --shard")):
        refused = excise("merge", *given, "--out", tmp_path / "no", code=3 if given == [whole] else 2)
        assert said in refused.err and not (tmp_path / "no").exists()


def test_a_shard_of_another_run_is_refused(lines, tmp_path):
    for shard, seed in (("1/2", "0"), ("2/2", "1")):
        excise("corpus", BAKER, lines, "--layers", "11", "--seed", seed, "--shard", shard, "--out",
               tmp_path / shard[0])
    refused = excise("merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "out", code=2)
    assert "got another one: seed" in refused.err


def test_kills_and_resumption_give_the_same_bytes(whole, lines, tmp_path):
    chosen = random.Random(0)
    out = tmp_path / "out"
    start = time.monotonic()
    excise("corpus", BAKER, lines, *OPTIONS, "--out", tmp_path / "timed")
    seconds = time.monotonic() - start
    for _ in range(KILLS):
        process = subprocess.Popen([PROGRAM, "corpus", BAKER, lines, *OPTIONS, "--resume", "--out", out],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chosen.uniform(0, seconds))
        process.send_signal(chosen.choice([signal.SIGKILL, signal.SIGTERM]))
        process.wait()
    excise("corpus", BAKER, lines, *OPTIONS, "--resume", "--out", out)
    same(out, whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "timed"]
    again = excise("corpus", BAKER, lines, *OPTIONS, "--resume", "--out", out)
    assert again.out == f"Finished already: {out}\n"


def test_an_unfinished_run_is_not_begun_anew_unasked(lines, tmp_path):
    out = tmp_path / "out"
    excise("corpus", BAKER, lines, "--layers", "11", "--out", out)
    journal = (out / "journal.excise").read_bytes()
    for path in out.iterdir():
        path.unlink()
    out.rmdir()
    unfinished = tmp_path / "out.journal"
    unfinished.write_bytes(journal[:-10])
    refused = excise("corpus", BAKER, lines, "--layers", "11", "--out", out, code=2)
    assert "--resume goes on with it, --force begins anew" in refused.err
    refused = excise("corpus", BAKER, lines, "--layers", "11", "--remove", "1", "--out", out,
                     "--resume", code=2)
    assert "another one: remove" in refused.err
    assert unfinished.read_bytes() == journal[:-10]
    excise("corpus", BAKER, lines, "--layers", "11", "--out", out, "--force")
    assert (out / "journal.excise").read_bytes() == journal and not unfinished.exists()


def test_a_full_disk_keeps_what_was_measured(whole, lines, tmp_path):
    out = tmp_path / "out"
    limit = (whole / "journal.excise").stat().st_size * 2 // 3 // 1024
    done = subprocess.run(["bash", "-c", f"ulimit -f {limit}; trap '' XFSZ; exec \"$@\"", "-", PROGRAM,
                           "corpus", BAKER, lines, *OPTIONS, "--out", out],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 6 and "check the disk space" in done.stderr
    assert not out.exists()
    excise("corpus", BAKER, lines, *OPTIONS, "--resume", "--out", out)
    same(out, whole)


def test_run_repeats_it(whole, tmp_path):
    excise("run", whole / "experiment.toml", "--out", tmp_path / "again")
    same(tmp_path / "again", whole)


def test_the_commands_of_the_document_run(tmp_path):
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    document = (ROOT / "docs" / "corpora.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for command in "".join(blocks).splitlines():
        done = run_in_shell(command, tmp_path)
        assert done.returncode == 0, done.stderr
    same(tmp_path / "merged", tmp_path / "passages")


def test_estimate_writes_nothing(lines, tmp_path):
    done = excise("corpus", BAKER, lines, "--estimate", "--out", tmp_path / "out")
    assert "60 texts, 60 windows" in done.out and "FLOP" in done.out and "About " in done.out
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_measured_is_listed(tmp_path):
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text(story(1))
    (folder / "deep" / "b.txt").write_text(story(2))
    (folder / "empty.txt").write_text("")
    (folder / "latin.txt").write_bytes("caf\xe9".encode("latin-1"))
    (folder / "evil\x1b[31m.txt").write_bytes(b"\xff")
    done = excise("corpus", BAKER, folder, "--layers", "11", "--out", tmp_path / "out")
    assert "\x1b" not in done.out + done.err
    results = read_results(tmp_path / "out")
    assert [unit["name"] for unit in results["units"]] == [str(folder / "a.txt"),
                                                           str(folder / "deep" / "b.txt")]
    assert {left["text"] for left in results["left_out"]} == {
        str(folder / name) for name in ("empty.txt", "latin.txt", "evil\x1b[31m.txt")}
    assert "3 texts were left out" in results["summary"]
    strict = excise("corpus", BAKER, folder, "--strict", "--layers", "11", "--out", tmp_path / "no",
                    code=2)
    assert "without --strict it is left out" in strict.err


def test_standard_input(lines, tmp_path):
    for name, content in (("lines", lines.read_bytes()), ("text", story(1).encode())):
        excise("corpus", BAKER, "-", "--layers", "11", "--out", tmp_path / name, input=content)
    assert read_results(tmp_path / "lines")["manifest"]["n_texts"] == 60
    assert "there is one unit" in read_results(tmp_path / "text")["summary"]


@pytest.mark.parametrize("arguments, said", [
    (["--shard", "3/2"], "i/n, such as 2/5"), (["--window", "1"], "2 tokens or more"),
    (["--window", "10", "--overlap", "9"], "at least 2 tokens fewer"),
    (["--window", "1000000"], "the context of this model"), (["--unit", "writer"], "no field \"writer\""),
    (["--remove", "0,0"], "each number once"), (["--layers", "99"], "99")])
def test_wrong_use(lines, tmp_path, arguments, said):
    refused = excise("corpus", BAKER, lines, *arguments, "--out", tmp_path / "out", code=2)
    assert said in refused.err and list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_texts(tmp_path):
    peaks = []
    for count in (100, 3000):
        path = tmp_path / f"{count}.jsonl"
        path.write_text("".join(json.dumps({"text": f"The dog {i} did nothing at night."}) + "\n"
                                for i in range(count)))
        process = subprocess.Popen([PROGRAM, "corpus", BAKER, path, "--layers", "11", "--cells", "preset",
                                    "--permutations", "10", "--quiet", "--out",
                                    tmp_path / f"out{count}"])
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss / 1024)
    assert peaks[1] - peaks[0] < 50, peaks
