import numpy as np
import pytest

from sgns_bench.pairs import (
    keep_threshold,
    keep_tokens,
    pairs_per_token,
    reduced_windows,
    sentence_chunks,
    shuffled_sentences,
    skip_gram_pairs,
    subsample,
    token_positions,
)
from sgns_bench.rng import SHUFFLE, TOKEN, draw, stream_key
from sgns_bench.vocab import Vocab

KEY = stream_key(1, 0, TOKEN)


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


def test_a_draw_equal_to_the_threshold_keeps_its_token():
    bits = np.array([5, 6], dtype=np.uint64) << np.uint64(32)

    kept = subsample(np.array([0, 0], dtype=np.int32), bits, np.array([5], dtype=np.uint32))

    assert [True, False] == kept.tolist()


def test_subsampling_keeps_tokens_with_the_stated_probability():
    vocab = Vocab(["the", "cat"], np.array([90_000, 10]))
    keep = vocab.keep_probability(1e-2)
    tokens = np.zeros(90_000, dtype=np.int32)

    kept = subsample(tokens, draw(KEY, np.arange(len(tokens))), keep_threshold(keep)).mean()

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


def test_shuffled_sentences_are_all_there_and_differ_by_epoch():
    first = shuffled_sentences(stream_key(1, 0, SHUFFLE), 50)
    second = shuffled_sentences(stream_key(1, 1, SHUFFLE), 50)

    assert list(range(50)) == sorted(first.tolist()) == sorted(second.tolist())
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("lengths", [[], [4], [5, 1, 2, 2, 30, 1, 4], [0, 0, 7, 0]])
@pytest.mark.parametrize("tokens", [1, 5, 100])
def test_chunks_hold_every_sentence_once_and_no_more_tokens_than_needed(lengths, tokens):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    order = np.arange(len(lengths))[::-1]

    chunks = sentence_chunks(offsets, order, tokens)

    assert order.tolist() == [sentence for chunk in chunks for sentence in chunk]
    for chunk in chunks:
        assert sum(lengths[s] for s in chunk[:-1]) < tokens


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
