import numpy as np
import pytest
from scipy import stats

from sgns_bench.stats import Difference, compare_accuracies, compare_correlations, welch
from sgns_bench.stats.testing import mcnemar

SIMULATIONS = 300
SLACK = 4 * np.sqrt(0.05 * 0.95 / SIMULATIONS)  # 4 standard deviations of a share of them

# Correlations of A with the ratings, of B with them, and of A with B.
ALIKE = [(0.3, 0.3, 0.5), (0.7, 0.7, 0.9)]
UNLIKE = [(0.7, 0.5, 0.6), (0.4, 0.3, 0.8)]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr("sgns_bench.stats.differences.RESAMPLES", 150)


def draw(correlations, n, size=SIMULATIONS, seed=1):
    """(size, 3, n) of A, B and the ratings."""
    a, b, both = correlations
    covariance = [[1, both, a], [both, 1, b], [a, b, 1]]
    return (
        np.random.default_rng(seed)
        .multivariate_normal([0, 0, 0], covariance, (size, n))
        .swapaxes(1, 2)
    )


def spearman(pearson):
    """Of normal variables: Kruskal 1958."""
    return 6 / np.pi * np.arcsin(pearson / 2)


def compare(case):
    return compare_correlations(*case, "spearman")


def covers(difference, truth):
    return difference.low <= truth <= difference.high


def test_welch_is_scipys():
    a, b = [1.0, 2.0, 4.0], [2.0, 2.5, 3.5, 9.0]
    oracle = stats.ttest_ind(a, b, equal_var=False).confidence_interval()

    found = welch(a, b)

    assert pytest.approx((np.mean(a) - np.mean(b), *oracle)) == found
    assert not found.is_real


def test_one_seed_shows_no_real_difference():
    found = welch([3.0], [1.0, 1.1])

    assert pytest.approx(1.95) == found.mean
    assert np.isnan(found[1:]).all()
    assert not found.is_real


def test_seeds_without_noise_differ_for_certain():
    assert Difference(1.0, 1.0, 1.0) == welch([2.0, 2.0], [1.0, 1.0])


def test_interval_of_welch_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)

    found = [welch(rng.normal(1, 1, 8), rng.normal(0, 4, 5)) for _ in range(2000)]

    slack = 4 * np.sqrt(0.05 * 0.95 / 2000)
    assert abs(np.mean([covers(difference, 1) for difference in found]) - 0.95) <= slack


def test_accuracies_are_compared_item_by_item():
    a = np.array([True, True, True, False, True, False])
    b = np.array([True, False, False, True, False, False])

    found = compare_accuracies(a, b)

    assert pytest.approx((3 - 1) / 6) == found.difference.mean
    assert (mcnemar(3, 1), 6) == (found.p, found.n)
    assert found.difference.low < 0 < found.difference.high


def test_what_answers_alike_is_never_different():
    a = np.random.default_rng(3).random(500) < 0.4

    found = compare_accuracies(a, a.copy())

    assert (0.0, 1.0) == (found.difference.mean, found.p)
    assert not found.difference.is_real
    assert 0 < found.detectable < 0.03


@pytest.mark.parametrize(
    "shares", [(0.3, 0.1), (0.1, 0.1), (0.05, 0.02), (0.01, 0.01), (0.002, 0.001), (0, 0)]
)
@pytest.mark.parametrize("n", [50, 1000])
def test_interval_of_accuracies_covers_the_truth_as_often_as_it_says(n, shares):
    rng = np.random.default_rng(4)
    fates = rng.choice(3, size=(SIMULATIONS, n), p=[*shares, 1 - sum(shares)])

    found = [compare_accuracies(fate == 0, fate == 1).difference for fate in fates]

    covered = np.mean([covers(difference, shares[0] - shares[1]) for difference in found])
    assert covered >= 0.95 - SLACK
    assert covered <= 0.95 + SLACK or n * min(shares) < 5  # wide rather than wrong


def questions(pairs, shared, seed=5):
    """Whether A and B, equally good, are right, if all pairs ask for each other; the pairs."""
    rng = np.random.default_rng(seed)
    first, second = np.nonzero(~np.eye(pairs, dtype=bool))
    for _ in range(SIMULATIONS):
        helped, known = rng.normal(size=(2, 2, pairs))
        luck = rng.normal(size=(2, len(first)))
        a, b = shared * (helped[:, first] + known[:, second]) + luck > 0
        yield a, b, [first, second]


