"""Speed is that of the training alone; what comes before is a number of its own."""

from time import sleep

import numpy as np
import pytest

from sgns_bench.bench.timing import measure
from sgns_bench.embeddings import Embeddings
from sgns_bench.vocab import Vocab


@pytest.fixture
def embeddings():
    vectors = np.zeros((1, 2), dtype=np.float32)
    return Embeddings(Vocab(["a"], np.array([3])), vectors, vectors)


def test_preparation_is_timed_apart_from_training(embeddings):
    def prepare():
        sleep(0.2)
        return lambda: embeddings

    trained, scores = measure(prepare, 1000)

    by_metric = {score.metric: score.value for score in scores}
    assert embeddings is trained
    assert by_metric["prepare_seconds"] >= 0.2
    assert by_metric["train_seconds"] < 0.1


def test_words_per_second_are_words_over_seconds_of_training(embeddings):
    def train():
        sleep(0.05)
        return embeddings

    _, scores = measure(lambda: train, 1000)

    by_metric = {score.metric: score.value for score in scores}
    assert 1000 == pytest.approx(by_metric["words_per_second"] * by_metric["train_seconds"])
    assert by_metric["train_seconds"] >= 0.05


def test_peak_memory_counts_what_training_held(embeddings):
    megabytes = 64

    def train():
        held = np.ones(megabytes << 20, dtype=np.uint8)
        return embeddings if held[-1] else None

    _, before = measure(lambda: lambda: embeddings, 1)
    _, scores = measure(lambda: train, 1)

    quiet, peak = (
        next(s.value for s in found if s.metric == "peak_bytes") for found in (before, scores)
    )
    assert peak - quiet > 0.8 * (megabytes << 20)
