"""Exponents of cost are those of the trainer that is timed."""

import math

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.measures import Training, cost

CONFIG = SkipGramConfig(vector_size=4, sample=0)
VOCABULARIES = (100, 300, 1000)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(cost, "VOCABULARIES", VOCABULARIES)
    monkeypatch.setattr(cost, "SECONDS", 0.01)


class Sleeper:
    """A trainer that takes as long per word, and as much memory, as it is told, by its own clock."""

    def __init__(self, seconds, size=lambda V: 0):
        self.seconds, self.size, self.words, self.now = seconds, size, [], 0.0

    def prepare(self, corpus, config, device, progress):
        def train():
            self.words.append(len(corpus.tokens))
            V = len(corpus.vocab)
            block = np.ones(self.size(V), dtype=np.uint8)
            self.now += self.seconds(V) * len(corpus.tokens)
            progress(len(corpus.tokens), block.sum() * 0.0)
            self.now += 0.02  # vectors are handed over: no part of an update

        return train


def measured(sleeper, monkeypatch):
    monkeypatch.setattr(trainers, "load", lambda name: sleeper)
    monkeypatch.setattr(cost, "perf_counter", lambda: sleeper.now)
    found = cost.measure(Training("sleeper", None, CONFIG, "cpu", None))
    return {(score.metric, score.section): score for score in found.scores}


def test_seconds_of_a_pair_that_grow_as_the_vocabulary_have_exponent_1(monkeypatch):
    scores = measured(Sleeper(lambda V: 1e-7 * V), monkeypatch)

    exponent = scores["seconds_exponent", ""]
    pairs = cost.pairs_per_token(5, True)
    assert pytest.approx(1) == exponent.value
    assert exponent.low <= exponent.value <= exponent.high
    assert pytest.approx(1e-4 / pairs, rel=1e-6) == scores["seconds_per_pair", "1000"].value


def test_texts_grow_until_they_can_be_timed(monkeypatch):
    sleeper = Sleeper(lambda V: 1e-6)

    measured(sleeper, monkeypatch)

    assert cost.MIN_WORDS == sleeper.words[0]
    assert 0.01 / 1e-6 <= max(sleeper.words) <= 0.06 / 1e-6


def test_memory_that_grows_as_the_vocabulary_has_exponent_1(monkeypatch):
    sleeper = Sleeper(lambda V: 1e-5, lambda V: V << 19)

    exponent = measured(sleeper, monkeypatch)["bytes_exponent", ""]

    assert pytest.approx(1, abs=0.2) == exponent.value


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([5e5, 5e5, 5e5], 0.0),  # all of it is malloc's: it does not grow
        ([5e5, 1e8, 1e9], math.nan),  # two points make no interval
        ([1e8, 1e9, 1e10], 2.0),
    ],
)
def test_memory_counts_where_it_is_more_than_malloc_keeps(sizes, expected, monkeypatch):
    costs = iter([cost.Cost(1000, 1.0, 1.0, size) for size in sizes])
    monkeypatch.setattr(cost, "VOCABULARIES", (100, 316.23, 1000))
    monkeypatch.setattr(cost, "cost", lambda *_: next(costs))

    scores = cost.measure(Training("any", None, CONFIG, "cpu", None)).scores

    exponent = next(score.value for score in scores if score.metric == "bytes_exponent")
    assert pytest.approx(expected, abs=1e-4, nan_ok=True) == exponent


def test_the_text_is_drawn_from_zipfs_law_over_the_whole_vocabulary():
    corpus = cost.zipf_corpus(50, 40_000, seed=1)

    shares = np.bincount(corpus.tokens, minlength=50) / 40_000
    counts = corpus.vocab.counts
    assert 50 == len(corpus.vocab)
    assert pytest.approx((counts / counts.sum()).tolist(), abs=0.01) == shares.tolist()
    assert pytest.approx((49 + 3.7) / 3.7, rel=0.06) == counts[0] / counts[49]
    assert [0, 1000] == corpus.offsets[:2].tolist()
    assert 40_000 == corpus.offsets[-1]
