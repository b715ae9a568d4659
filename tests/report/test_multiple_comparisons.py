"""What is called best is, as often as it is said to be."""

import numpy as np
import pytest

from sgns_bench.report.multiple_comparisons import means


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
