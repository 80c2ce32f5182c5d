"""t-lesions from Python: the golden numbers, and what is refused."""
import csv
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from conftest import GOLDEN

import excise
from excise import _core

PAIRS = GOLDEN / "pairs_him_her.tsv"
GOLDEN_JSON = json.loads((GOLDEN / "tlesion_baker.json").read_text())


def command(folder, *arguments):
    """The folder that the command writes."""
    program = pathlib.Path(sys.executable).parent / "excise"
    subprocess.run([program, *map(str, arguments), "--quiet", "--out", folder / "cli"], check=True)
    return folder / "cli"


def shortened(folder):
    """The first dozen pairs, as a file."""
    few = folder / "few.tsv"
    few.write_text("\n".join(PAIRS.read_text().splitlines()[:13]))
    return few


def test_the_golden_case(model, close):
    result = excise.lesion(model, PAIRS, test=[GOLDEN_JSON["test_sentence"]], random=0)
    golden = _core.read_safetensors(GOLDEN / "tlesion_baker.safetensors")
    for name in "tpq":
        close("tlesion_baker.safetensors", name, result.arrays[name], golden[name])
    table = result.table("laminar.csv")
    for layer in GOLDEN_JSON["layers"]:
        assert table["n_first"][layer["layer"]] == layer["n_first"]


def test_pairs_in_memory_and_repetition(model, tmp_path):
    heading, *lines = PAIRS.read_text().splitlines()[:13]
    file = tmp_path / "pairs.tsv"
    file.write_text("\n".join([heading, *lines]))
    options = {"test": ["Nobody told him about her."], "layers": [2], "random": 3, "seed": 5}
    result = excise.lesion(model, [tuple(line.split("\t")) for line in lines],
                           tuple(heading.split("\t")), **options)
    same = excise.lesion(model, str(file), **options)
    folder = result.save(tmp_path / "out")
    assert (folder / "report.html").stat().st_size > 1_000_000
    again = excise.run(folder / "experiment.toml")
    with open(tmp_path / "pairs.csv", "w", newline="") as table:
        csv.writer(table, quoting=csv.QUOTE_ALL).writerows(
            line.split("\t") for line in [heading, *lines])
    with pytest.warns(UserWarning, match=r"13 line ends of Windows"):
        of_a_table = excise.lesion(model, tmp_path / "pairs.csv", **options)
    for other in (same, again, of_a_table):
        for name, array in result.arrays.items():
            np.testing.assert_array_equal(array, other.arrays[name])


def test_a_pair_may_start_with_a_number_sign(model):
    pairs = [(f"{start} saw him.", f"{start} saw her.") for start in ("#1", "They", "# We", "You")]
    result = excise.lesion(model, pairs, ("him", "her"), test=["We saw him."], layers=[2], random=0)
    assert len(result.json["pairs"]["fitted"]) == 4


def test_a_third_is_held_out_where_no_sentence_is_tested(model, tmp_path):
    """As by the command, which says nothing of it either."""
    few = shortened(tmp_path)
    here = excise.lesion(model, few, layers=[2], random=0, q=0.2)
    there = excise.load_result(command(tmp_path, "lesion", "baker-7m", "--pairs", few,
                                       "--layers", "2", "--random", "0", "--q", "0.2"))
    assert len(here.json["pairs"]["held_out"]) == 4
    assert here.json["pairs"] == there.json["pairs"]
    for name, array in here.arrays.items():
        np.testing.assert_array_equal(array, there.arrays[name])
    one = excise.lesion(model, few, test=["Nobody told him."], layers=[2], random=0)
    assert one.json["pairs"]["held_out"] == []


def test_a_file_may_begin_with_a_comment(model, tmp_path):
    file = tmp_path / "pairs.tsv"
    options = {"test": ["Nobody told him."], "layers": [2], "random": 0}
    few = shortened(tmp_path)
    plain = excise.lesion(model, few, **options)
    for begin in ("# From the novel.\n", "\ufeff# From the novel.\n\n"):
        file.write_text(begin + few.read_text(), encoding="utf-8")
        np.testing.assert_array_equal(excise.lesion(model, file, **options).arrays["t"],
                                      plain.arrays["t"])


@pytest.mark.parametrize("options, message", [
    ({"words": ("him", "her")}, "none beside a file"), ({"test": [], "hold_out": 0}, "test"),
    ({"test": ["Nobody came."]}, "him"), ({"hold_out": 2}, "hold-out"), ({"q": 0}, "q:"),
    ({"pairs": [("a", "b")], "words": None}, "two words"), ({"layers": [12]}, "layer 12")])
def test_what_is_refused(model, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        excise.lesion(**({"model": model, "pairs": PAIRS, "test": ["They saw him."]} | options))


def test_files_that_are_refused(model, tmp_path):
    with pytest.raises(excise.IoError, match="expected a readable file"):
        excise.lesion(model, tmp_path / "none.tsv")
    (tmp_path / "latin").write_bytes(b"him\ther\n\xe6\n")
    with pytest.raises(excise.BadFileError, match="UTF-8"):
        excise.lesion(model, tmp_path / "latin")


def test_line_ends_of_windows_are_told(model, tmp_path):
    heading, *lines = PAIRS.read_text().splitlines()[:6]
    (tmp_path / "pairs.tsv").write_bytes("\r\n".join([heading, *lines]).encode())
    with pytest.warns(UserWarning, match=r"5 line ends of Windows \(\\r\\n\) read as \\n"):
        excise.lesion(model, tmp_path / "pairs.tsv", test=["Nobody told him."], layers=[2],
                      random=0)


def test_lines_are_those_of_the_file_in_a_repeat_too(model, tmp_path):
    file = tmp_path / "pairs.tsv"
    file.write_text("# mine\nhim\ther\n\n" + "\n# next\n".join(
        f"The {who} saw him there.\tThe {who} saw her there." for who in ("man", "girl", "boy")) + "\n")
    result = excise.lesion(model, file, layers=5, random=2)
    lines = result.json["pairs"]
    assert sorted(lines["fitted"] + lines["held_out"]) == [4, 6, 8]
    assert excise.run(result).json["pairs"] == lines
