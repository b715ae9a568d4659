import inspect
import random

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.errors import Unavailable, UnknownName
from sgns_bench.host import machine


def test_the_arguments_are_gensims_and_further_ones_go_by_name_only():
    gensims = list(inspect.signature(GensimWord2Vec).parameters.values())

    ours = list(inspect.signature(Word2Vec).parameters.values())

    described = [(p.name, p.default, p.kind) for p in gensims]
    assert described == [(p.name, p.default, p.kind) for p in ours[: len(gensims)]]
    further = ours[len(gensims) :]
    assert ["device", "init_vectors", "checkpoint", "checkpoint_seconds"] == [
        p.name for p in further
    ]
    assert {p.kind.name for p in further} == {"KEYWORD_ONLY"}


METHODS = {name for name, _ in inspect.getmembers(GensimWord2Vec, inspect.isfunction)}
BY_NAME = {"_train_epoch", "_train_epoch_corpusfile"}  # gensim passes all but the corpus by name


@pytest.mark.parametrize("method", sorted(METHODS - {"__init__"} - BY_NAME))
def test_every_method_takes_gensims_arguments_in_gensims_order(method):
    gensims = inspect.signature(getattr(GensimWord2Vec, method)).parameters

    ours = inspect.signature(getattr(Word2Vec, method)).parameters

    open_ended = any(p.kind is p.VAR_POSITIONAL for p in ours.values())
    assert open_ended or list(gensims) == list(ours)


def test_an_unknown_argument_is_refused_as_by_any_function():
    with pytest.raises(TypeError, match="unexpected keyword argument 'lr'"):
        Word2Vec(lr=0.1)


def test_without_a_seed_two_models_differ(letters, model_of):
    one, other = (model_of(letters, seed=None) for _ in range(2))

    assert np.isfinite(one.wv.vectors).all()
    assert not np.array_equal(one.wv.vectors, other.wv.vectors)


def test_training_returns_effective_and_raw_words(letters, model_of):
    model = model_of(sample=0)
    model.build_vocab(letters)
    letters[0] = ["a", "unknown", "b", "unknown"]

    trained = model.train(letters, total_examples=len(letters), epochs=3)

    assert (3 * (400 - 2), 3 * 400) == trained


def test_subsampled_words_are_not_effective(lee, model_of):
    model = model_of(sample=1e-3, min_count=5, epochs=1)
    model.build_vocab(lee)
    keep = model.wv.expandos["sample_int"] / 0xFFFFFFFF
    expected = keep @ model.wv.expandos["count"]

    effective, raw = model.train(lee, total_examples=len(lee), epochs=1)

    assert model.corpus_total_words == raw
    assert pytest.approx(expected, rel=0.02) == effective


def test_an_empty_iterable_is_warned_about(letters, model_of, caplog):
    model = model_of()
    model.build_vocab(letters)

    assert (0, 0) == model.train(iter([]), total_examples=1, epochs=1)

    assert "train() called with an empty iterator" in caplog.text


def test_a_word_is_predicted_from_its_context():
    draw = random.Random(0)
    sentences = [
        draw.sample(group, 3) for group in (list("abcd"), list("efgh")) for _ in range(500)
    ]
    model = Word2Vec(sentences, sg=1, min_count=1, sample=0, alpha=0.05, epochs=10)

    predicted = model.predict_output_word(["a", "b"], topn=4)

    assert set("abcd") == {word for word, _ in predicted}
    assert model.predict_output_word(["unknown"]) is None


def test_a_model_can_take_another_ones_vocabulary(letters, model_of):
    model, other = model_of([["x", "y"]]), model_of(letters)

    model.reset_from(other)
    model.train(letters, total_examples=len(letters), epochs=1)

    assert other.wv.key_to_index == model.wv.key_to_index
    assert other.wv.vectors.shape == model.wv.vectors.shape


def test_a_device_that_is_not_there_is_refused_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(machine, "has_cuda", lambda: False)

    with pytest.raises(Unavailable, match="cuda"):
        Word2Vec(corpus_file="no such file", sg=1, device="cuda")
    with pytest.raises(UnknownName, match="tpu"):
        Word2Vec(device="tpu")


def test_numpy_numbers_are_taken_like_pythons(letters, model_of, trainers):
    numbers = {"vector_size": 9, "window": 2, "negative": 3, "epochs": 3, "seed": 5, "workers": 1}

    plain = model_of(letters, **numbers)
    numpys = model_of(letters, **{name: np.int64(value) for name, value in numbers.items()})

    assert ["ours", "ours"] == trainers
    np.testing.assert_array_equal(plain.wv.vectors, numpys.wv.vectors)
