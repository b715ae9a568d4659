"""Files that pages show, and the notebooks, are what they are said to be."""

import json
import tomllib
from pathlib import Path

import pytest

from sgns_bench.datasets import Dataset

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def test_the_manifest_that_the_guide_shows_is_valid():
    page = (DOCS / "extend" / "dataset.md").read_text("utf-8")
    shown = page.partition("```toml")[2].partition("\n")[2].partition("```")[0]

    assert "similarity" == Dataset(name="my-pairs", **tomllib.loads(shown)).kind


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_run_from_top_to_bottom_and_nothing_failed(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert [*range(1, len(code) + 1)] == [cell["execution_count"] for cell in code]
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert "error" not in kinds


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # of Jupyter's own packages
def test_a_notebook_runs(notebook, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    content = nbformat.read(notebook, as_version=4)

    nbclient.NotebookClient(content, resources={"metadata": {"path": str(tmp_path)}}).execute()
