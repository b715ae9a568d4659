import numpy as np
import pytest
from scipy import stats

from sgns_bench.stats import (
    bootstrap_correlation,
    correlation,
    grouped_wilson,
    mean_interval,
    slope_interval,
    wilson,
)

TOLERANCE = 4  # standard deviations of a share of simulations: 1 in 16,000 is further off


def is_covered(truth, intervals, share=0.95):
    """Whether so many intervals as they should hold the truth, give or take."""
    low, high = np.transpose(intervals)
    slack = TOLERANCE * np.sqrt(share * (1 - share) / len(intervals))
    return abs(np.mean((low <= truth) & (truth <= high)) - share) <= slack


@pytest.mark.parametrize(("successes", "n"), [(10, 40), (0, 7), (7, 7), (1, 1), (499, 1000)])
def test_wilson_interval_is_scipys(successes, n):
    oracle = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")

    assert pytest.approx((oracle.low, oracle.high)) == wilson(successes, n)


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


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.5])
def test_wilson_interval_covers_the_truth_as_often_as_it_says(truth):
    successes = np.random.default_rng(1).binomial(400, truth, size=2000)

    intervals = [wilson(k, 400) for k in successes]

    assert is_covered(truth, intervals)


def crossed(pairs, shared, rng):
    """Whether items, one for each two of some pairs, are right; the pairs."""
    first, second = np.nonzero(~np.eye(pairs, dtype=bool))
    helped, known = rng.normal(size=(2, pairs))
    luck = rng.normal(size=len(first))
    return shared * (helped[first] + known[second]) + luck > 0.5, [first, second]


@pytest.mark.parametrize("pairs", [20, 60])
@pytest.mark.parametrize("shared", [0.5, 2.0])
def test_grouped_interval_covers_the_truth_where_wilsons_does_not(pairs, shared):
    rng = np.random.default_rng(7)
    truth = stats.norm.sf(0.5 / np.sqrt(1 + 2 * shared**2))
    cases = [crossed(pairs, shared, rng) for _ in range(400)]

    grouped = np.array([grouped_wilson(*case) for case in cases])
    alone = np.array([wilson(right.sum(), len(right)) for right, _ in cases])

    assert is_covered(truth, grouped)
    assert np.mean((alone[:, 0] <= truth) & (truth <= alone[:, 1])) < 0.8


def test_items_of_their_own_are_no_group():
    right = np.random.default_rng(8).random(500) < 0.3

    found = grouped_wilson(right, [np.arange(500)])

    assert pytest.approx(wilson(right.sum(), 500), abs=0.002) == found


@pytest.mark.parametrize("right", [True, False])
def test_where_all_is_right_or_wrong_a_group_counts_as_one(right):
    groups = [np.arange(100) // 10, np.arange(100) // 5]

    found = grouped_wilson(np.full(100, right), groups)

    assert wilson(10 * right, 10) == found


def test_one_group_of_all_counts_as_one_item():
    right = np.array([True, False] * 10)

    assert wilson(0.5, 1) == grouped_wilson(right, [np.zeros(20, dtype=np.int64)])


def test_a_share_of_no_items_is_unknown():
    assert np.isnan(grouped_wilson(np.zeros(0, dtype=bool), [np.zeros(0)])).all()


@pytest.mark.parametrize(("n", "rho"), [(30, 0.7), (60, 0.3)])
def test_bootstrap_interval_covers_the_truth_as_often_as_it_says(n, rho, monkeypatch):
    monkeypatch.setattr("sgns_bench.stats.intervals.RESAMPLES", 300)
    cases = np.random.default_rng(4).multivariate_normal(
        [0, 0], [[1, rho], [rho, 1]], size=(300, n)
    )

    intervals = [bootstrap_correlation(*case.T, "spearman") for case in cases]

    assert is_covered(6 / np.pi * np.arcsin(rho / 2), intervals)


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


def test_mean_sd_and_interval_are_those_of_student():
    values = [1.0, 2.0, 3.0, 6.0]
    oracle = stats.ttest_1samp(values, 0).confidence_interval(0.95)

    found = mean_interval(values)

    assert pytest.approx((3.0, np.sqrt(14 / 3), *oracle)) == found


def test_one_value_has_no_interval():
    value, *rest = mean_interval([2.0])

    assert 2.0 == value
    assert np.isnan(rest).all()


@pytest.mark.parametrize("n", [2, 3, 10])
def test_interval_of_a_mean_covers_the_truth_as_often_as_it_says(n):
    samples = np.random.default_rng(5).normal(7, 3, size=(2000, n))

    intervals = [mean_interval(sample)[2:] for sample in samples]

    assert is_covered(7, intervals)


def test_slope_of_a_line_is_the_slope():
    value, sd, low, high = slope_interval([1, 2, 4], [3, 5, 9])

    assert pytest.approx((2, 0, 2, 2)) == (value, sd, low, high)


def test_two_points_give_a_slope_without_an_interval():
    value, *rest = slope_interval([1, 2], [3, 5])

    assert 2 == value
    assert np.isnan(rest).all()


def test_interval_of_a_slope_covers_the_truth_as_often_as_it_says():
    x = np.array([1.0, 2.0, 3.0, 5.0, 8.0])
    noise = np.random.default_rng(6).normal(size=(1000, len(x)))

    fits = [slope_interval(x, 2 - 0.5 * x + e) for e in noise]

    assert is_covered(-0.5, [fit[2:] for fit in fits])
    assert pytest.approx(1, rel=0.05) == np.sqrt(np.mean([fit.sd**2 for fit in fits]))
