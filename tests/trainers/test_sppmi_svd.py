import numpy as np
import pytest
from scipy.sparse import csr_matrix

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.errors import DatasetError
from sgns_bench.trainers import sppmi_svd
from sgns_bench.trainers.sppmi_svd import factors, shifted_positive_pmi

CONFIG = SkipGramConfig(vector_size=4, window=3, negative=1, sample=0.0)


def train(corpus, config=CONFIG, progress=lambda words, loss: None):
    return sppmi_svd.prepare(corpus, config, "cpu", progress)()


def sparse(V: int) -> csr_matrix:
    """A random matrix, one number in ten."""
    rng = np.random.default_rng(0)
    return csr_matrix(np.where(rng.random((V, V)) < 0.1, rng.random((V, V)), 0.0))


def test_numbers_are_log_odds_against_the_noise_less_log_k_where_positive():
    corpus = corpus_from_sentences([list("aab"), list("abc")] * 5, min_count=1)
    config = CONFIG.replace(window=1, shrink_windows=False, negative=2, ns_exponent=0.5)
    rows = [corpus.vocab.index[word] for word in "abc"]

    M = shifted_positive_pmi(corpus, config).toarray()[np.ix_(rows, rows)]

    pairs = np.array([[2, 2, 0], [2, 0, 1], [0, 1, 0]]) * 5.0
    noise = np.sqrt([3, 2, 1]) / np.sqrt([3, 2, 1]).sum()
    with np.errstate(divide="ignore"):
        expected = np.log(pairs / pairs.sum(axis=1, keepdims=True) / noise / 2)
    np.testing.assert_allclose(M, np.maximum(expected, 0))
    assert 1 == np.count_nonzero(M)


def test_as_many_dimensions_as_words_give_the_matrix_back(two_islands):
    M = shifted_positive_pmi(two_islands, CONFIG)

    W, C = factors(M, 12, seed=1)

    np.testing.assert_allclose(W @ C.T, M.toarray(), atol=1e-6)
    assert not W[:, 10:].any()


@pytest.mark.parametrize("dense", [True, False])
def test_fewer_dimensions_give_the_best_matrix_of_their_rank(monkeypatch, dense):
    M = sparse(60)
    monkeypatch.setattr(sppmi_svd, "DENSE_WORDS", 60 if dense else 0)
    spectrum = np.linalg.svd(M.toarray(), compute_uv=False)

    W, C = factors(M, 5, seed=1)

    error = np.linalg.norm(M.toarray() - W @ C.T)
    assert pytest.approx(np.sqrt((spectrum[5:] ** 2).sum()), rel=1e-5) == error
    for side in (W, C):
        np.testing.assert_allclose(side.T @ side, np.diag(spectrum[:5]), atol=1e-5)


def test_the_solver_begins_where_the_seed_says(monkeypatch):
    monkeypatch.setattr(sppmi_svd, "DENSE_WORDS", 0)

    first, again, other = (factors(sparse(60), 5, seed)[0] for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(np.abs(first), np.abs(other), atol=1e-4)


def test_a_shift_beyond_all_attraction_is_an_error(two_islands):
    with pytest.raises(DatasetError, match="no two words meet 500 times as often"):
        train(two_islands, CONFIG.replace(negative=500))


def test_a_noise_probability_that_vanishes_is_no_attraction(two_islands):
    M = shifted_positive_pmi(two_islands, CONFIG.replace(ns_exponent=-3_000.0))

    assert np.isfinite(M.data).all()
