"""Scores of saved vectors, side by side with what could not be scored."""

import math

from rich.table import Table

from sgns_bench import datasets, tasks
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import Score


def score(vectors: WordVectors, title: str) -> Table:
    """Return a table of the scores on every evaluation set that is on this machine.

    Args:
        vectors: what to score.
        title: what to call it; the caption names the sets that were left out, and why.
    """
    here, absent = sets()
    table = Table("set", "metric", "value", "95 % interval", "n", "coverage", title=title)
    unknown = []
    for name in here:
        scores = [result for result in tasks.evaluate(vectors, name) if not result.section]
        unknown += [name] if not any(result.n for result in scores) else []
        for result in scores:
            if result.n:
                table.add_row(name, *_cells(result))
    notes = [f"not one item known: {', '.join(unknown)}"] if unknown else []
    if absent:
        notes += [f"not fetched: {', '.join(absent)}; python -m sgns_bench fetch NAME, or --all"]
    table.caption = "\n".join(notes) or None
    return table


def sets() -> tuple[list[str], list[str]]:
    """Return the names of the evaluation sets that are on this machine, and of the others."""
    names = [*datasets.names("analogy"), *datasets.names("similarity")]
    here = [name for name in names if datasets.load(name).is_here()]
    return here, [name for name in names if name not in here]


def _cells(score: Score) -> tuple[str, ...]:
    interval = "" if math.isnan(score.low) else f"{score.low:.3f} to {score.high:.3f}"
    return score.metric, f"{score.value:.3f}", interval, f"{score.n:,}", f"{score.coverage:.1%}"
