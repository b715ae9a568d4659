"""What counts as worse, and how often it is said wrongly."""

import numpy as np
import pytest

from sgns_bench.errors import NotComparable
from sgns_bench.regression.gates import MIN_REPEATS, SIGNIFICANT, judge

RUNS = 200
REPEATS = 10


def draw(seed, *, typical=1.0, noise=0.05, n=REPEATS):
    return typical * np.exp(np.random.default_rng(seed).normal(scale=noise, size=n))


def verdicts(*, margin, typical=1.0, noise=0.05, higher_is_better=True, runs=RUNS):
    """Verdicts on many runs of which the second's true median is so many times the first's."""
    return [
        judge(
            draw((run, 0), noise=noise),
            draw((run, 1), typical=typical, noise=noise),
            margin=margin,
            higher_is_better=higher_is_better,
        ).verdict
        for run in range(runs)
    ]


def test_unchanged_code_fails_no_more_often_than_the_test_says():
    found = verdicts(margin=1e-9, runs=1000)

    # Of 1000, 5 are exceeded once in 60 if the true rate is 0.002.
    assert found.count("worse") <= 5
    assert found.count("better") <= 5


def test_a_loss_of_15_percent_is_found_nearly_always():
    found = verdicts(margin=0.07, typical=0.85)

    assert found.count("worse") >= 0.99 * RUNS


def test_a_loss_within_the_margin_is_let_pass():
    found = verdicts(margin=0.1, typical=0.97, noise=0.005)

    assert ["same"] * RUNS == found


def test_a_large_difference_that_noise_explains_is_let_pass():
    noisy, other = draw(1, noise=0.5), draw(5, noise=0.5)

    judgement = judge(noisy, other, margin=0.01, higher_is_better=True)

    assert abs(judgement.change) > 0.01
    assert judgement.p > SIGNIFICANT
    assert "unclear" == judgement.verdict


def test_a_number_too_noisy_for_its_margin_is_unclear_and_no_failure():
    found = verdicts(margin=0.02, noise=0.2)

    assert found.count("unclear") > 0.95 * RUNS


@pytest.mark.parametrize(("typical", "higher_is_better"), [(1.04, True), (0.96, False)])
def test_a_change_for_the_better_is_never_unclear(typical, higher_is_better):
    found = verdicts(margin=0.05, typical=typical, noise=0.02, higher_is_better=higher_is_better)

    assert found.count("unclear") < 0.01 * RUNS


def test_the_change_is_the_median_of_all_differences_as_a_share():
    base = [10.0, 11.0, 9.0, 10.0, 10.5, 9.5, 10.0, 10.0]
    new = [value * 0.8 for value in base]

    judgement = judge(base, new, margin=0.1, higher_is_better=True)

    differences = sorted(b - a for a in base for b in new)
    assert (10.0, 8.0) == (judgement.base, judgement.new)
    assert pytest.approx(np.median(differences) / 10) == judgement.change


def test_the_interval_covers_the_true_change_95_times_in_100():
    covered = 0
    for run in range(1000):
        new = draw((run, 1), typical=0.9, noise=0.02)
        judgement = judge(draw((run, 0), noise=0.02), new, margin=0.1, higher_is_better=True)
        covered += judgement.low <= -0.1 <= judgement.high

    assert 930 <= covered <= 975


def test_negative_numbers_have_a_direction_too():
    judgement = judge(draw(1) * -1, draw(2) * -2, margin=0.1, higher_is_better=True)

    assert judgement.change < -0.8
    assert "worse" == judgement.verdict


@pytest.mark.parametrize(
    ("base", "new"), [([0.5] * 8, [0.5] * 8), ([3.0] * 5 + [2.0] * 5, [3.0] * 4 + [2.0] * 6)]
)
def test_equal_repeats_are_the_same_and_ties_are_broken_to_the_safe_side(base, new):
    judgement = judge(base, new, margin=0.01, higher_is_better=True)

    assert judgement.verdict != "worse"
    assert judgement.p > 0.3


def test_eight_repeats_that_are_all_worse_are_enough():
    judgement = judge(range(11, 19), range(1, 9), margin=0.1, higher_is_better=True)

    assert "worse" == judgement.verdict


@pytest.mark.parametrize(
    ("base", "message"),
    [([1.0] * 6, f"6 and 8 repeats, need {MIN_REPEATS}"), ([0.0] * 8, "the median of BASE is 0")],
)
def test_fewer_repeats_and_a_share_of_zero_are_no_comparison(base, message):
    with pytest.raises(NotComparable, match=message):
        judge(base, [1.0] * 8, margin=0.1, higher_is_better=True)
