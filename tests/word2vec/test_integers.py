"""Tokens that are integers, and sentences that are arrays of them."""

import random
from threading import Thread

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec

LETTERS = "abcdefgh"

TOKENS = {
    "counted up": range(8),
    "in any order": [3, 0, 7, 1, 6, 2, 5, 4],
    "with gaps": [5, 2, 0, 90, 1, 7, 41, 3],
    "negative": range(-1, -9, -1),
    "of both signs": range(-4, 4),
    "numpy's": np.arange(8),
    "unsigned": np.arange(8, dtype=np.uint8),
    "beside words": [0, "b", 1, "d", 2, "f", 3, "h"],
}
"""A token for each letter."""


@pytest.fixture
def texts():
    """Return sentences of letters of which some are frequent."""
    draw = random.Random(0)
    return [draw.choices(LETTERS, weights=range(1, 9), k=12) for _ in range(60)]


def translated(texts, tokens):
    known = dict(zip(LETTERS, tokens, strict=True))
    return [[known[letter] for letter in text] for text in texts]


def check_same(expected, model, tokens):
    """Assert that a model of tokens is that of the letters, row by row and token by token."""
    for name in ("count", "sample_int"):
        np.testing.assert_array_equal(expected.wv.expandos[name], model.wv.expandos[name])
    np.testing.assert_array_equal(expected.cum_table, model.cum_table)
    np.testing.assert_array_equal(expected.syn1neg, model.syn1neg)
    for letter, token in zip(LETTERS, tokens, strict=True):
        np.testing.assert_array_equal(expected.wv[letter], model.wv[token])
        assert expected.wv.get_vecattr(letter, "count") == model.wv.get_vecattr(token, "count")


def finished(work):
    """Return a result; fail where it does not come."""
    results = []
    thread = Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert results, "hangs, or has failed"
    return results[0]


@pytest.mark.parametrize("kind", TOKENS)
def test_integers_train_as_the_words_do_that_they_stand_for(texts, model_of, trainers, kind):
    settings = {"workers": 1, "sample": 0.05}

    model = model_of(translated(texts, TOKENS[kind]), **settings)

    assert ["ours"] == trainers
    check_same(model_of(texts, **settings), model, TOKENS[kind])


def test_new_integers_that_are_numbers_of_rows_are_added_by_an_update(texts, model_of, trainers):
    tokens = TOKENS["in any order"]
    models = []
    for sentences in (texts, translated(texts, tokens)):
        model = model_of(workers=1, sample=0.05)
        model.build_vocab([[t for t in s if t in sentences[0][:2]] for s in sentences])
        model.build_vocab(sentences, update=True)
        model.train(sentences, total_examples=len(sentences), epochs=1)
        models.append(model)

    assert ["ours", "ours"] == trainers
    check_same(*models, tokens)


def test_integers_get_the_codes_of_the_words_that_they_stand_for(texts, model_of):
    expected, model = model_of(hs=1), model_of(hs=1)
    expected.build_vocab(texts)
    model.build_vocab(translated(texts, TOKENS["with gaps"]))

    for name in ("code", "point"):
        for row in range(8):
            np.testing.assert_array_equal(
                expected.wv.expandos[name][row], model.wv.expandos[name][row]
            )


def test_a_model_of_integers_that_gensim_saved_goes_on_accelerated(texts, trainers, tmp_path):
    sentences, path = translated(texts, TOKENS["in any order"]), str(tmp_path / "m")
    gensims = GensimWord2Vec(sg=1, vector_size=8, min_count=1)
    gensims.build_vocab(sentences)
    gensims.save(path)

    model = Word2Vec.load(path)
    model.train(sentences, total_examples=len(sentences), epochs=1)

    assert ["ours"] == trainers


def test_a_gensim_model_takes_the_table_of_integers_along(texts, model_of):
    words, numbers = model_of(texts), model_of(translated(texts, TOKENS["in any order"]))

    np.testing.assert_array_equal(words.cum_table, numbers.to_gensim().cum_table)


@pytest.mark.parametrize("settings", [{}, {"sg": 0}, {"hs": 1}], ids=str)
@pytest.mark.parametrize("form", [np.array, lambda lists: [*map(np.array, lists)]])
def test_arrays_of_integers_train_as_lists_do(texts, model_of, form, settings):
    sentences = translated(texts, TOKENS["with gaps"])
    settings = {**settings, "workers": 1, "epochs": 1}

    model = finished(lambda: model_of(form(sentences), **settings))

    expected = model_of(sentences, **settings)
    assert expected.wv.index_to_key == model.wv.index_to_key
    np.testing.assert_array_equal(expected.cum_table, model.cum_table)
    if settings.get("hs"):  # gensim's own training, which does not shuffle
        np.testing.assert_array_equal(expected.wv.vectors, model.wv.vectors)


@pytest.mark.parametrize("sg", [0, 1])
def test_an_array_that_holds_no_sentences_is_an_error(texts, model_of, sg):
    model = model_of(translated(texts, range(8)), sg=sg)

    def train():
        with pytest.raises(TypeError, match=r"numpy\.int64"):
            model.train(np.arange(8), total_examples=8, epochs=1)
        return True

    assert finished(train)


def test_an_error_in_sentences_that_gensim_trains_on_is_raised(texts, model_of):
    model = model_of(texts, hs=1)

    def failing():
        yield texts[0]
        raise OSError("of the disk")

    def train():
        with pytest.raises(OSError, match="of the disk"):
            model.train(failing(), total_examples=8, epochs=1)
        return True

    assert finished(train)
