import numpy as np
import pytest

from sgns_bench.sampling import pairs
from sgns_bench.sampling.pairs import (
    block_ends,
    keep_threshold,
    keep_tokens,
    ordered_chunks,
    pairs_per_token,
    reduced_windows,
    shuffled_chunks,
    skip_gram_pairs,
    token_positions,
)
from sgns_bench.sampling.rng import SHUFFLE, TOKEN, draw, stream_key
from sgns_bench.vocab import Vocab

KEY = stream_key(1, 0, TOKEN)
ORDER = stream_key(1, 0, SHUFFLE)


@pytest.fixture
def small_pools(monkeypatch):
    """Segments of 100 tokens, three to a pool."""
    monkeypatch.setattr(pairs, "SEGMENT_TOKENS", 100)
    monkeypatch.setattr(pairs, "POOL_SEGMENTS", 3)


def offsets_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def order_of(offsets, key=ORDER, tokens=1 << 20):
    """Return all sentences in the order of their chunks."""
    return [int(s) for chunk in shuffled_chunks(offsets, key, tokens) for s in chunk]


def naive_pairs(windows, sentence):
    n = len(windows)
    return [
        (i, j)
        for i in range(n)
        for j in range(n)
        if 0 < abs(i - j) <= windows[i] and sentence[i] == sentence[j]
    ]


@pytest.mark.parametrize("lengths", [[], [1], [2], [1, 1, 1], [7, 1, 12, 2], [0, 3, 0, 30]])
@pytest.mark.parametrize("window", [1, 2, 5, 40])
def test_pairs_are_those_of_the_double_loop_in_its_order(lengths, window):
    sentence = np.repeat(np.arange(len(lengths)), np.array(lengths, dtype=np.int64))
    windows = np.random.default_rng(3).integers(1, window + 1, len(sentence))

    center, context = skip_gram_pairs(windows, sentence)

    assert naive_pairs(windows, sentence) == list(zip(center, context, strict=True))


def test_a_word_that_is_always_kept_has_the_largest_threshold():
    assert [0xFFFFFFFF, 0x7FFFFFFF] == keep_threshold(np.array([1.0, 0.5])).tolist()


def kept_of(tokens, threshold):
    """Return the positions that are kept of one sentence."""
    offsets = np.array([0, len(tokens)])
    return keep_tokens(tokens, offsets, np.array([0]), threshold, KEY, 5, True).positions


def test_a_draw_equal_to_the_threshold_keeps_its_token():
    bits = draw(KEY, 0) >> np.uint64(32)

    kept = [kept_of(np.array([0]), (bits - np.uint64([less])).astype(np.uint32)) for less in (0, 1)]

    assert [1, 0] == list(map(len, kept))


def test_subsampling_keeps_tokens_with_the_stated_probability():
    vocab = Vocab(["the", "cat"], np.array([90_000, 10]))
    keep = vocab.keep_probability(1e-2)
    tokens = np.zeros(90_000, dtype=np.int32)

    kept = len(kept_of(tokens, keep_threshold(keep))) / len(tokens)

    # Binomial: five standard deviations, a false alarm in 1.7 million seeds.
    assert abs(kept - keep[0]) < 5 * np.sqrt(keep[0] * (1 - keep[0]) / len(tokens))


def test_reduced_windows_are_uniform_from_one_to_window():
    windows = reduced_windows(draw(KEY, np.arange(60_000)), window=6, shrink=True)

    values, counts = np.unique(windows, return_counts=True)

    assert [1, 2, 3, 4, 5, 6] == values.tolist()
    assert np.abs(counts - 10_000).max() < 5 * np.sqrt(10_000)


def test_windows_stay_fixed_unless_they_shrink():
    assert [4, 4, 4] == reduced_windows(draw(KEY, np.arange(3)), window=4, shrink=False).tolist()


@pytest.mark.parametrize("shrink", [True, False])
def test_a_long_sentence_has_the_expected_pairs_per_token(shrink):
    n = 20_000
    windows = reduced_windows(draw(KEY, np.arange(n)), window=7, shrink=shrink)

    center, _ = skip_gram_pairs(windows, np.zeros(n, dtype=np.int64))

    assert pytest.approx(pairs_per_token(7, shrink), rel=0.02) == len(center) / n


LENGTHS = [[4], [5, 1, 2, 2, 30, 1, 4], [7] * 200, [1] * 1000, [1000, 1, 1, 1000, 3, 250]]


def shuffled(offsets, tokens):
    return shuffled_chunks(offsets, ORDER, tokens)


@pytest.mark.parametrize("chunks_of", [shuffled, ordered_chunks])
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("tokens", [1, 5, 64, 10_000])
def test_chunks_hold_every_sentence_once_and_about_as_many_tokens_as_asked(
    small_pools, lengths, tokens, chunks_of
):
    chunks = list(chunks_of(offsets_of(lengths), tokens))

    assert list(range(len(lengths))) == sorted(s for chunk in chunks for s in chunk)
    for chunk in chunks:
        assert len(chunk)
        assert sum(lengths[s] for s in chunk[:-1]) < tokens


