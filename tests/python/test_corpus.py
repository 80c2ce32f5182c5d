"""excise.corpus: the program's numbers, journals, shards, Parquet, and Dask."""
import json
import os
import signal
import time

import pytest

import excise

TEXTS = [f"{who} {did} the {what}, and nobody saw it. " * 4
         for who in ("The old man", "A cat", "My friend") for did in ("took", "lost", "wanted")
         for what in ("letter", "dog", "pipe", "moon", "house", "river", "door", "night", "hat", "fire")]
OPTIONS = {"layers": [0, 11], "cells": "preset", "unit": "by", "permutations": 50, "keep_tokens": True}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "t.jsonl"
    path.write_text("".join(json.dumps({"text": text, "by": f"author {i % 4}"}) + "\n"
                            for i, text in enumerate(TEXTS)))
    return path


@pytest.fixture(scope="module")
def one_thread():
    return excise.load("baker-7m", threads=1)


@pytest.fixture(scope="module")
def whole(one_thread, lines):
    return excise.corpus(one_thread, lines, **OPTIONS)


def content(result, folder):
    """Every file but the report, whose page has no order of its own."""
    result.save(folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_result_of_a_corpus(whole):
    assert whole.kind == "corpus" and whole.manifest["n_units"] == 4
    assert whole.json["layers"][1]["default_n"]["n"] == 4
    assert len(whole.table("texts.csv")["text"]) == 2 * len(TEXTS)
    assert "each of the 4 units (by) counts once" in str(whole)
    assert excise.run(whole).table("units.csv")["effect"].tolist() == (
        whole.table("units.csv")["effect"].tolist())


def test_tokens_are_kept_where_that_is_asked_for(one_thread, lines, whole):
    texts = whole.table("texts.csv")
    mean = whole.tokens.groupby(["text", "layer"])[["effect", "kl"]].mean()
    for _, row in texts.iterrows():
        assert mean.loc[row["text"], row["layer"]].tolist() == pytest.approx([row["effect"], row["kl"]])
    assert "tokens.csv" in whole.manifest["files"] and whole.manifest["spec"]["keep_tokens"]
    plain = excise.corpus(one_thread, lines, **(OPTIONS | {"keep_tokens": False}))
    assert "tokens.csv" not in plain.files and "keep_tokens" not in plain.experiment
    assert plain.json["layers"] == whole.json["layers"]


def test_a_journal_is_gone_on_with(one_thread, lines, whole, tmp_path):
    journal = tmp_path / "journal"
    excise.corpus(one_thread, lines, journal=journal, **OPTIONS)
    complete = journal.read_bytes()
    journal.write_bytes(complete[:len(complete) // 2])
    seen = []
    again = excise.corpus(one_thread, lines, journal=journal, **OPTIONS,
                          progress=lambda *where: seen.append(where))
    assert journal.read_bytes() == complete and seen
    assert content(again, tmp_path / "again") == content(whole, tmp_path / "whole")
    with pytest.raises(excise.BadInputError, match="another one: remove"):
        excise.corpus(one_thread, lines, journal=journal, remove=1, **OPTIONS)


def test_shards_are_merged(one_thread, lines, whole, tmp_path):
    for i in (1, 2, 3):
        part = excise.corpus(one_thread, lines, journal=tmp_path / f"{i}.journal", shard=f"{i}/3",
                             **OPTIONS)
        assert part.kind == "shard"
        part.save(tmp_path / str(i))
    merged = excise.merge([tmp_path / "3", tmp_path / "1", tmp_path / "2"])
    assert content(merged, tmp_path / "merged") == content(whole, tmp_path / "whole")
    with pytest.raises(excise.BadInputError, match="no shard 2/3"):
        excise.merge([tmp_path / "3", tmp_path / "1"])
    with pytest.raises(excise.BadInputError, match="a journal beside it"):
        excise.corpus(one_thread, lines, shard="1/3")


def test_parquet_has_the_numbers_of_json_lines(one_thread, lines, whole, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet", row_group_size=20)
    read = excise.corpus(one_thread, tmp_path / "t.parquet", **OPTIONS)
    assert [layer["unit_means"] for layer in read.json["layers"]] == (
        [layer["unit_means"] for layer in whole.json["layers"]])
    with pytest.raises(excise.BadInputError, match='a column "writer"'):
        excise.corpus(one_thread, tmp_path / "t.parquet", unit="writer")


def test_ctrl_c_stops_it(one_thread, lines, tmp_path):
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        excise.corpus(one_thread, lines, progress=interrupt, journal=tmp_path / "j", **OPTIONS)
    assert time.monotonic() - start < 20


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=0,
                                  dashboard_address=None) as cluster, \
            distributed.Client(cluster) as client:
        yield client


@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_bytes_though_a_worker_is_killed(one_thread, lines, whole, client, tmp_path):
    pids = list(client.run(os.getpid).values())
    killed = []

    def kill_one(stage, done, total):
        if not killed and done == 1:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    measured = excise.corpus(one_thread, lines, client=client, shards=6, journal=tmp_path / "shards",
                             progress=kill_one, **OPTIONS)
    assert killed
    assert content(measured, tmp_path / "dask") == content(whole, tmp_path / "whole")
    # What is kept is not measured again.
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "shards").iterdir()}
    assert len(before) == 6
    excise.corpus(one_thread, lines, client=client, shards=6, journal=tmp_path / "shards", **OPTIONS)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "shards").iterdir()} == before


