"""The law u·v = PMI - log k is found where it holds, and its failing where it does not."""

import numpy as np
import pytest

from sgns_bench import measures
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.corpus.cooccurrence import expected_counts
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.measures import Training, pmi
from sgns_bench.sampling.noise import NoiseDistribution

CONFIG = SkipGramConfig(window=2, sample=0.02, negative=3, ns_exponent=0.75)
V = 12


@pytest.fixture(scope="module")
def corpus():
    random = np.random.RandomState(0)
    zipf = 1 / np.arange(1, V + 1)
    sentences = random.choice(V, size=(80, 20), p=zipf / zipf.sum()).astype(str).tolist()
    return corpus_from_sentences(sentences, min_count=1)


def pmi_matrix(corpus):
    """(V, V): log P(center | context) / P_n(center), by its definition; NaN where there is none."""
    counts = expected_counts(corpus, CONFIG).toarray()
    noise = NoiseDistribution(corpus.vocab.counts, CONFIG.ns_exponent).probabilities
    with np.errstate(divide="ignore"):
        matrix = np.log(counts / counts.sum(axis=1, keepdims=True) / noise)
    return np.where(counts >= pmi.MIN_COUNT, matrix, np.nan), counts


def measured(corpus, dots):
    """Measure vectors whose products are these: one dimension per word."""
    exact = np.eye(V, dtype=np.float32)
    embeddings = Embeddings(corpus.vocab, np.nan_to_num(dots).astype(np.float32), exact)
    found = pmi.measure(Training("sgns", corpus, CONFIG, "cpu", embeddings))
    return {score.metric: score for score in found.scores}, found.points


def test_vectors_that_factorise_pmi_less_log_k_are_on_the_line_of_the_theory(corpus):
    matrix, _ = pmi_matrix(corpus)

    scores, _ = measured(corpus, matrix - np.log(3))

    values = [scores[name].value for name in ("r2", "slope", "intercept", "shift")]
    assert pytest.approx([1.0, 1.0, -np.log(3), -np.log(3)], abs=1e-5) == values


def test_the_line_is_that_of_weighted_least_squares(corpus):
    matrix, counts = pmi_matrix(corpus)
    noise = np.random.RandomState(1).normal(size=(V, V))
    dots = 0.5 * matrix - 2 + noise
    often = np.isfinite(matrix)
    x, y, weight = matrix[often], dots[often].astype(np.float32), counts[often]

    scores, _ = measured(corpus, dots)

    slope, intercept = np.polyfit(x, y, 1, w=np.sqrt(weight))
    mean = np.average(y, weights=weight)
    left = np.average((y - slope * x - intercept) ** 2, weights=weight)
    r2 = 1 - left / np.average((y - mean) ** 2, weights=weight)
    expected = [r2, slope, intercept, np.average(y - x, weights=weight)]
    values = [scores[name].value for name in ("r2", "slope", "intercept", "shift")]
    assert pytest.approx(expected, abs=1e-5) == values


def test_intervals_hold_the_values_and_the_share_of_pairs_is_told(corpus):
    matrix, counts = pmi_matrix(corpus)
    often = np.isfinite(matrix)

    scores, _ = measured(corpus, matrix + np.random.RandomState(2).normal(size=(V, V)))

    for score in scores.values():
        assert score.low < score.value < score.high
        assert often.sum() == score.n
        assert pytest.approx(counts[often].sum() / counts.sum()) == score.coverage
    assert 0 < scores["slope"].high - scores["slope"].low < 2


def test_the_points_of_the_plot_are_pairs_of_the_fit(corpus):
    matrix, _ = pmi_matrix(corpus)

    _, points = measured(corpus, matrix - np.log(3))

    assert len(points["x"]) == len(points["y"]) == pmi.SHOWN
    assert np.subtract(points["x"], points["y"]).tolist() == pytest.approx(
        [np.log(3)] * pmi.SHOWN, abs=2e-3
    )


def test_a_corpus_where_no_pair_is_seen_often_is_refused():
    corpus = corpus_from_sentences([["a", "b"], ["c", "d"]], min_count=1)
    vectors = np.ones((4, 2), dtype=np.float32)
    embeddings = Embeddings(corpus.vocab, vectors, vectors)

    with pytest.raises(DatasetError, match="no two words of sentences are paired 5 times"):
        pmi.measure(Training("sgns", corpus, CONFIG, "cpu", embeddings))


def test_an_unknown_measure_is_answered_by_the_nearest():
    with pytest.raises(UnknownName, match="no measure named 'pmj'; did you mean 'pmi'"):
        measures.load("pmj")
