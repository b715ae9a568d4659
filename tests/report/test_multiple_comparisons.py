"""What is called best is, as often as it is said to be."""

import numpy as np
import pytest
from scipy import stats

from sgns_bench.report.multiple_comparisons import critical, means


def test_one_comparison_is_an_ordinary_t_test():
    assert stats.t.ppf(0.975, 12) == pytest.approx(critical(1, 12), rel=0.01)


def test_many_comparisons_have_the_critical_value_of_dunnett_s_table():
    # Dunnett 1964, two-sided, 5 %: 3 treatments and a control, 20 degrees of freedom; 9 and 60.
    assert 2.54 == pytest.approx(critical(3, 20), rel=0.015)
    assert 2.75 == pytest.approx(critical(9, 60), rel=0.015)


def test_the_true_best_is_among_the_leaders_as_often_as_it_should_be():
    rng = np.random.default_rng(5)
    truth = np.array([0.0, 0.0, -0.3, -0.5, -1.0])
    runs = rng.normal(size=(1000, 5, 3)) + truth[:, None]

    found = [0 in (m.best, *m.level) for m in (means(dict(enumerate(run))) for run in runs)]

    assert np.mean(found) >= 0.94


def test_one_that_is_clearly_worse_is_no_leader():
    samples = {"good": [1.0, 1.1, 0.9], "as good": [1.0, 0.95, 1.1], "bad": [0.0, 0.1, -0.1]}

    assert ("as good", ["good"]) == (means(samples).best, means(samples).level)
    assert ("bad", []) == (means(samples, higher=False).best, means(samples, higher=False).level)


def test_the_mean_over_a_group_has_less_noise():
    cells = {(k, power): [k + power, k + power + 0.2] for k in (1, 2, 3) for power in (0, 1)}

    over = means(cells).over(1)

    assert {0: pytest.approx(2.1), 1: pytest.approx(3.1)} == over.mean
    assert {0: pytest.approx(1 / 6), 1: pytest.approx(1 / 6)} == over.share
    assert 0.02 == pytest.approx(over.variance)
    assert 6 == over.freedom


def test_one_value_each_has_no_interval():
    gap = means({"a": [1.0], "b": [2.0]}).gap("b", "a")

    assert 1.0 == gap.mean
    assert np.isnan(gap.low)
    assert not gap.is_real
