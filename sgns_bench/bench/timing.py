"""Measures speed and memory of a training run."""

from collections.abc import Callable
from time import perf_counter

from sgns_bench.embeddings import Embeddings
from sgns_bench.host.machine import PeakMemory
from sgns_bench.tasks import Score


def measure(
    prepare: Callable[[], Callable[[], Embeddings]], words: int, earlier_seconds: float = 0.0
) -> tuple[Embeddings, list[Score]]:
    """Prepare and train once, and time the two separately.

    ``words`` are the raw words that the training reads, all epochs together. The scores are
    ``words_per_second``, ``prepare_seconds``, ``peak_bytes`` (of the whole process, the corpus
    included) and ``train_seconds``. Of a training that goes on from a checkpoint, ``earlier_seconds``
    are those of the runs before.
    """
    with PeakMemory() as memory:
        start = perf_counter()
        train = prepare()
        prepared = perf_counter()
        embeddings = train()
        trained = perf_counter()
    seconds = earlier_seconds + trained - prepared
    speed = words / seconds
    return embeddings, [
        Score(
            metric="words_per_second", value=speed, unit="words/s", higher_is_better=True, n=words
        ),
        Score.cost("prepare_seconds", prepared - start, "s", words),
        Score.cost("peak_bytes", memory.peak_bytes, "bytes", words),
        Score.cost("train_seconds", seconds, "s", words),
    ]
