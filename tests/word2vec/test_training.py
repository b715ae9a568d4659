"""Where gensim is wrong, and what it is right about: its sanity tests."""

import inspect
import math
import os
import random
import subprocess
import sys
from threading import Thread

import numpy as np
import pytest

from sgns_bench import Word2Vec
from sgns_bench.kernels import cpu

WORDS = [f"w{number}" for number in range(100)]


@pytest.fixture(scope="module")
def uniform():
    """Return sentences of 100 words that are drawn alike: there is nothing to learn."""
    draw = random.Random(0)
    return [draw.choices(WORDS, k=20) for _ in range(2_500)]


def reached(model):
    """Return the learning rate of the latest job."""
    return model.min_alpha_yet_reached


@pytest.mark.parametrize("source", ["sentences", "corpus_file"])
@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_alpha_falls_by_the_progress_of_all_workers_together(
    lee, lee_file, model_of, source, workers
):
    corpus = {"sentences": lee, "corpus_file": lee_file}[source]

    model = model_of(**{source: corpus}, epochs=5, workers=workers)

    last = 10_000 / (5 * 59_890)  # of the training, in the last job
    assert 0.025 * last > reached(model) - 0.0001 > 0


def test_alpha_ends_where_train_is_told_to(lee, model_of):
    model = model_of()
    model.build_vocab(lee)

    model.train(lee, total_examples=len(lee), epochs=5, start_alpha=0.02, end_alpha=0.01)

    assert 0.0105 > reached(model) > 0.01
    assert (0.02, 0.01) == (model.alpha, model.min_alpha)


def test_alpha_stays_at_its_end_if_there_is_more_text_than_was_said(lee, model_of):
    model = model_of()
    model.build_vocab(lee)

    model.train(iter(lee), total_examples=10, epochs=1)

    assert model.min_alpha == reached(model)


@pytest.mark.parametrize("negative", [1, 5])
def test_the_loss_of_zero_vectors_is_log_two_for_each_word_of_a_pair(uniform, negative):
    # 1 in 100 negatives is the center, and left out.
    expected = math.log(2) * (1 + negative * 0.99)

    model = Word2Vec(
        uniform, sg=1, min_count=1, negative=negative, alpha=1e-9, min_alpha=1e-9,
        epochs=1, compute_loss=True,
    )  # fmt: skip

    assert pytest.approx(expected, rel=0.01) == model.get_latest_training_loss()


def test_the_loss_does_not_depend_on_the_number_of_workers(lee, model_of):
    losses = [
        model_of(lee, min_count=5, vector_size=32, epochs=3, compute_loss=True, workers=workers)
        .get_latest_training_loss()
        for workers in (1, 2, 4)
    ]  # fmt: skip

    assert max(losses) < 1.03 * min(losses)


def test_the_loss_does_not_depend_on_the_length_of_the_text(uniform):
    def loss(sentences):
        settings = {"sg": 1, "min_count": 1, "alpha": 1e-9, "min_alpha": 1e-9, "epochs": 1}
        return Word2Vec(sentences, compute_loss=True, **settings).get_latest_training_loss()

    assert pytest.approx(loss(uniform[:500]), rel=0.01) == loss(uniform)


def test_the_loss_is_in_double_precision_and_falls(lee, model_of):
    model = model_of(min_count=5, compute_loss=True)
    model.build_vocab(lee)
    losses = []
    for _ in range(3):
        model.train(lee, total_examples=len(lee), epochs=1, compute_loss=True)
        losses.append(model.get_latest_training_loss())

    assert losses[0] > losses[1] > losses[2]
    assert isinstance(losses[0], float)  # np.float32 is none


def error_of(train, seconds=30):
    """Return what a training raises; fail if it hangs."""
    raised = []

    def run():
        try:
            train()
        except Exception as error:
            raised.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "the training hangs"
    return raised[0]