def test_questions_that_share_pairs_tell_equals_apart_no_more_often_than_they_should():
    alone, grouped = [], []
    for a, b, groups in questions(pairs=40, shared=0.4):
        alone.append(compare_accuracies(a, b))
        grouped.append(compare_accuracies(a, b, groups=groups))

    assert np.mean([found.p <= 0.05 for found in alone]) > 0.3  # what it is good for
    assert np.mean([found.p <= 0.05 for found in grouped]) <= 0.05 + SLACK
    assert np.mean([covers(found.difference, 0) for found in grouped]) >= 0.95 - SLACK


def test_groups_that_share_nothing_change_little():
    a, b, groups = next(questions(pairs=40, shared=0.0))
    numbers = [np.arange(len(a))]

    found = compare_accuracies(a, b)

    for each in (groups, numbers):
        grouped = compare_accuracies(a, b, groups=each)
        assert found.difference.mean == grouped.difference.mean
        assert found.p <= grouped.p <= found.p + 0.1
        assert found.detectable <= grouped.detectable <= 1.2 * found.detectable


def test_one_group_of_all_says_nothing():
    a, b = np.array([[True] * 9, [False] * 9])

    found = compare_accuracies(a, b, groups=[np.zeros(9, dtype=np.int64), np.arange(9)])

    assert ((1.0, -1.0, 1.0), 1.0, 1.0) == (found.difference, found.p, found.detectable)


def test_a_group_that_repeats_its_items_counts_as_one_item():
    a, b, _ = next(questions(pairs=10, shared=0.0))
    once = compare_accuracies(a, b, groups=[np.arange(90)])

    tenfold = compare_accuracies(a.repeat(10), b.repeat(10), groups=[np.arange(90).repeat(10)])

    assert pytest.approx(once.difference, abs=0.02) == tenfold.difference
    assert pytest.approx(once.p, abs=0.1) == tenfold.p
    assert compare_accuracies(a.repeat(10), b.repeat(10)).p < 0.001


def test_correlations_are_compared_on_the_same_items():
    a, b, ratings = draw((0.7, 0.5, 0.6), n=80, size=1)[0]
    oracle = stats.spearmanr(a, ratings)[0] - stats.spearmanr(b, ratings)[0]

    found = compare_correlations(a, b, ratings, "spearman")

    assert pytest.approx(oracle) == found.difference.mean
    assert pytest.approx(oracle) == (found.difference.low + found.difference.high) / 2
    assert found == compare_correlations(a, b, ratings, "spearman")
    assert 80 == found.n


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_what_correlates_alike_is_never_different(method):
    a, _, ratings = draw((0.7, 0.5, 0.6), n=50, size=1)[0]

    difference, p, detectable, _ = compare_correlations(a, a.copy(), ratings, method)

    assert ((0, 0, 0), 1.0, 0.0) == (difference, p, detectable)
    assert not difference.is_real


def test_what_does_not_vary_is_not_compared():
    a, ratings = np.arange(10.0), np.arange(10.0)

    found = compare_correlations(a, np.ones(10), ratings, "spearman")

    assert 1.0 == found.p
    assert np.isnan([*found.difference, found.detectable]).all()


def test_right_about_all_differs_from_wrong_about_all():
    a = np.arange(20.0)

    assert 0.0 == compare_correlations(a, -a, a, "spearman").p


@pytest.mark.parametrize("correlations", UNLIKE)
def test_interval_of_correlations_covers_the_truth_as_often_as_it_says(correlations):
    truth = spearman(correlations[0]) - spearman(correlations[1])

    found = [compare(case).difference for case in draw(correlations, n=50)]

    covered = np.mean([covers(difference, truth) for difference in found])
    assert abs(covered - 0.95) <= SLACK


@pytest.mark.parametrize(("correlations", "n"), [(ALIKE[0], 30), (ALIKE[1], 50)])
def test_correlations_that_are_equal_are_told_apart_no_more_often_than_they_should(correlations, n):
    found = [compare(case) for case in draw(correlations, n, seed=2)]

    assert np.mean([each.p <= 0.05 for each in found]) <= 0.05 + SLACK
    assert np.mean([covers(each.difference, 0) for each in found]) >= 0.95 - SLACK


def test_a_detectable_difference_of_correlations_is_found_with_the_power_it_promises():
    detectable = np.mean([compare(case).detectable for case in draw((0.5, 0.5, 0.8), 80, size=100)])
    apart = [r for r in np.arange(0.5, 0.8, 0.001) if spearman(r) - spearman(0.5) >= detectable]

    found = [compare(case).p for case in draw((apart[0], 0.5, 0.8), 80, seed=3)]

    assert abs(np.mean(np.array(found) <= 0.05) - 0.8) <= 4 * np.sqrt(0.8 * 0.2 / SIMULATIONS)
