"""Speed and memory of a training run."""

from collections.abc import Callable
from time import perf_counter

from sgns_bench.embeddings import Embeddings
from sgns_bench.host.machine import PeakMemory
from sgns_bench.tasks import Score


def measure(
    prepare: Callable[[], Callable[[], Embeddings]], words: int
) -> tuple[Embeddings, list[Score]]:
    """Prepare and train once, and time both apart.

    Args:
        prepare: sets up and compiles; returns the training itself.
        words: raw words that the training reads, before subsampling, all epochs together.

    Returns:
        The embeddings, and in this order: ``words_per_second``, ``prepare_seconds``,
        ``peak_bytes`` (of the whole process, the corpus included), ``train_seconds``.
    """
    with PeakMemory() as memory:
        start = perf_counter()
        train = prepare()
        prepared = perf_counter()
        embeddings = train()
        trained = perf_counter()
    seconds = trained - prepared
    return embeddings, [
        _score("words_per_second", words / seconds, "words/s", words, higher_is_better=True),
        _score("prepare_seconds", prepared - start, "s", words),
        _score("peak_bytes", memory.peak_bytes, "bytes", words),
        _score("train_seconds", seconds, "s", words),
    ]


def _score(
    metric: str, value: float, unit: str, words: int, *, higher_is_better: bool = False
) -> Score:
    return Score(
        metric=metric,
        value=value,
        unit=unit,
        higher_is_better=higher_is_better,
        n=words,
        coverage=float("nan"),
    )
