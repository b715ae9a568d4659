"""Speed of each hot path as a multiple of its reference's, the two timed in turns.

Times on a shared machine change by half within minutes, but alike for a benchmark and its
reference. Their ratio therefore compares versions of this package; see :mod:`sgns_bench.regression`.

| metric | benchmark | reference |
|---|---|---|
| ``kernel`` | the trainer, one thread | gensim's Word2Vec, one thread |
| ``encoder`` | a text to token ids, one thread | ``str.split`` and ``Counter``, which only count |
| ``analogies`` | a pass over questions | gensim's ``most_similar``, one by one |
| ``softmax`` | an update of full softmax | the three matrix products in it |
| ``end_to_end`` | from a text to saved vectors | gensim's Word2Vec, from ``corpus_file`` |

``end_to_end_bytes`` is the peak memory of ``end_to_end`` less the process's memory before it.
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
    """Run all benchmarks on the corpus of a training, with its settings, for one epoch."""
    scores = []
    # Small matrix products gain nothing from threads, which wait for each other on a busy machine.
    with (
        TemporaryDirectory(prefix="sgns_bench_", ignore_cleanup_errors=True) as folder,
        one_torch_thread(),
        threadpool_limits(1),
    ):
        for name, benchmark in benchmarks(training, Path(folder)).items():
            taken = grown_bytes(benchmark.prepare())  # a first time that is not timed
            benchmark.prepare_reference()()
            n = round(benchmark.work)
            speed = ratio(benchmark)
            scores.append(Score(metric=name, value=speed, unit="x", higher_is_better=True, n=n))
            if name == "end_to_end":
                scores.append(Score.cost("end_to_end_bytes", taken, "bytes", n))
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
    """Return the seconds of a run, without its preparation."""
    run = prepare()
    start = perf_counter()
    run()
    return perf_counter() - start


def grown_bytes(run: Run) -> float:
    """Return the peak memory of this process during a run less its memory before, in bytes."""
    gc.collect()
    with PeakMemory() as memory:
        before = memory.so_far()
        run()
    return memory.peak_bytes - before
