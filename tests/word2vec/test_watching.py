"""Callbacks, the log and the life of a model."""

import logging

import numpy as np
import pytest
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.word2vec import model as module


class Recorder(CallbackAny2Vec):
    """Writes down what happens, and what a model has to show for it."""

    def __init__(self, path=None):
        self.path, self.events, self.losses, self.vectors = path, [], [], []

    def on_train_begin(self, model):
        self.events.append("train begins")

    def on_epoch_begin(self, model):
        self.events.append("epoch begins")

    def on_epoch_end(self, model):
        self.events.append("epoch ends")
        self.losses.append(model.get_latest_training_loss())
        self.vectors.append(model.wv.vectors.copy())
        if self.path:
            model.save(str(self.path))

    def on_train_end(self, model):
        self.events.append("train ends")


def test_callbacks_are_called_in_gensims_order_and_see_the_vectors_move(letters, model_of):
    recorder = Recorder()

    model = model_of(letters, callbacks=[recorder])

    epoch = ["epoch begins", "epoch ends"]
    assert ["train begins", *epoch, *epoch, "train ends"] == recorder.events
    first, second = recorder.vectors
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, model.wv.vectors)


def test_a_callback_may_save_the_model_and_read_the_loss(lee, model_of, tmp_path):
    recorder = Recorder(tmp_path / "epoch.model")

    model_of(lee, min_count=5, epochs=3, compute_loss=True, callbacks=[recorder])

    saved = Word2Vec.load(str(tmp_path / "epoch.model"))
    np.testing.assert_array_equal(recorder.vectors[-1], saved.wv.vectors)
    assert sorted(recorder.losses, reverse=True) == recorder.losses
    assert recorder.losses[0] > recorder.losses[-1] > 0


def test_a_callback_that_raises_ends_the_training_and_the_vectors_stay(letters, model_of):
    class Enough(Recorder):
        def on_epoch_end(self, model):
            super().on_epoch_end(model)
            raise StopIteration("enough")

    model, enough = model_of(), Enough()
    model.build_vocab(letters)

    with pytest.raises(StopIteration, match="enough"):
        model.train(letters, total_examples=len(letters), epochs=5, callbacks=[enough])

    assert 1 == len(enough.vectors)
    np.testing.assert_array_equal(enough.vectors[0], model.wv.vectors)


def test_a_callback_may_ask_for_neighbours_in_every_epoch(letters, model_of):
    class Lengths(CallbackAny2Vec):
        found = ()

        def on_epoch_end(self, model):
            lengths = np.linalg.norm(model.wv.get_normed_vectors(), axis=1)
            self.found = (*self.found, *lengths)

    lengths = Lengths()

    model_of(letters, alpha=0.5, epochs=3, callbacks=[lengths])

    np.testing.assert_allclose(np.ones(3 * 8), lengths.found, rtol=1e-5)


def test_what_a_callback_does_to_the_vectors_is_what_is_trained_on(letters, model_of):
    class Zero(CallbackAny2Vec):
        def on_epoch_begin(self, model):
            model.wv.vectors[:] = 0
            model.syn1neg[:] = 0

    model = model_of(letters, callbacks=[Zero()])

    assert not model.wv.vectors.any()  # with both at zero there is no gradient


def test_the_life_of_a_model_is_written_down_as_gensim_does(letters, tmp_path):
    def life(model_class):
        model = model_class(letters, sg=1, min_count=1)
        model.save(str(tmp_path / "m"))
        return [event["event"] for event in model.lifecycle_events]

    gensims = life(GensimWord2Vec)

    assert gensims == life(Word2Vec)
    assert {"build_vocab", "train", "created", "saving"} <= set(gensims)


def test_the_end_of_each_epoch_is_logged_in_gensims_words(letters, model_of, caplog):
    caplog.set_level(logging.INFO)

    model_of(letters, sample=0)

    text = "EPOCH {}: training on 400 raw words (400 effective words) took"
    assert all(text.format(epoch) in caplog.text for epoch in range(2))
    assert "collected 8 word types from a corpus of 400 raw words and 100 sentences" in caplog.text


def test_progress_is_logged_in_gensims_words(lee, model_of, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    seconds = iter(range(1_000))
    monkeypatch.setattr(module, "default_timer", lambda: next(seconds))

    model_of(lee, epochs=1)

    lines = [r.message for r in caplog.records if "EPOCH 0 - PROGRESS: at" in r.message]
    assert 2 <= len(lines) <= 6
    assert all("words/s" in line for line in lines)
