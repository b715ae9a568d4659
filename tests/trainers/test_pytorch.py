"""Plain PyTorch as a trainer: the same vectors, whether gradients are sparse or dense."""

import numpy as np
import pytest
from torch.optim import SGD

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences

CONFIG = SkipGramConfig(vector_size=8, epochs=2, sample=0)


@pytest.fixture(scope="module")
def corpus():
    random = np.random.RandomState(0)
    return corpus_from_sentences(random.choice(40, size=(50, 20)).astype(str).tolist(), min_count=1)


def train(name, corpus, config=CONFIG):
    losses = []
    prepared = trainers.load(name).prepare(corpus, config, "cpu", lambda *now: losses.append(now))
    return prepared(), losses


def test_dense_gradients_train_as_sparse_ones_do(corpus):
    sparse, _ = train("pytorch", corpus)
    dense, _ = train("pytorch_dense", corpus)

    assert np.abs(sparse.input_vectors - dense.input_vectors).max() < 1e-5
    assert np.abs(sparse.output_vectors - dense.output_vectors).max() < 1e-5
    assert np.abs(sparse.output_vectors).max() > 1e-3


@pytest.mark.parametrize(("name", "sparse"), [("pytorch", True), ("pytorch_dense", False)])
def test_gradients_are_as_the_name_says(name, sparse, corpus, monkeypatch):
    seen, step = set(), SGD.step

    def spy(self):
        seen.update(
            matrix.grad.is_sparse for group in self.param_groups for matrix in group["params"]
        )
        step(self)

    monkeypatch.setattr(SGD, "step", spy)

    train(name, corpus, CONFIG.replace(epochs=1))

    assert {sparse} == seen
