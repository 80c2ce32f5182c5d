"""The tutorial runs from its first cell to its last, and draws."""
import nbclient
import nbformat
from conftest import ROOT


def test_the_tutorial_runs(tmp_path):
    notebook = nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # kept without its outputs
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = "".join(output["text"] for output in outputs if output.get("name") == "stderr")
    assert "arning" not in errors and "%" in errors  # nothing but progress
    images = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(images) == 3
    text = "".join(output["text"] for output in outputs if output.get("name") == "stdout")
    assert "norm-matched: a larger effect than nearly all in layers" in text