class Broken:
    """Raises at sentence ``at``, of all that it was asked for."""

    def __init__(self, sentences, at):
        self.sentences, self.left = sentences, at

    def __iter__(self):
        for sentence in self.sentences:
            self.left -= 1
            if not self.left:
                raise OSError("the disk is gone")
            yield sentence


@pytest.mark.parametrize("at", [1, 150, 400])
def test_an_error_in_the_users_sentences_reaches_the_caller(lee, model_of, untrained, at):
    model = model_of()
    model.build_vocab(lee)

    error = error_of(lambda: model.train(Broken(lee, at), total_examples=len(lee), epochs=2))

    assert isinstance(error, OSError)
    assert "the disk is gone" == str(error)
    assert np.isfinite(model.wv.vectors).all()


def test_a_sentence_that_cannot_be_read_reaches_the_caller(letters, model_of):
    model = model_of()
    model.build_vocab(letters)

    error = error_of(lambda: model.train([["a"], [["b"]]], total_examples=2, epochs=1))

    assert isinstance(error, TypeError)


def test_an_error_in_a_thread_reaches_the_caller(letters, model_of, monkeypatch):
    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(cpu.Session, "train", fail)

    assert "no room" == str(error_of(lambda: model_of(letters)))


def test_after_an_error_training_can_go_on(lee, model_of):
    model = model_of()
    model.build_vocab(lee)
    error_of(lambda: model.train(Broken(lee, 200), total_examples=len(lee), epochs=1))

    assert (59_890, 59_890) == model.train(lee, total_examples=len(lee), epochs=1)


def digests(path):
    """Return what a seed leads to, of a list, a file, and a stream."""
    from hashlib import sha256

    from gensim.models.word2vec import LineSentence

    from sgns_bench import Word2Vec

    corpora = [
        {"sentences": list(LineSentence(path))},
        {"corpus_file": path},
        {"sentences": LineSentence(path, limit=200)},
    ]
    settings = {"sg": 1, "workers": 1, "seed": 7, "vector_size": 16, "epochs": 2}
    models = [Word2Vec(**corpus, **settings) for corpus in corpora]
    return [sha256(m.wv.vectors.tobytes() + m.syn1neg.tobytes()).hexdigest() for m in models]


def test_one_worker_with_a_seed_gives_the_same_bits_in_every_process(lee_file):
    code = f"{inspect.getsource(digests)}\nimport sys\nprint(*digests(sys.argv[1]))"

    elsewhere = subprocess.run(
        [sys.executable, "-c", code, lee_file],
        env=os.environ | {"PYTHONHASHSEED": "123"}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    here = digests(lee_file)
    assert here == elsewhere.stdout.split()
    assert here[0] == here[1] != here[2]  # a file is trained as the list of its lines is


def test_a_second_training_draws_anew(letters, model_of):
    model = model_of(workers=1)
    model.build_vocab(letters)

    def trained_from_the_start():
        model.init_weights()
        model.train(letters, total_examples=len(letters), epochs=1)
        return model.wv.vectors.copy()

    assert not np.allclose(trained_from_the_start(), trained_from_the_start(), rtol=0.01)


@pytest.mark.parametrize("settings", [{}, {"shrink_windows": False, "window": 5}], ids=str)
@pytest.mark.parametrize("source", ["list", "iterable", "file"])
def test_gensims_sanity_test_of_a_small_corpus_holds(lee, lee_file, settings, source):
    """As gensim's own test_sg_neg: of 1,750 words, "bombings" is near "attacks"."""
    corpus = {"corpus_file": lee_file} if source == "file" else {"sentences": lee}
    if source == "iterable":
        corpus["sentences"] = dict(enumerate(lee)).values()
    arguments = {"vector_size": 100, "window": 4, "negative": 15, "epochs": 10, "workers": 2}

    model = Word2Vec(**corpus, sg=1, **arguments | settings)

    near = [word for word, _ in model.wv.most_similar("attacks", topn=50)]
    assert "bombings" in near
