"""Score saved vectors on the evaluation sets that are available on this machine."""

from collections.abc import Iterable, Sequence

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
    vectors: WordVectors, names: Iterable[str], methods: Sequence[str] = ()
) -> dict[str, list[Score]]:
    """Return the scores over each whole evaluation set; none for a set without a known item.

    Args:
        vectors: the word vectors to score.
        names: names of evaluation sets.
        methods: methods of answering analogies; see :func:`sgns_bench.tasks.evaluate`.
    """
    found = {name: tasks.evaluate(vectors, name, methods).scores for name in names}
    return {
        name: [score for score in scores if score.n and not score.section]
        for name, scores in found.items()
    }
