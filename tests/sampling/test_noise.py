import numpy as np
import pytest
from scipy.stats import chisquare

from sgns_bench.errors import ConfigError
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.rng import NEGATIVE, draw, stream_key

EXPONENTS = [-1.0, -0.5, 0.0, 0.75, 1.0, 3.0]
ZIPF = 100_000 // np.arange(1, 301)
CHANCE = 1e-6  # of a false alarm, had the seed not been fixed


def drawn(noise, n):
    return noise.alias_table.sample(draw(stream_key(1, 0, NEGATIVE), np.arange(n)))


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_probabilities_are_powers_of_counts(exponent):
    weights = ZIPF.astype(float) ** exponent

    actual = NoiseDistribution(ZIPF, exponent).probabilities

    np.testing.assert_allclose(actual, weights / weights.sum(), rtol=1e-12)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_draws_follow_the_distribution(exponent):
    n = 300_000
    noise = NoiseDistribution(ZIPF, exponent)

    observed = np.bincount(drawn(noise, n), minlength=len(ZIPF))

    expected = n * noise.probabilities
    rare = expected < 5  # chi-square needs 5 a bin: put these together
    bins = [np.append(x[~rare], x[rare].sum()) for x in (observed, expected)]
    bins = [x if rare.any() else x[:-1] for x in bins]
    assert chisquare(*bins).pvalue > CHANCE


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("counts", [ZIPF, np.arange(1, 20_001), np.ones(1000, int)])
def test_the_alias_table_holds_exactly_the_probabilities(counts, exponent):
    noise = NoiseDistribution(counts, exponent)
    threshold, choices = noise.alias_table
    alias = choices[:, 0]
    own = threshold / 2.0**32

    mass = own + np.bincount(alias, weights=1 - own, minlength=len(counts))

    np.testing.assert_allclose(mass / len(counts), noise.probabilities, rtol=0, atol=1e-9)


def test_a_single_word_is_always_drawn():
    assert {0} == set(drawn(NoiseDistribution(np.array([7]), 0.75), 100).tolist())


@pytest.mark.parametrize(("exponent", "certain"), [(1e6, 0), (-1e6, 2), (1e308, 0)])
def test_huge_exponents_do_not_overflow(exponent, certain):
    noise = NoiseDistribution(np.array([10**9, 1000, 1]), exponent)

    assert 1.0 == noise.probabilities[certain]
    assert {certain} == set(drawn(noise, 1000).tolist())


@pytest.mark.parametrize("counts", [[], [3, 0], [-1]])
def test_a_word_without_a_count_is_refused(counts):
    with pytest.raises(ConfigError, match="give counts of at least 1"):
        NoiseDistribution(np.array(counts), 0.75)


@pytest.mark.parametrize("exponent", [float("nan"), float("inf"), -float("inf")])
def test_an_exponent_that_is_no_number_is_refused(exponent):
    with pytest.raises(ConfigError, match=r"ns_exponent = .*: must be a finite number"):
        NoiseDistribution(np.array([1, 2]), exponent)
