"""Pieces are timed beside their references, and what changes their speed changes the numbers."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.measures import Training, _benchmarks, speedups
from sgns_bench.measures._benchmarks import Benchmark

WORDS = [*"abcdefghijklmnopqrst"]


@pytest.fixture
def training(monkeypatch):
    for name in ("WORDS", "REFERENCE_WORDS"):
        monkeypatch.setattr(_benchmarks, name, 2_000)
    monkeypatch.setattr(_benchmarks, "QUESTIONS", 100)
    monkeypatch.setattr(_benchmarks, "REFERENCE_QUESTIONS", 10)
    rng = np.random.default_rng(1)
    corpus = corpus_from_sentences(rng.choice(WORDS, size=(150, 20)).tolist(), min_count=1)
    config = SkipGramConfig(vector_size=8, epochs=1, min_count=1)
    return Training("sgns", corpus, config, "cpu", trainers.train(corpus, config))


class Clock:
    """A clock that only those move who say that they take time."""

    def __init__(self):
        self.now = 0.0

    def takes(self, *seconds):
        """Return a run that takes so long; each time the next of these, and then the first."""
        each = itertools.cycle(seconds)

        def run():
            self.now += next(each)

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(speedups, "perf_counter", lambda: clock.now)
    return clock


def test_every_piece_has_a_ratio_and_the_whole_its_memory(training, monkeypatch):
    monkeypatch.setattr(speedups, "ratio", lambda benchmark: 2.0)

    scores = {score.metric: score for score in speedups.measure(training).scores}

    assert {
        "end_to_end", "end_to_end_bytes", "kernel", "cbow", "encoder", "analogies", "softmax",
    } == set(scores)  # fmt: skip
    assert scores.pop("end_to_end_bytes").higher_is_better is False
    assert {(2.0, "x", True)} == {(s.value, s.unit, s.higher_is_better) for s in scores.values()}
    assert all(math.isnan(score.coverage) for score in scores.values())


def test_all_benchmarks_run_as_often_as_they_are_asked(training, tmp_path):
    for benchmark in _benchmarks.benchmarks(training, tmp_path).values():
        assert 0 < speedups.ratio(benchmark._replace(rounds=2)) < math.inf


def test_a_ratio_is_one_of_rates_and_one_slow_round_does_not_move_it(clock):
    run, reference = clock.takes(4.0, 50.0, 4.0), clock.takes(2.0)
    benchmark = Benchmark(lambda: run, lambda: reference, work=8, reference_work=1, rounds=3)

    assert 4.0 == speedups.ratio(benchmark)


def test_what_prepares_is_not_timed(clock):
    def prepare():
        clock.now += 100.0
        return clock.takes(3.0)

    assert 3.0 == speedups.seconds(prepare)


def test_a_text_is_never_found_in_the_cache(training, tmp_path):
    benchmark = _benchmarks.benchmarks(training, tmp_path)["end_to_end"]

    for _ in range(2):
        benchmark.prepare()()

    assert 2 == len(list(tmp_path.glob("cache-*/corpora/*")))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux alone resets it")
def test_memory_is_what_a_run_adds():
    held = bytearray(50 << 20)

    grown = speedups.grown_bytes(lambda: b"x" * (64 << 20))  # more than malloc keeps for itself

    assert len(held) == 50 << 20
    assert 50 << 20 < grown < 100 << 20  # others may need some meanwhile