@pytest.mark.filterwarnings("ignore")
def test_a_poisonous_shard_is_named_and_the_others_are_kept(one_thread, lines, client, tmp_path):
    texts = tmp_path / "t.jsonl"
    texts.write_text(lines.read_text() + json.dumps({"text": "The dog", "by": "x"}) + "\n")
    with pytest.raises(excise.Error, match=r"shard 2/3: .*a text that can be measured.*2 of 3 shards"):
        excise.corpus(one_thread, texts, client=client, shards=3, journal=tmp_path / "j", strict=True,
                      **(OPTIONS | {"remove": 5}))
    assert len(list((tmp_path / "j").iterdir())) == 2


def test_three_readers_read_the_same_parquet(whole, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    import pandas
    from pyarrow import parquet

    excise.write_parquet(whole, tmp_path)
    path = tmp_path / "units.parquet"
    schema = parquet.read_schema(path)
    assert schema.field("unit") == pyarrow.field("unit", pyarrow.string(), nullable=False)
    units = whole.table("units.csv")
    mean = units["effect"][units["layer"] == 11].mean()
    frame = pandas.read_parquet(path)
    assert frame[frame["layer"] == 11]["effect"].mean() == pytest.approx(mean)
    lazy = polars.read_parquet(path).filter(polars.col("layer") == 11)
    assert lazy["effect"].mean() == pytest.approx(mean) and lazy["share"].is_nan().sum() == 0
    query = f"SELECT avg(effect) FROM '{path}' WHERE layer = 11"
    assert duckdb.sql(query).fetchall()[0][0] == pytest.approx(mean)
    # What was not measured is null for all three.
    layers = tmp_path / "layers.parquet"
    table = parquet.read_table(layers)
    assert table.schema.field("bootstrap_low").nullable and not table.schema.field("n").nullable
    tokens = pandas.read_parquet(tmp_path / "tokens.parquet")
    assert tokens["token"].tolist() == whole.tokens["token"].fillna("").tolist()
    assert tokens["effect"].tolist() == whole.tokens["effect"].tolist()


def test_parquet_of_another_result_is_refused(one_thread, tmp_path):
    swept = excise.sweep(one_thread, "The dog did nothing.", layers=[0])
    with pytest.raises(excise.BadInputError, match="one of a sweep"):
        excise.write_parquet(swept, tmp_path)
