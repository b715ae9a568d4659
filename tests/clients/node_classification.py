"""Are node vectors as good, and sooner there, if gensim's class is accelerated?

Libraries as they come from the index, those that are installed, train twice on the same walks,
taking turns: with gensim, and within ``accelerate_gensim()``. So does gensim's class on plain
walks, for which no library is needed. Labels are then predicted as in node2vec (Grover and Leskovec
2016, section 4.3): one-vs-rest logistic regression on half of the nodes; of every other node, the
likeliest labels, as many as it has (Perozzi et al. 2014, DeepWalk).

    pip install sgns-bench networkx scikit-learn node2vec pecanpy fastnode2vec
    python tests/clients/node_classification.py --graph ppi.edgelist
    python tests/clients/node_classification.py --graph blogcatalog.adjlist \\
        --clients "plain walks" --walks 5 --walk-length 40 --window 5

A graph has an edge a line (two nodes, maybe a weight that is not looked at) or a node a line with
all its neighbours (.adjlist); labels, a node a line with its labels, are beside it (.labels).
Defaults are node2vec's own settings. Prints Markdown.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from libraries import CLIENTS, Settings, Train, installed
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from sgns_bench import accelerate_gensim
from sgns_bench.host.machine import describe_machine

LIBRARIES = ("node2vec", "pecanpy", "fastnode2vec", "gensim", "sgns_bench", "numpy", "scikit-learn")
TRAIN_SHARE = 0.5
F1 = ("macro", "micro")


class Turn(NamedTuple):
    """One training; F1 is (splits, 2), macro and micro."""

    seconds: float
    f1: Any


def main() -> None:
    """Print a table of F1 and one of seconds."""
    options = parse_options()
    graph = read_graph(options.graph)
    labels = read_labels(options.labels or options.graph.with_suffix(".labels"))
    settings = Settings(**{field: getattr(options, field) for field in Settings._fields})
    print_conditions(options, graph)
    engines = {"gensim": nullcontext, "ours": lambda: accelerate_gensim(options.device)}
    print("\n| F1 in % | | gensim | ours | difference |\n|---|---|--:|--:|--:|")
    speeds = []
    for client in options.clients:
        turns = take_turns(CLIENTS[client], graph, labels, settings, engines, options)
        print(*quality_rows(client, turns), sep="\n", flush=True)
        speeds.append(speed_row(client, turns))
    print("\n| seconds of training | gensim | ours | times as fast |\n|---|--:|--:|--:|")
    print(*speeds, sep="\n")


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--labels", type=Path, help="default: the graph's name, with .labels")
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=installed())
    parser.add_argument("--device", default="auto", help="what accelerate_gensim() trains on")
    for name, default in {
        "dimensions": 128, "walks": 10, "walk-length": 80, "window": 10, "epochs": 1, "workers": 2,
        "seeds": 8, "splits": 10,
    }.items():  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    return parser.parse_args()


def read_graph(path: Path) -> nx.Graph:
    """Return an undirected graph without weights, its nodes strings."""
    graph = nx.Graph()
    for line in path.read_text().splitlines():
        node, *others = line.split()
        neighbours = others if path.suffix == ".adjlist" else others[:1]
        graph.add_edges_from((node, other) for other in neighbours)
    return graph


def read_labels(path: Path) -> dict[str, list[str]]:
    """Return labels by node."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {node: labels for node, *labels in lines if labels}


def take_turns(
    client: Callable[[nx.Graph, Settings], Train],
    graph: nx.Graph,
    labels: dict[str, list[str]],
    settings: Settings,
    engines: dict[str, Callable[[], Any]],
    options: argparse.Namespace,
) -> dict[str, list[Turn]]:
    """Train with one engine and the other, on the same walks; the first in turn changes."""
    small = nx.relabel_nodes(nx.karate_club_graph(), str)
    for engine in engines.values():  # compiles what is to be compiled
        trained(client(small, settings), engine, 1)
    train = client(graph, settings)
    turns: dict[str, list[Turn]] = {name: [] for name in engines}
    for seed in range(1, options.seeds + 1):
        for name in list(engines)[:: 1 if seed % 2 else -1]:
            vectors, seconds = trained(train, engines[name], seed)
            f1 = np.array(list(classified(vectors, list(graph), labels, options.splits)))
            turns[name].append(Turn(seconds, f1))
            print(f"{client.__name__} {name} seed {seed}: {seconds:.1f} s", file=sys.stderr)
    return turns


