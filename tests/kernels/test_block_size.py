"""How many centers and negatives a block has; how kernels heed it is tested kernel by kernel."""

import numpy as np
import pytest

from sgns_bench.config import SkipGramConfig
from sgns_bench.kernels import NO_LIMIT
from sgns_bench.kernels._block_size import centers_for, flatness, make_problem


def problem(counts, sentence=100, cbow=False, **settings):
    """Sentences of one length, of no words in particular."""
    tokens = np.zeros(10 * sentence, dtype=np.int32)
    offsets = np.arange(0, len(tokens) + 1, sentence)
    keep = np.full(len(counts), 0xFFFFFFFF, dtype=np.uint32)
    config = SkipGramConfig(**settings)
    return make_problem(tokens, offsets, np.asarray(counts), keep, config, cbow=cbow)


ALIKE = np.full(2000, 50)
ZIPF = (1e6 / np.arange(1, 2001)).astype(np.int64)


def test_words_that_are_all_as_frequent_are_as_flat_as_can_be():
    assert flatness(ALIKE) == pytest.approx(1.0)


def test_one_word_among_many_rare_ones_leaves_little():
    counts = np.ones(1000, dtype=np.int64)
    counts[0] = 10**9

    assert flatness(counts) == pytest.approx(1 / 1000, rel=0.01)


def test_items_have_negatives_of_their_own_and_words_of_text_share_theirs():
    assert problem(ALIKE).own_negatives
    assert not problem(ZIPF).own_negatives


def test_a_setting_decides_how_flat_is_flat():
    assert problem(ALIKE, min_flatness=1.0).own_negatives
    assert problem(ZIPF, min_flatness=0.0).own_negatives
    assert not problem(ZIPF, min_flatness=0.9).own_negatives


def test_small_vocabularies_share_their_negatives():
    assert not problem(ALIKE[:999]).own_negatives


def test_cbow_shares_negatives_on_text_and_draws_all_of_them_where_words_are_flat():
    text, items = problem(ZIPF, cbow=True), problem(ALIKE, cbow=True)

    assert (36, 12) == (text.block_size, text.pool_size)
    assert (12, 60) == (items.block_size, items.pool_size)
    assert not items.own_negatives


def test_small_blocks_of_cbow_share_fewer_negatives_too():
    pools = [problem(ZIPF, cbow=True, block_size=T).pool_size for T in (36, 8, 2)]

    assert pools == [12, 12, 10]  # of 5 T negatives


def test_blocks_of_wide_windows_have_fewer_centers_where_negatives_are_not_shared():
    T = [problem(ALIKE, window=w, sentence=500).block_size for w in (2, 5, 10, 20, 100)]

    assert T == [36, 36, 12, 12, 12]


def test_short_sentences_leave_a_wide_window_no_more_pairs_than_they_have_room_for():
    assert centers_for(1000, 5.0) == NO_LIMIT
    assert problem(ALIKE, window=1000, sentence=5).block_size == 36


def test_only_a_wide_window_is_worked_through_in_parts():
    limits = [problem(ALIKE, window=w).max_contexts for w in (5, 15, 16, 100)]

    assert limits == [NO_LIMIT, NO_LIMIT, 32, 32]
