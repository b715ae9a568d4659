"""What trains on our kernels, and what is left to gensim's code."""

import logging

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec


def own_lines(caplog):
    """Return the lines of the log that say that gensim trains."""
    return [r.message for r in caplog.records if r.message.startswith("training is gensim's own")]


@pytest.mark.parametrize("sg", [0, 1])
def test_negative_sampling_trains_on_our_kernels(letters, model_of, trainers, caplog, sg):
    caplog.set_level(logging.INFO)

    model_of(letters, sg=sg)

    assert ["ours"] == trainers
    assert [] == own_lines(caplog)


@pytest.mark.parametrize("negative", [0, 5])
def test_hierarchical_softmax_trains_in_gensims_code_and_one_line_says_why(
    letters, model_of, trainers, caplog, negative
):
    caplog.set_level(logging.INFO)

    model_of(letters, hs=1, negative=negative)

    assert {"gensim"} == set(trainers)
    (line,) = own_lines(caplog)
    assert "hierarchical softmax" in line


def test_a_reason_is_given_once_as_a_warning_that_says_what_to_change(letters, model_of, caplog):
    for _ in range(3):
        model_of(letters, hs=1)
    model_of(letters, alpha=0)

    assert [
        "hs=1 asks for hierarchical softmax; hs=0, negative=5 is accelerated",
        "alpha=0 trains nothing; give a positive one",
    ] == [line.partition("accelerated: ")[2] for line in own_lines(caplog)]


@pytest.mark.parametrize("hook", ["_do_train_job", "_raw_word_count", "_get_thread_working_mem"])
def test_a_subclass_that_trains_in_its_own_way_is_left_to_it(letters, trainers, caplog, hook):
    caplog.set_level(logging.INFO)
    calls = []

    def own(self, *args):
        calls.append(args)
        return getattr(GensimWord2Vec, hook)(self, *args)

    subclass = type("Walks", (Word2Vec,), {hook: own})

    subclass(letters, sg=1, min_count=1, epochs=1)

    assert calls
    assert ["gensim"] == trainers
    (line,) = own_lines(caplog)
    assert f"Walks has its own {hook}" in line


def test_a_subclass_that_changes_nothing_of_the_training_is_accelerated(letters, trainers):
    class Named(Word2Vec):
        def __str__(self):
            return "named"

    Named(letters, sg=1, min_count=1)

    assert ["ours"] == trainers


def test_a_factor_of_zero_keeps_a_word_where_it_is(letters, model_of, untrained):
    model = model_of()
    model.build_vocab(letters)
    model.wv.vectors_lockf = np.ones(len(model.wv), dtype=np.float32)
    model.wv.vectors_lockf[2] = 0

    model.train(letters, total_examples=len(letters), epochs=1)

    moved = (untrained(model) != model.wv.vectors).any(axis=1)
    assert [2] == np.flatnonzero(~moved).tolist()


def test_one_factor_of_zero_keeps_all_words_where_they_are(letters, model_of, untrained):
    model = model_of()
    model.build_vocab(letters)
    model.wv.vectors_lockf[0] = 0  # an array of one

    model.train(letters, total_examples=len(letters), epochs=1)

    np.testing.assert_array_equal(untrained(model), model.wv.vectors)


def test_factors_that_are_all_one_do_not_slow_it_down(letters, model_of, trainers):
    model = model_of()
    model.build_vocab(letters)
    model.wv.vectors_lockf = np.ones(len(model.wv), dtype=np.float32)

    model.train(letters, total_examples=len(letters), epochs=1)

    assert ["ours"] == trainers