def test_chunks_of_short_sentences_are_as_long_as_asked_but_for_the_last():
    chunks = list(shuffled_chunks(offsets_of([2] * 1000), ORDER, 64))

    assert [32] * 31 + [8] == list(map(len, chunks))


@pytest.mark.parametrize("lengths", LENGTHS)
def test_ordered_chunks_keep_the_order_of_the_corpus(lengths):
    chunks = list(ordered_chunks(offsets_of(lengths), 64))

    assert list(range(len(lengths))) == [s for chunk in chunks for s in chunk]


@pytest.mark.parametrize("chunks_of", [shuffled, ordered_chunks])
def test_an_empty_corpus_has_no_chunks(chunks_of):
    assert [] == list(chunks_of(np.array([0]), 10))


@pytest.mark.parametrize("lengths", LENGTHS[1:])
def test_the_order_differs_by_epoch_and_seed_and_is_otherwise_the_same(small_pools, lengths):
    offsets = offsets_of(lengths)
    keys = [stream_key(1, 0, SHUFFLE), stream_key(1, 1, SHUFFLE), stream_key(2, 0, SHUFFLE)]

    orders = [order_of(offsets, key) for key in keys]

    assert 3 == len({tuple(order) for order in orders})
    assert orders == [order_of(offsets, key) for key in keys]


def test_the_size_of_chunks_does_not_change_the_order(small_pools):
    offsets = offsets_of([3, 9, 1] * 200)

    assert order_of(offsets, tokens=1) == order_of(offsets, tokens=77) == order_of(offsets)


def test_a_corpus_no_longer_than_a_pool_is_shuffled_as_a_whole(small_pools):
    offsets = offsets_of([1] * 300)
    places = np.array(
        [np.argsort(order_of(offsets, stream_key(s, 0, SHUFFLE))) for s in range(300)]
    )

    mean, spread = places.mean(axis=0), places.std(axis=0)

    # Uniform on 0..299: mean 149.5, deviation 86.6, of a mean of 300 draws 5.0: six deviations.
    assert np.abs(mean - 149.5).max() < 30
    assert 70 < spread.min()
    assert spread.max() < 103


def test_a_pool_mixes_segments_from_all_over_the_corpus(small_pools):
    order = np.array(order_of(offsets_of([1] * 6000)))

    pools = [np.unique(pool // 100) for pool in np.split(order, 20)]

    assert [3] * 20 == list(map(len, pools))
    assert np.mean([np.ptp(pool) for pool in pools]) > 15  # of 60; it would be 2 of neighbours
    for pool in np.split(order, 20):
        first, last = (
            np.unique(part // 100, return_counts=True)[1] for part in (pool[:150], pool[150:])
        )
        assert len(first) == len(last) == 3
        assert min(*first, *last) > 25  # of 50, binomial: five deviations


def test_positions_follow_the_order_of_the_sentences():
    offsets = np.array([0, 2, 2, 5])

    positions, sentence = token_positions(offsets, np.array([2, 1, 0]))

    assert [2, 3, 4, 0, 1] == positions.tolist()
    assert [0, 0, 0, 2, 2] == sentence.tolist()


def test_order_of_sentences_changes_neither_kept_tokens_nor_windows():
    tokens = np.random.default_rng(0).integers(0, 3, 60).astype(np.int32)
    offsets = np.array([0, 10, 25, 60])
    threshold = keep_threshold(np.array([0.5, 0.7, 1.0]))

    forward = keep_tokens(tokens, offsets, np.array([0, 1, 2]), threshold, KEY, 5, True)
    backward = keep_tokens(tokens, offsets, np.array([2, 1, 0]), threshold, KEY, 5, True)

    order = np.argsort(backward.positions)
    assert 0 < len(forward.positions) < 60
    np.testing.assert_array_equal(forward.positions, backward.positions[order])
    np.testing.assert_array_equal(forward.windows, backward.windows[order])


@pytest.mark.parametrize(
    ("words", "block_size", "max_repeats", "ends"),
    [
        ("", 3, 1, []),
        ("abcdefg", 3, 9, [3, 6, 7]),
        ("aaaaaaa", 9, 3, [3, 6, 7]),
        ("aaaaaaa", 5, 3, [3, 5, 7]),  # what was cut off does not shift the blocks after it
        ("abababab", 9, 2, [4, 8]),
        ("abcab", 9, 1, [3, 5]),
    ],
)
def test_a_block_ends_before_a_word_comes_too_often(words, block_size, max_repeats, ends):
    centers = np.array([ord(word) for word in words], dtype=np.int64)

    assert ends == block_ends(centers, block_size, max_repeats)
