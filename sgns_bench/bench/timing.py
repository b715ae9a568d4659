"""Measures speed and memory of a training run."""

from collections.abc import Callable
from time import perf_counter

from sgns_bench.embeddings import Embeddings
from sgns_bench.host.machine import PeakMemory
from sgns_bench.tasks import Score


def measure(
    prepare: Callable[[], Callable[[], Embeddings]], words: int
) -> tuple[Embeddings, list[Score]]:
    """Prepare and train once, and time the two separately.

    Args:
        prepare: sets up and compiles; returns the function that trains.
        words: raw words that the training reads, before subsampling, all epochs together.

    Returns:
        The embeddings, and scores ``words_per_second``, ``prepare_seconds``,
        ``peak_bytes`` (of the whole process, the corpus included) and ``train_seconds``.
    """
    with PeakMemory() as memory:
        start = perf_counter()
        train = prepare()
        prepared = perf_counter()
        embeddings = train()
        trained = perf_counter()
    seconds = trained - prepared
    numbers = [
        ("words_per_second", words / seconds, "words/s"),
        ("prepare_seconds", prepared - start, "s"),
        ("peak_bytes", memory.peak_bytes, "bytes"),
        ("train_seconds", seconds, "s"),
    ]
    return embeddings, [
        Score(
            metric=metric, value=value, unit=unit, higher_is_better=metric == "words_per_second",
            n=words, coverage=float("nan"),
        )
        for metric, value, unit in numbers
    ]  # fmt: skip
