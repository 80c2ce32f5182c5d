"""`excise task`: prompts with right and wrong answers."""
import csv
import json
import statistics

import pytest
from support import GOLDEN, ROOT, excise, read_results

BAKER = ROOT / "models" / "baker-7m"
TASKS = ROOT / "experiments" / "tasks"
SMALL = ("prompt\tanswer\tfoil\tgroup\n"
         "The men\t were\t was\tplain\n"
         "The man\t was\t were\tplain\n"
         "He shook his\t head\t nose\tother\n"
         "He shook his\t hea\t head\tnested\n"
         "He shook his\t head\t\tnone\n")


def look(place, text, *arguments, model=BAKER, **options):
    (place / "task.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return excise("task", model, place / "task.tsv", *arguments, **options)


def test_shows_ids_and_what_is_solved(tmp_path):
    facts = json.loads(look(tmp_path, SMALL, "--json").out)
    assert facts["schema"] == "excise.task/1"
    assert facts["rows"] == 5 and facts["measured"] + len(facts["refused"]) == 5
    for prompt in facts["prompts"]:
        pieces = "".join(prompt["prompt"]["pieces"] + prompt["answer"]["pieces"])
        whole = json.loads(excise("tokenize", BAKER, pieces, "--json").out)
        assert whole["ids"] == prompt["prompt"]["ids"] + prompt["answer"]["ids"]
        if prompt["foil"]:
            assert prompt["metric"] == pytest.approx(
                prompt["logprob_answer"] - prompt["logprob_foil"])
            assert prompt["solved"] == (prompt["metric"] > 0)
        else:
            assert prompt["metric"] == prompt["logprob_answer"]
            assert prompt["solved"] == prompt["greedy"]
    text = look(tmp_path, SMALL).out
    assert f"{facts['solved']} of {facts['measured']} prompts solved" in text
    assert "4 prompts have a foil" in text or "3 prompts have a foil" in text
    first = facts["prompts"][0]
    assert f"answer  {first['answer']['ids'][0]} \" were\"" in text


def test_each_prompt_alone_has_its_numbers(tmp_path):
    heading, *rows = SMALL.splitlines(keepends=True)
    together = {prompt["line"]: prompt
                for prompt in json.loads(look(tmp_path, SMALL, "--json").out)["prompts"]}
    assert len(together) >= 3
    for line in together:
        alone = json.loads(look(tmp_path, heading + rows[line - 2], "--json").out)["prompts"][0]
        for key in ("logprob_answer", "metric"):
            assert alone[key] == pytest.approx(together[line][key], abs=1e-4)


def test_forms_of_a_file_give_the_same(tmp_path):
    rows = [("The men", " were", " was"), ("He said: \"No, I", " am", " is")]
    tsv = "prompt\tanswer\tfoil\n" + "".join(
        "\t".join('"' + field.replace('"', '""') + '"' for field in row) + "\n" for row in rows)
    csv = tsv.replace("\t", ",")
    lines = "".join(json.dumps(dict(zip(("prompt", "answer", "foil"), row))) + "\n" for row in rows)
    found = [json.loads(look(tmp_path, text, "--json").out)["prompts"] for text in (tsv, csv, lines)]
    assert len(found[0]) == 2
    for other in found[1:]:
        assert [(p["prompt"], p["metric"]) for p in other] == [
            (p["prompt"], p["metric"]) for p in found[0]]


@pytest.mark.parametrize("text, complaint", [
    ("", "an empty file"),
    ("prompt\tanser\nThe men\t were\n", 'line 1: expected the columns prompt and answer, got "prompt", "anser"'),
    ("prompt\tanswer\nThe men\t \n", "line 2: expected an answer"),
    (b"prompt\tanswer\nThe men\t \xff\n", "UTF-8"),
    ("prompt\tanswer\nThe men\n", "line 2: expected 2 fields, as in the heading, got 1"),
    ('{"prompt": "The men"}\n', "line 1: expected the keys prompt and answer"),
    ("prompt\tanswer\n" + "a\tb\n" * 1_000_000, "at most 100000 lines"),
], ids=["empty", "columns", "answer", "encoding", "fields", "keys", "million"])
def test_wrong_files(tmp_path, text, complaint):
    done = look(tmp_path, text, code=3)
    assert complaint in done.err and not done.out


def test_needs_a_tokenizer(tmp_path):
    done = look(tmp_path, SMALL, model=GOLDEN / "tiny-gpt2", code=2)
    assert "tokenizer" in done.err


@pytest.mark.parametrize("name", ["facts", "indirect-object", "agreement", "indirect-object-baker",
                                  "agreement-baker"])
def test_bundled_tasks_are_read_whole(name):
    facts = json.loads(excise("task", BAKER, TASKS / f"{name}.tsv", "--json").out)
    assert facts["rows"] >= (120 if name == "facts" else 30)
    assert not facts["unread_columns"]
    if name.endswith("baker"):
        assert not facts["refused"]
    if name == "agreement-baker":
        plain = {group["group"]: group for group in facts["groups"]}["plain"]
        assert plain["solved"] == plain["measured"] == 28


CORPUS = ("--corpus", ROOT / "experiments" / "silver-blaze.txt", "--preset", "pca")


def sweep(place, *arguments, **options):
    return excise("sweep", BAKER, "--task", TASKS / "agreement-baker.tsv", "--layers", "0,4",
                  *arguments, **options)


def test_sweep_of_a_task(tmp_path):
    text = sweep(tmp_path, *CORPUS, "--out", tmp_path / "out").out
    results = read_results(tmp_path / "out")
    assert results["schema"] == "excise.task-sweep/1" and results["basis_source"] == "corpus"
    assert {file.name for file in (tmp_path / "out").iterdir()} == set(results["manifest"]["files"])
    task = results["task"]
    assert task["foils"] is True and "log p(foil | prompt)" in " ".join(text.split())
    assert task["tested"] == task["solved_before"] < task["prompts"] == 56
    looked = {p["line"]: p for p in json.loads(
        excise("task", BAKER, TASKS / "agreement-baker.tsv", "--json").out)["prompts"]}
    with open(tmp_path / "out" / "task_prompts.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 56 * 2
    for layer in results["layers"]:
        here = [row for row in rows if int(row["layer"]) == layer["layer"]]
        effects = [float(row["effect"]) for row in here if row["tested"] == "1"]
        assert len(effects) == layer["default_n"]["n"] == task["tested"]
        assert layer["default_n"]["mean"] == pytest.approx(statistics.mean(effects))
        assert layer["default_n"]["sd"] == pytest.approx(statistics.stdev(effects))
        assert 0 < layer["share"] < 100 and "ewc" not in layer and "kl_mean" not in layer
        solved = [(row["solved_before"], row["solved_after"]) for row in here]
        assert layer["lost"] == solved.count(("1", "0"))
        assert layer["gained"] == solved.count(("0", "1"))
        assert layer["solved_after"] == sum(after == "1" for _, after in solved)
        for row in here:
            assert float(row["metric_clean"]) == pytest.approx(
                looked[int(row["line"])]["metric"], abs=1e-4)
    assert [(group["name"], group["prompts"], group["tested"]) for group in results["groups"]] == [
        ("attractor", 28, 7), ("plain", 28, 28)]
    assert results["groups"][1]["layers"][0]["n"] == 28
    assert "attractor: 7 of 28 prompts tested" in text and "McNemar" in text
    page = (tmp_path / "out" / "report.html").read_text()
    for words in ("Are answers lost?", "Which prompts mind?", "Do the groups differ?", "nats a prompt"):
        assert words in page
    assert "nats a token" not in page
    again = sweep(tmp_path, *CORPUS, "--out", tmp_path / "out", "--force", "--json")
    assert again.out == (tmp_path / "out" / "results.json").read_text(encoding="utf-8")
    assert json.loads(again.out) == results
    repeated = excise("run", tmp_path / "out" / "experiment.toml", "--out", tmp_path / "again")
    assert "attractor: 7 of 28 prompts tested" in repeated.out
    for name in results["manifest"]["files"]:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes(), name
    every = json.loads(sweep(tmp_path, *CORPUS, "--all-prompts", "--json", "--out",
                             tmp_path / "all").out)
    assert every["task"]["tested"] == 56 and every["layers"][0]["default_n"]["n"] == 56


def test_controls_and_scan_of_a_task(tmp_path):
    """Against the same change of all prompts, by the results of a run without them."""
    out = tmp_path / "out"
    text = " ".join(sweep(tmp_path, *CORPUS, "--controls", "random-rank=40,norm-matched=40", "--remove", "cumulative:0-1",
                          "--together", "0,4", "--out", out).out.split())
    results = read_results(out)
    alone = json.loads(sweep(tmp_path, *CORPUS, "--json", "--out", tmp_path / "alone").out)
    for layer, other in zip(results["layers"], alone["layers"]):
        assert layer["default_n"]["mean"] == pytest.approx(other["default_n"]["mean"], abs=1e-4)
        assert layer["solved_after"] == other["solved_after"]
        for name in ("random-rank", "norm-matched"):
            control = layer["controls"][name]
            assert control["edit_mean"] == layer["default_n"]["mean"]
            assert len(control["mean"]) == 40 and len(set(control["mean"])) == 40
            above = sum(mean >= control["edit_mean"] for mean in control["mean"])
            below = sum(mean <= control["edit_mean"] for mean in control["mean"])
            assert control["p_two_sided"] == pytest.approx(min(1, 2 * (1 + min(above, below)) / 41))
        assert layer["scan"][0]["mean"] == layer["default_n"]["mean"] and len(layer["scan"]) == 2
        assert layer["scan"][1]["mean"] != layer["scan"][0]["mean"]
    assert results["together"][0]["layers"] == [0, 4]
    assert "Against 40 draws of random changes of the same size (norm-matched)" in text
    assert "nats a prompt" in text and "the controls tell how much" in text
    assert "token" not in results["summary"] and results["summary"] in text
    for prompt in results["prompts"]:
        assert prompt["tested"] == (prompt["metric"] > 0) == prompt["solved"]


def test_sweep_of_answers_alone(tmp_path):
    (tmp_path / "task.tsv").write_text("prompt\tanswer\nI am\t not\nI am\t sure\nUpon the\t same\n")
    text = excise("sweep", BAKER, "--task", tmp_path / "task.tsv", "--layers", "0", "--all-prompts", *CORPUS,
                  "--out", tmp_path / "out").out
    results = read_results(tmp_path / "out")
    assert results["task"]["foils"] is False
    assert results["task"]["solved_before"] == 1 and results["layers"][0]["gained"] == 2
    assert "log p(foil" not in text and "where greedy decoding gives the answer" in " ".join(text.split())
    mixed = SMALL.replace("\t was\tplain", "\t\tplain", 1)
    (tmp_path / "task.tsv").write_text(mixed)
    done = excise("sweep", BAKER, "--task", tmp_path / "task.tsv", *CORPUS, "--out", tmp_path / "mixed", code=2)
    assert "line 3: expected no foil, as line 2 has, got one" in done.err and not (tmp_path / "mixed").exists()


def test_swap_with_counterparts(tmp_path):
    """By the rows of task_swap.csv, and the counterparts as prompts of their own."""
    heading, *rows = (TASKS / "agreement-baker.tsv").read_text(encoding="utf-8").splitlines()
    rows = rows[:16] + ["The old man\t was\t were\tThe men\tplain", "The child\t was\t were\t\tplain"]
    (tmp_path / "task.tsv").write_text("\n".join([heading, *rows]) + "\n")
    others = [(line[3], line[1], line[2]) for line in (row.split("\t") for row in rows) if line[3]]
    place = tmp_path / "others"
    place.mkdir()
    facts = json.loads(look(place, "prompt\tanswer\tfoil\n" + "".join(
        "\t".join(other) + "\n" for other in dict.fromkeys(others)), "--json").out)
    metric = {("".join(p["prompt"]["pieces"]), "".join(p["answer"]["pieces"])): p["metric"]
              for p in facts["prompts"]}
    done = excise("sweep", BAKER, "--task", tmp_path / "task.tsv", *CORPUS, "--remove", "0-31", "--layers", "0,4",
                  "--swap", "counterparts", "--out", tmp_path / "a")
    results = read_results(tmp_path / "a")
    swap = results["swap"]
    with open(tmp_path / "a" / "task_swap.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert {file.name for file in (tmp_path / "a").iterdir()} == set(results["manifest"]["files"])
    assert results["manifest"]["spec"]["swap"] == "counterparts"
    assert [(one["line"], one["reason"]) for one in swap["left_out"]] == [
        (18, "the prompt has 3 tokens, its counterpart 2"), (19, "without a counterpart")]
    assert swap["pairs"] == 16 and len(table) == 16 * 2
    for row in table:
        assert float(row["metric_counterpart"]) == pytest.approx(
            metric[row["counterpart"], row["answer"]], abs=1e-4)
        both = float(row["metric_clean"]) > 0 > float(row["metric_counterpart"])
        assert (row["tested"] == "1") == both
        assert float(row["effect"]) == pytest.approx(float(row["metric_clean"]) - float(row["metric_swapped"]))
    for layer in swap["layers"]:
        here = [row for row in table if row["tested"] == "1" and int(row["layer"]) == layer["layer"]]
        assert len(here) == swap["tested"]
        units = {}
        for row in here:
            units.setdefault(row["unit"], []).append([
                float(row["metric_clean"]) - float(row[f"metric_{other}"])
                for other in ("swapped", "counterpart", "removed")])
        assert layer["effect"]["n"] == swap["whole"]["n"] == len(units) < len(here)
        moved, whole, removed = (statistics.mean(statistics.mean(prompt[i] for prompt in unit)
                                                 for unit in units.values()) for i in range(3))
        assert layer["effect"]["mean"] == pytest.approx(moved)
        assert swap["whole"]["mean"] == pytest.approx(whole)
        assert layer["removed"] == pytest.approx(removed, abs=1e-5)
        assert layer["share"]["ratio"] == pytest.approx(moved / whole)
        assert layer["share"]["ci95"][0] < moved / whole < layer["share"]["ci95"][1]
        assert layer["turned"] == sum(float(row["metric_swapped"]) < 0 for row in here)
    assert swap["layers"][0]["share"]["ci95"][0] > 0.3 > swap["layers"][1]["share"]["ci95"][1]
    words = " ".join(done.out.split())
    assert results["summary"] in words and "carries over part of that in" in words
    assert "2 of 18 prompts: 1 without a counterpart (line 19), 1 whose counterpart has another number" in words
    excise("run", tmp_path / "a" / "experiment.toml", "--out", tmp_path / "b")
    assert (tmp_path / "a" / "task_swap.csv").read_bytes() == (tmp_path / "b" / "task_swap.csv").read_bytes()


def test_swap_refuses(tmp_path):
    done = sweep(tmp_path, *CORPUS, "--swap", "The men", "--out", tmp_path / "out", code=2)
    assert "--swap: expected counterparts, got a text" in done.err
    done = excise("sweep", BAKER, "--task", TASKS / "facts.tsv", *CORPUS, "--swap", "counterparts",
                  "--out", tmp_path / "out", code=2)
    assert "line 2: without a counterpart; the column counterpart" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments, code, complaint", [
    ((), 2, "the few tokens of each prompt itself; --corpus FILE fits it on a text"),
    ((*CORPUS, "--variants", "keep-only"), 4, "--variants: expected a removal alone"),
    ((*CORPUS, "--controls", "elsewhere"), 4, "--controls elsewhere: expected a removal alone"),
    ((*CORPUS, "--text", "A text."), 2, "expected --task or a text, got both"),
])
def test_sweep_of_a_task_refuses(tmp_path, arguments, code, complaint):
    done = sweep(tmp_path, *arguments, "--out", tmp_path / "out", code=code)
    assert complaint in done.err and not (tmp_path / "out").exists()


def test_an_experiment_file_beside_its_task(tmp_path):
    (tmp_path / "mine.tsv").write_text("prompt\tanswer\tfoil\nThe men\t were\t was\nThe man\t was\t were\n")
    (tmp_path / "mine.toml").write_text(
        'schema = "excise.task-experiment/1"\nmodel = "baker-7m"\ntask = "mine.tsv"\nall_prompts = true\n'
        f'corpus = "{CORPUS[1]}"\nlayers = "3"\n')
    excise("run", tmp_path / "mine.toml", "--out", tmp_path / "out", cwd=ROOT)
    results = read_results(tmp_path / "out")
    assert results["task"]["tested"] == 2 and results["layers"][0]["layer"] == 3
    (tmp_path / "mine.tsv").write_text("prompt\tanswer\tfoil\nThe men\t were\t was\n")
    done = excise("run", tmp_path / "out" / "experiment.toml", "--out", tmp_path / "again", cwd=ROOT, code=2)
    assert "task_fingerprint" in done.err and not (tmp_path / "again").exists()


def test_all_prompts_needs_a_task(tmp_path):
    done = excise("sweep", BAKER, "--all-prompts", "--out", tmp_path / "out", code=2)
    assert "--task FILE beside it" in done.err
