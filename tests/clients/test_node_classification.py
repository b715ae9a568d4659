import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("node_classification.py")


@pytest.mark.slow
def test_labels_that_are_plain_in_a_graph_are_found_by_both(tmp_path):
    for library in ("node2vec", "pecanpy", "fastnode2vec", "sklearn"):
        pytest.importorskip(library)
    nx = pytest.importorskip("networkx")
    graph, labels = tmp_path / "two.edgelist", tmp_path / "two.labels"
    nx.write_edgelist(nx.barbell_graph(10, 0), graph, data=False)
    labels.write_text("".join(f"{node} {'left' if node < 10 else 'right'}\n" for node in range(20)))

    done = subprocess.run(
        [
            *(sys.executable, SCRIPT, "--graph", graph, "--labels", labels),
            *("--epochs", "5", "--seeds", "1", "--splits", "2", "--device", "cpu"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    rows = [line for line in done.stdout.splitlines() if "| macro |" in line]
    assert 4 == len(rows)
    scores = [float(mean) for row in rows for mean in re.findall(r"([\d.]+) ± ", row)]
    assert all(score > 75 for score in scores), rows  # half is chance; walks are random
