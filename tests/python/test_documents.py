"""The documents build without a warning, and the API page has every public name."""
import re
import subprocess
import sys

from conftest import ROOT

import excise


def test_documents_build(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b",
                           "html", "-d", tmp_path / "trees", ROOT / "docs", tmp_path / "html"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "api.html").read_text()
    assert "names_filter" in page and "[tokens, d_vocab]" in page


def test_every_public_name_has_its_place():
    page = (ROOT / "docs" / "api.md").read_text()
    assert set(re.findall(r":: excise\.(\w+)$", page, re.MULTILINE)) - {"errors"} == set(
        excise.__all__)
