import numpy as np
import pytest
from scipy import stats

from sgns_bench.stats.testing import detectable, detectable_accuracy, holm, mcnemar

SIMULATIONS = 20_000


def test_mcnemar_is_a_test_of_coin_tosses():
    assert pytest.approx(2 * (1 + 10 + 45) / 2**10) == mcnemar(8, 2)
    assert mcnemar(8, 2) == mcnemar(2, 8)


@pytest.mark.parametrize("each", [0, 1, 50])
def test_mcnemar_finds_nothing_where_both_win_as_often(each):
    assert 1.0 == mcnemar(each, each)


@pytest.mark.parametrize("discordant", [5, 30, 1000])
def test_mcnemar_rejects_a_true_null_no_more_often_than_it_says(discordant):
    wins = np.arange(discordant + 1)

    rejects = np.array([mcnemar(k, discordant - k) <= 0.05 for k in wins])

    exactly = stats.binom.pmf(wins, discordant, 0.5) @ rejects
    assert exactly <= 0.05
    assert exactly > 0.04 or discordant < 1000  # nor is it idle


def test_holm_multiplies_by_what_is_left_and_never_falls():
    assert pytest.approx([0.06, 0.02, 0.06, 0.06]) == holm([0.02, 0.005, 0.03, 0.05])


def test_holm_keeps_order_and_stops_at_one():
    assert pytest.approx([1.0, 0.03, 1.0]) == holm([0.7, 0.01, 0.6])
    assert [] == holm([])


def test_holm_errs_in_a_whole_family_no_more_often_than_it_says():
    rng = np.random.default_rng(1)
    families = rng.uniform(size=(2000, 8))  # true nulls

    errs = np.mean([min(holm(family)) <= 0.05 for family in families])

    assert abs(errs - 0.05) <= 4 * np.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_a_detectable_difference_is_found_with_the_power_it_promises(power):
    seen = np.random.default_rng(2).normal(detectable(3.0, alpha=0.01, power=power), 3.0, 10_000)

    found = np.mean(2 * stats.norm.sf(np.abs(seen) / 3.0) <= 0.01)

    assert abs(found - power) <= 4 * np.sqrt(power * (1 - power) / 10_000)


@pytest.mark.parametrize("alpha", [0.05, 0.005])
@pytest.mark.parametrize(
    ("n", "discordant"), [(100, 0.01), (100, 0.2), (1000, 0.05), (5000, 0.01), (20_000, 0.005)]
)
def test_a_detectable_difference_of_accuracies_is_found_with_the_power_it_promises(
    n, discordant, alpha
):
    difference = detectable_accuracy(n, discordant, alpha=alpha)
    share = max(discordant, difference)  # fewer could not differ by so much
    draws = np.random.default_rng(3).multinomial(
        n, [(share + difference) / 2, (share - difference) / 2, 1 - share], size=SIMULATIONS
    )

    counts, times = np.unique(draws, axis=0, return_counts=True)
    rejects = [mcnemar(only_a, only_b) <= alpha for only_a, only_b, _ in counts]

    found = times @ rejects / SIMULATIONS
    assert 0.8 - 4 * np.sqrt(0.8 * 0.2 / SIMULATIONS) <= found
    assert found <= 0.9 or n * discordant < 50  # few items come in big steps


def test_what_cannot_differ_less_says_how_little_is_enough():
    assert pytest.approx(detectable_accuracy(500, 0)) == detectable_accuracy(500, 1e-9)
    assert mcnemar(round(500 * detectable_accuracy(500, 0)), 0) <= 0.05
