import numpy as np
import pytest
from scipy.stats import chisquare

from sgns_bench.sampling import compiled
from sgns_bench.sampling.rng import (
    NEGATIVE,
    SHUFFLE,
    TOKEN,
    below,
    choose,
    draw,
    high32,
    low32,
    stream_key,
)

CHANCE = 1e-6  # of a false alarm, had the seed not been fixed


def test_draws_at_slot_zero_are_the_published_splitmix64_sequence():
    expected = [  # seed 1234567, https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]

    actual = draw(np.uint64(1234567), np.arange(1, 6))

    assert expected == actual.tolist()


def test_keys_and_draws_do_not_change_between_versions():
    key = stream_key(seed=1, epoch=2, stream=NEGATIVE)

    assert 2726225660025633217 == int(key)
    assert 7912599866468182658 == int(draw(key, 1_000_000_007, 13))


def test_numba_draws_the_same_bits():
    key = stream_key(7, 3, TOKEN)
    positions = [0, 1, 2**31, 2**40 + 5, 2**63 - 1]
    slots = [0, 1, 63, 2**20]

    expected = [[int(compiled.draw(key, p, s)) for s in slots] for p in positions]

    assert expected == draw(key, np.array(positions)[:, None], np.array(slots)).tolist()


@pytest.mark.parametrize("half", [high32, low32])
@pytest.mark.parametrize("axis", ["position", "slot"])
def test_each_half_is_uniform_along_positions_and_slots(half, axis):
    counter = np.arange(200_000)
    place = (counter, 0) if axis == "position" else (0, counter)

    bins = below(half(draw(stream_key(1, 0, TOKEN), *place)), 256)

    assert chisquare(np.bincount(bins, minlength=256)).pvalue > CHANCE


def test_seeds_epochs_and_streams_have_keys_of_their_own():
    keys = {
        int(stream_key(seed, epoch, stream))
        for seed in range(20)
        for epoch in range(20)
        for stream in (TOKEN, NEGATIVE, SHUFFLE)
    }

    assert 20 * 20 * 3 == len(keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 0, TOKEN), (2, 0, TOKEN)),
        ((1, 0, TOKEN), (1, 1, TOKEN)),
        ((1, 0, TOKEN), (1, 0, NEGATIVE)),
    ],
)
def test_draws_under_different_keys_are_uncorrelated(one, other):
    n = 100_000

    first, second = (high32(draw(stream_key(*key), np.arange(n))) for key in (one, other))

    assert abs(correlation(first, second)) < 5 / np.sqrt(n)


@pytest.mark.parametrize("lag", [1, 2, 64])
def test_neighbouring_positions_and_slots_are_uncorrelated(lag):
    n = 100_000
    key = stream_key(1, 0, NEGATIVE)
    here = draw(key, np.arange(n))

    for there in (draw(key, np.arange(n) + lag), draw(key, np.arange(n), lag)):
        assert abs(correlation(high32(here), high32(there))) < 5 / np.sqrt(n)
        assert abs(correlation(low32(here), low32(there))) < 5 / np.sqrt(n)


def test_the_two_halves_of_a_draw_are_uncorrelated():
    bits = draw(stream_key(1, 0, TOKEN), np.arange(100_000))

    assert abs(correlation(high32(bits), low32(bits))) < 5 / np.sqrt(len(bits))


@pytest.mark.parametrize("bound", [1, 2, 7, 2**31 - 1])
def test_below_reaches_both_ends_and_stays_within(bound):
    ends = np.array([0, 2**32 - 1], dtype=np.uint32)

    assert [0, bound - 1] == below(ends, bound).tolist()


def correlation(first, second):
    return np.corrcoef(first.astype(float), second.astype(float))[0, 1]


def test_an_index_is_chosen_as_often_as_its_weight_says():
    weights = np.array([1, 0, 5, 2])
    bits = high32(draw(stream_key(1, 0, 99), np.arange(80_000)))

    counts = np.bincount(choose(bits, np.cumsum(weights)), minlength=4)

    assert 0 == counts[1]
    assert chisquare(counts[weights > 0], 10_000 * weights[weights > 0]).pvalue > CHANCE
