"""Score saved vectors on the evaluation sets that are available on this machine."""

import math
from collections.abc import Iterable, Sequence

from rich.table import Table

from sgns_bench import datasets, tasks
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import Score


def sets() -> tuple[list[str], list[str]]:
    """Return the names of the evaluation sets on this machine, and of those not yet fetched."""
    found = [dataset for dataset in datasets.readable() if dataset.kind != "corpus"]
    found.sort(key=lambda dataset: dataset.kind)
    here = [dataset.name for dataset in found if dataset.is_here()]
    return here, [dataset.name for dataset in found if dataset.name not in here]


def scorecard(
    vectors: WordVectors, names: Iterable[str], title: str, methods: Sequence[str] = ()
) -> Table:
    """Score vectors on evaluation sets and return the table of scores.

    Sets without a known item are listed in the caption; ``methods`` are those of
    :func:`sgns_bench.tasks.evaluate`.
    """
    table = Table("set", "metric", "value", "95 % interval", "n", "coverage", title=title)
    unknown = []
    for name in names:
        found = tasks.evaluate(vectors, name, methods).scores
        scores = [score for score in found if score.n and not score.section]
        unknown += [] if scores else [name]
        for score in scores:
            table.add_row(name, *_cells(score))
    table.caption = f"no known items: {', '.join(unknown)}" if unknown else None
    return table


def _cells(score: Score) -> tuple[str, ...]:
    interval = "" if math.isnan(score.low) else f"{score.low:.3f} to {score.high:.3f}"
    return score.metric, f"{score.value:.3f}", interval, f"{score.n:,}", f"{score.coverage:.1%}"
