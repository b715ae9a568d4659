"""Every objective finds the relations that were planted in a text; a mean over batches does not."""

import pytest

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.tasks import evaluate

CONFIG = SkipGramConfig(epochs=3, alpha=0.05)


def accuracy(trainer: str, config: SkipGramConfig) -> float:
    corpus = load_corpus("planted", min_count=5)
    embeddings = trainers.train(corpus, config, trainer=trainer)
    return evaluate(embeddings.word_vectors(), "planted-analogies").scores[0].value


@pytest.mark.slow
@pytest.mark.parametrize("trainer", ["sgns", "nce", "sampled_softmax", "gensim_hs", "gensim_cbow"])
def test_it_answers_nine_in_ten_analogies(trainer):
    assert accuracy(trainer, CONFIG) > 0.9


@pytest.mark.slow
def test_ours_answers_as_many_as_gensims():
    assert accuracy("sgns", CONFIG) == pytest.approx(accuracy("gensim_sgns", CONFIG), abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("negative", "low", "high"), [(1, 0.8, 1.0), (5, 0.0, 0.1)])
def test_a_factorisation_does_unless_the_shift_leaves_nothing(negative, low, high):
    assert low <= accuracy("sppmi_svd", CONFIG.replace(negative=negative)) <= high


@pytest.mark.slow
def test_a_mean_over_batches_answers_none():
    assert accuracy("minibatch_mean", CONFIG) < 0.1
