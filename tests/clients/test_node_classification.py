import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("node_classification.py")
nx = pytest.importorskip("networkx")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clients", "needed"),
    [
        (["plain walks"], []),
        (
            ["node2vec", "pecanpy", "fastnode2vec's walks", "fastnode2vec"],
            ["node2vec", "pecanpy", "fastnode2vec"],
        ),
    ],
    ids=["plain", "libraries"],
)
def test_labels_that_are_plain_in_a_graph_are_found_by_both(clients, needed, tmp_path):
    for library in (*needed, "sklearn"):
        pytest.importorskip(library)
    graph, labels = tmp_path / "two.edgelist", tmp_path / "two.labels"
    nx.write_edgelist(nx.barbell_graph(10, 0), graph, data=False)
    labels.write_text("".join(f"{node} {'left' if node < 10 else 'right'}\n" for node in range(20)))

    done = subprocess.run(
        [
            *(sys.executable, SCRIPT, "--graph", graph, "--clients", *clients),
            *("--epochs", "5", "--seeds", "1", "--splits", "2", "--device", "cpu"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    rows = [line for line in done.stdout.splitlines() if "| macro |" in line]
    assert len(clients) == len(rows)
    scores = [float(mean) for row in rows for mean in re.findall(r"([\d.]+) ± ", row)]
    assert all(score > 75 for score in scores), rows  # half is chance; walks are random


def test_plain_walks_follow_edges_as_often_and_as_far_as_asked(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    libraries = import_module("libraries")
    graph = nx.relabel_nodes(nx.lollipop_graph(4, 3), str)
    graph.add_node("alone")
    settings = libraries.Settings(8, window=2, epochs=1, workers=1, walks=50, walk_length=7)

    walks = list(libraries.uniform_walks(graph, settings))

    assert dict.fromkeys(map(str, range(7)), 50) == Counter(walk[0] for walk in walks)
    assert {7} == set(map(len, walks))
    steps = [step for walk in walks for step in pairwise(walk)]
    assert all(graph.has_edge(*step) for step in steps)
    onwards = Counter(b for a, b in steps if a == "3")  # to 0, 1, 2 and 4
    assert max(onwards.values()) < 1.3 * min(onwards.values())
    assert 4 == len(onwards)
