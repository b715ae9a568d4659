"""What a gensim user tries first, and what goes wrong then."""

import logging

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.word2vec import LineSentence
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.errors import ConfigError


def test_a_window_beyond_any_sentence_costs_no_more_than_the_sentences(letters, model_of, trainers):
    model = model_of(letters, window=10**6)

    assert ["ours"] == trainers
    assert np.isfinite(model.wv.vectors).all()


def test_a_file_that_is_missing_is_gensims_error():
    with pytest.raises(FileNotFoundError):
        Word2Vec(LineSentence("missing.txt"), sg=1)
    with pytest.raises(FileNotFoundError):
        Word2Vec(LineSentence("lee"), sg=1)  # the name of a data set of ours


def test_an_address_is_opened_by_gensim(tmp_path, letters, model_of):
    path = tmp_path / "a.txt"
    path.write_text("\n".join(map(" ".join, letters)), "utf-8")

    model = model_of(LineSentence(path.as_uri()))

    assert len({word for sentence in letters for word in sentence}) == len(model.wv)


def test_an_iterator_that_starts_anew_is_read_in_every_epoch(letters, model_of):
    class Again:
        def __iter__(self):
            self.rest = iter(letters)
            return self

        def __next__(self):
            return next(self.rest)

    model = model_of(Again(), epochs=3)

    assert len(letters) == model.corpus_count


def test_a_callback_may_train_the_model_itself(letters, model_of, caplog):
    class Train(CallbackAny2Vec):
        def __init__(self):
            self.done = False

        def on_epoch_end(self, model):
            if not self.done:
                self.done = True
                model.train(letters, total_examples=len(letters), epochs=1)

    model = model_of(letters, epochs=3, callbacks=[Train()])

    assert 2 == model.train_count
    assert "gensim's own" not in caplog.text


def test_no_workers_are_an_error_before_anything_is_read():
    with pytest.raises(ConfigError, match="workers = 0"):
        Word2Vec(LineSentence("missing.txt"), sg=1, workers=0)


@pytest.mark.parametrize("corpus", ["sentences", "corpus_file"])
def test_fewer_than_no_workers_train_nothing_as_in_gensim(
    letters, tmp_path, trainers, caplog, corpus
):
    path = tmp_path / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))
    given = {"sentences": letters, "corpus_file": str(path)}[corpus]
    settings = {corpus: given, "sg": 1, "vector_size": 8, "min_count": 1, "workers": -1}
    gensims = GensimWord2Vec(**settings)
    trainers.clear()
    caplog.set_level(logging.INFO)

    model = Word2Vec(**settings)

    assert {"gensim"} == set(trainers)
    assert "workers=-1 trains nothing" in caplog.text
    np.testing.assert_array_equal(gensims.wv.vectors, model.wv.vectors)


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize("one_by_one", [False, True])
def test_words_that_were_added_by_hand_are_an_error_in_training(letters, model_of, sg, one_by_one):
    model = model_of(letters, sg=sg)
    if one_by_one:
        with pytest.warns(UserWarning, match="Adding single vectors"):
            model.wv.add_vector("x", np.ones(8, dtype=np.float32))
    else:
        model.wv.add_vectors(["x", "y"], np.ones((2, 8), dtype=np.float32))

    with pytest.raises(ConfigError, match=r"added to wv by hand.*build_vocab"):
        model.train([["x", "a"]] * 9, total_examples=9, epochs=1)


@pytest.mark.parametrize("vectors", [np.ones((8, 9)), np.ones((7, 8))])
def test_vectors_of_another_shape_are_an_error_in_training(letters, model_of, vectors):
    model = model_of(letters)
    model.wv.vectors = vectors

    with pytest.raises(ConfigError, match=r"vectors has the shape .*, not \(8, 8\)"):
        model.train(letters, total_examples=len(letters), epochs=1)


def test_words_that_a_callback_adds_by_hand_are_an_error_in_the_next_epoch(letters, model_of):
    class Add(CallbackAny2Vec):
        def on_epoch_end(self, model):
            model.wv.add_vectors(["x"], np.ones((1, 8), dtype=np.float32))

    with pytest.raises(ConfigError, match="added to wv by hand"):
        model_of(letters, callbacks=[Add()])


def test_vectors_without_counts_are_an_error_in_training(letters, model_of):
    model = model_of(letters)
    model.wv = KeyedVectors(8)
    model.wv.add_vectors(list("abcdefgh"), np.ones((8, 8), dtype=np.float32))

    with pytest.raises(ConfigError, match=r"count has the shape \(\)"):
        model.train(letters, total_examples=len(letters), epochs=1)


def test_subsampling_may_be_switched_off_after_the_vocabulary_is_built(letters, model_of):
    model = model_of(None, sample=1e-3)
    model.build_vocab(letters)
    model.sample = 0

    effective, raw = model.train(letters, total_examples=len(letters), epochs=1)

    assert raw == effective


def test_a_noise_table_of_ones_own_is_left_to_gensim(letters, model_of, trainers):
    model = model_of(None)
    model.build_vocab(letters)
    model.cum_table[:-1] = 0

    model.train(letters, total_examples=len(letters), epochs=1)

    assert ["gensim"] == trainers


def test_initial_vectors_of_another_type_are_refused():
    with pytest.raises(TypeError, match="of type dict"):
        Word2Vec(init_vectors={"a": [1.0]})
