import numpy as np
import pytest
from scipy import stats

from sgns_bench.stats import bootstrap_correlation, correlation, wilson


def test_wilson_interval_is_that_of_the_formula():
    n, p, z = 40, 0.25, stats.norm.ppf(0.975)
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))

    interval = wilson(10, 40)

    assert interval == pytest.approx((middle - half, middle + half))


def test_wilson_interval_says_something_even_about_no_success():
    low, high = wilson(0, 10)

    assert low == 0
    assert high == pytest.approx(0.2775, abs=1e-4)


def test_wilson_interval_of_nothing_is_unknown():
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize(
    ("method", "oracle"), [("pearson", stats.pearsonr), ("spearman", stats.spearmanr)]
)
def test_correlation_is_scipys_row_by_row(method, oracle):
    x, y = np.random.default_rng(2).integers(8, size=(2, 5, 30)).astype(float)  # with ties

    values = correlation(x, y, method)

    assert values == pytest.approx([oracle(a, b)[0] for a, b in zip(x, y, strict=True)])


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlation_with_a_constant_is_nan(method):
    constant = np.full(3, 0.1)

    assert np.isnan(correlation(constant, np.array([1.0, 2.0, 3.0]), method))


def test_bootstrap_repeats_itself():
    x, y = np.random.default_rng(3).normal(size=(2, 50))

    first, second = (bootstrap_correlation(x, y, "spearman") for _ in range(2))

    assert first == second


def test_bootstrap_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    cases = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=(200, 60))

    intervals = [
        bootstrap_correlation(*case.T, "pearson", level=0.9, resamples=200) for case in cases
    ]

    covered = np.mean([low <= 0.5 <= high for low, high in intervals])
    assert 0.82 <= covered <= 0.96


def test_bootstrap_of_a_perfect_correlation_is_a_point():
    x = np.arange(20.0)

    assert bootstrap_correlation(x, x**3, "spearman") == pytest.approx((1, 1))


def test_bootstrap_leaves_out_resamples_that_do_not_vary():
    x = np.arange(3.0)  # one resample in nine repeats a single pair

    assert np.isfinite(bootstrap_correlation(x, x[::-1], "pearson")).all()


@pytest.mark.parametrize("x", [[], [1, 2], [1, 1, 1, 1]])
def test_bootstrap_of_too_little_is_unknown(x):
    x = np.array(x, dtype=float)

    assert np.isnan(bootstrap_correlation(x, x, "pearson")).all()
