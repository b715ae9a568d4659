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
