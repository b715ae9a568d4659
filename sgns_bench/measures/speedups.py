"""How many times as fast as its reference each hot piece is, the two timed in turns.

Seconds on a shared machine change by half within minutes, for a piece as for its reference: their
ratio is what versions of this package can be compared by; see :mod:`sgns_bench.compare`.

| metric | the piece | its reference |
|---|---|---|
| ``kernel`` | the trainer, one thread | gensim's Word2Vec, one thread |
| ``encoder`` | a text to token ids, one thread | ``str.split`` and ``Counter``, which only count |
| ``analogies`` | a pass over questions | gensim's ``most_similar``, one by one |
| ``softmax`` | an update of full softmax | the three matrix products in it |
| ``end_to_end`` | from a text to saved vectors | gensim's Word2Vec, from ``corpus_file`` |

``end_to_end_bytes`` is the most memory that the last one takes beyond what the process had.
"""

import gc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from sgns_bench.host.machine import PeakMemory, one_torch_thread
from sgns_bench.measures import Measurement, Training
from sgns_bench.measures._benchmarks import Benchmark, Run, benchmarks
from sgns_bench.tasks import Score


def measure(training: Training) -> Measurement:
    """Time all benchmarks on the corpus of a training, with its settings but one epoch."""
    scores = []
    # Small products gain nothing from more threads; on a busy machine they wait for each other.
    with (
        TemporaryDirectory(prefix="sgns_bench_", ignore_cleanup_errors=True) as folder,
        one_torch_thread(),
        threadpool_limits(1),
    ):
        for name, benchmark in benchmarks(training, Path(folder)).items():
            taken = grown_bytes(benchmark.prepare())  # a first time that is not timed
            benchmark.prepare_reference()()
            scores.append(_score(name, ratio(benchmark), "x", benchmark, higher_is_better=True))
            if name == "end_to_end":
                scores.append(_score("end_to_end_bytes", taken, "bytes", benchmark))
    return Measurement(scores, {})


def ratio(benchmark: Benchmark) -> float:
    """Return how many times the reference's rate a benchmark works at: the median of its rounds."""
    ratios = []
    for _ in range(benchmark.rounds):
        taken = seconds(benchmark.prepare)
        reference = seconds(benchmark.prepare_reference)
        ratios.append(benchmark.work / taken / (benchmark.reference_work / reference))
    return float(np.median(ratios))


def seconds(prepare: Callable[[], Run]) -> float:
    """Prepare something; run it, and return how long that alone took."""
    run = prepare()
    start = perf_counter()
    run()
    return perf_counter() - start


def grown_bytes(run: Run) -> float:
    """Return the most memory that this process held in a run, beyond what it held before."""
    gc.collect()
    with PeakMemory() as memory:
        before = memory.so_far()
        run()
    return memory.peak_bytes - before


def _score(
    metric: str, value: float, unit: str, benchmark: Benchmark, *, higher_is_better: bool = False
) -> Score:
    return Score(
        metric=metric, value=value, unit=unit, higher_is_better=higher_is_better,
        n=round(benchmark.work), coverage=float("nan"),
    )  # fmt: skip