def trained(train: Train, engine: Callable[[], Any], seed: int) -> tuple[Any, float]:
    """Return vectors, and the seconds that they took."""
    with engine():
        start = perf_counter()
        vectors = train(seed)
        return vectors, perf_counter() - start


def classified(
    vectors: Any, nodes: list[str], labels: dict[str, list[str]], splits: int
) -> Iterator[list[float]]:
    """Yield macro and micro F1 of each split; the same splits each time."""
    rows = [row for row, node in enumerate(nodes) if node in labels]
    X, Y = vectors[rows], MultiLabelBinarizer().fit_transform([labels[nodes[r]] for r in rows])
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(rows))
        seen, held_out = np.split(order, [round(TRAIN_SHARE * len(rows))])
        model = OneVsRestClassifier(LogisticRegression(solver="newton-cholesky")).fit(
            X[seen], Y[seen]
        )
        predicted = as_many_labels(model.predict_proba(X[held_out]), Y[held_out].sum(axis=1))
        yield [
            100 * f1_score(Y[held_out], predicted, average=average, zero_division=0)
            for average in F1
        ]


def as_many_labels(probabilities: Any, counts: Any) -> Any:
    """Return (n, labels) 0 or 1: of each row the likeliest, as many as it has."""
    ranks = np.argsort(np.argsort(-probabilities, axis=1), axis=1)
    return (ranks < counts[:, None]).astype(int)


def quality_rows(client: str, turns: dict[str, list[Turn]]) -> Iterator[str]:
    """Yield a row of macro F1 and one of micro F1: means, and sd over seeds and splits."""
    gensim, ours = (np.array([turn.f1 for turn in turns[name]]) for name in ("gensim", "ours"))
    for column, average in enumerate(F1):
        a, b = gensim[..., column], ours[..., column]  # (seeds, splits)
        low, high = interval(b - a)
        yield (
            f"| {client} | {average} | {a.mean():.2f} ± {a.std():.2f} | {b.mean():.2f} ±"
            f" {b.std():.2f} | {(b - a).mean():+.2f} [{low:+.2f}, {high:+.2f}] |"
        )


def interval(differences: Any, resamples: int = 10_000) -> tuple[float, float]:
    """Return the 95 % interval of the mean of (seeds, splits) paired differences.

    Seeds and splits are both drawn anew: the pigeonhole bootstrap (Owen 2007).
    """
    rng = np.random.default_rng(0)
    seeds, splits = (rng.integers(n, size=(resamples, n)) for n in differences.shape)
    means = differences[seeds[:, :, None], splits[:, None, :]].mean(axis=(1, 2))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def speed_row(client: str, turns: dict[str, list[Turn]]) -> str:
    """Return medians of the seconds, and of the ratios of turns that followed each other."""
    gensim, ours = ([turn.seconds for turn in turns[name]] for name in ("gensim", "ours"))
    ratios = [a / b for a, b in zip(gensim, ours, strict=True)]
    return (
        f"| {client} | {median(gensim):.1f} | {median(ours):.1f} | {median(ratios):.1f}"
        f" ({min(ratios):.1f} to {max(ratios):.1f}) |"
    )


def print_conditions(options: argparse.Namespace, graph: nx.Graph) -> None:
    """Print what was trained, on what, with what."""
    machine = describe_machine()
    versions = ", ".join(filter(None, map(name_and_version, LIBRARIES)))
    device = machine["gpu"] if options.device != "cpu" and machine["gpu"] else machine["processor"]
    print(
        f"{options.graph.stem}: {len(graph)} nodes, {graph.number_of_edges()} edges;"
        f" {options.walks} walks of {options.walk_length} from each node, window {options.window},"
        f" {options.dimensions} dimensions, epochs {options.epochs}, workers {options.workers};"
        f" {options.seeds} seeds, {options.splits} splits.\n"
        f"{device}, {machine['cores']} cores, Python {platform.python_version()}; {versions}."
    )


def name_and_version(library: str) -> str:
    """Return nothing of a library that is not installed."""
    try:
        return f"{library} {version(library.replace('_', '-'))}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
