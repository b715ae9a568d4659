import inspect
import logging
import random

import gensim.models.word2vec
import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec, machine
from sgns_bench.errors import Unavailable, UnknownName


def own_lines(caplog):
    """Return the lines of the log that say that gensim trains."""
    return [r.message for r in caplog.records if r.message.startswith("training is gensim's own")]


def test_the_arguments_are_gensims_and_further_ones_go_by_name_only():
    gensims = list(inspect.signature(GensimWord2Vec).parameters.values())

    ours = list(inspect.signature(Word2Vec).parameters.values())

    described = [(p.name, p.default, p.kind) for p in gensims]
    assert described == [(p.name, p.default, p.kind) for p in ours[: len(gensims)]]
    kinds = {p.name: p.kind.name for p in ours[len(gensims) :]}
    assert {
        "device": "KEYWORD_ONLY",
        "init_vectors": "KEYWORD_ONLY",
        "renamed": "VAR_KEYWORD",
    } == kinds


@pytest.mark.parametrize(
    "method", [name for name, _ in inspect.getmembers(GensimWord2Vec, inspect.isfunction)]
)
def test_every_method_takes_gensims_arguments_in_gensims_order(method):
    if method == "__init__":
        return  # above
    gensims = inspect.signature(getattr(GensimWord2Vec, method)).parameters

    ours = inspect.signature(getattr(Word2Vec, method)).parameters

    open_ended = any(p.kind is p.VAR_POSITIONAL for p in ours.values())
    assert open_ended or list(gensims) == list(ours)


def test_a_model_is_one_of_gensims_and_gensims_class_stays_as_it_is(letters, model_of):
    model = model_of(letters)

    assert isinstance(model, gensim.models.Word2Vec)
    assert gensim.models.word2vec.Word2Vec is gensim.models.Word2Vec is GensimWord2Vec


def test_skip_gram_with_negative_sampling_trains_on_our_kernels(
    letters, model_of, trainers, caplog
):
    caplog.set_level(logging.INFO)

    model_of(letters)

    assert ["ours"] == trainers
    assert [] == own_lines(caplog)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"sg": 0}, "CBOW"),
        ({"hs": 1}, "hierarchical softmax"),
        ({"hs": 1, "negative": 0}, "hierarchical softmax"),
    ],
)
def test_whatever_else_is_asked_for_trains_in_gensims_code_and_one_line_says_why(
    letters, model_of, trainers, caplog, arguments, why
):
    caplog.set_level(logging.INFO)

    model_of(letters, **arguments)

    assert {"gensim"} == set(trainers)
    (line,) = own_lines(caplog)
    assert why in line


@pytest.mark.parametrize("file", [False, True])
def test_cbow_gives_gensims_own_vectors(letters, tmp_path, file):
    path = tmp_path / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))
    corpus = {"corpus_file": str(path)} if file else {"sentences": letters}
    settings = {"vector_size": 8, "min_count": 1, "workers": 1, **corpus}

    ours, gensims = Word2Vec(**settings), GensimWord2Vec(**settings)

    np.testing.assert_array_equal(gensims.wv.vectors, ours.wv.vectors)


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


def test_neither_negative_sampling_nor_hierarchical_softmax_is_an_error(letters, model_of):
    with pytest.raises(ValueError, match="negative"):
        model_of(letters, negative=0)


@pytest.mark.parametrize(("old", "new"), [("size", "vector_size"), ("iter", "epochs")])
def test_names_of_gensim_3_are_taken_with_a_warning_that_points_to_the_caller(letters, old, new):
    with pytest.warns(DeprecationWarning, match=f"{old}=.* {new}=") as caught:
        model = Word2Vec(letters, sg=1, min_count=1, **{old: 3})

    assert 3 == getattr(model, new)
    assert __file__ == caught[0].filename


def test_an_unknown_argument_is_refused_as_by_any_function():
    with pytest.raises(TypeError, match="unexpected keyword argument 'lr'"):
        Word2Vec(lr=0.1)


def test_without_a_seed_two_models_differ(letters, model_of):
    one, other = (model_of(letters, seed=None) for _ in range(2))

    assert np.isfinite(one.wv.vectors).all()
    assert not np.array_equal(one.wv.vectors, other.wv.vectors)


def test_training_must_be_told_how_long_it_is(letters, model_of):
    model = model_of()
    model.build_vocab(letters)

    with pytest.raises(ValueError, match="total_examples"):
        model.train(letters, epochs=1)
    with pytest.raises(ValueError, match="epochs"):
        model.train(letters, total_examples=len(letters))


def test_training_before_there_is_a_vocabulary_is_an_error(letters, model_of):
    with pytest.raises(RuntimeError, match="vocabulary"):
        model_of().train(letters, total_examples=len(letters), epochs=1)


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


def test_alpha_that_rises_again_is_warned_about(letters, model_of, caplog):
    model = model_of(letters)

    model.train(letters, total_examples=len(letters), epochs=1)

    assert "Effective 'alpha' higher than previous training cycles" in caplog.text


def test_an_empty_iterable_is_warned_about(letters, model_of, caplog):
    model = model_of()
    model.build_vocab(letters)

    assert (0, 0) == model.train(iter([]), total_examples=1, epochs=1)

    assert "train() called with an empty iterator" in caplog.text


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


def test_a_word_is_predicted_from_its_context():
    draw = random.Random(0)
    sentences = [
        draw.sample(group, 3) for group in (list("abcd"), list("efgh")) for _ in range(500)
    ]
    model = Word2Vec(sentences, sg=1, min_count=1, sample=0, alpha=0.05, epochs=10)

    predicted = model.predict_output_word(["a", "b"], topn=4)

    assert set("abcd") == {word for word, _ in predicted}
    assert model.predict_output_word(["unknown"]) is None


def test_memory_is_estimated_as_gensim_does(letters, model_of):
    settings = {"sg": 1, "vector_size": 8, "min_count": 1}

    estimate = model_of(letters).estimate_memory()

    assert GensimWord2Vec(letters, **settings).estimate_memory() == estimate


def test_a_model_can_take_another_ones_vocabulary(letters, model_of):
    model, other = model_of([["x", "y"]]), model_of(letters)

    model.reset_from(other)
    model.train(letters, total_examples=len(letters), epochs=1)

    assert other.wv.key_to_index == model.wv.key_to_index
    assert other.wv.vectors.shape == model.wv.vectors.shape


def test_scores_need_hierarchical_softmax(letters, model_of):
    with pytest.raises(RuntimeError, match="hierarchical softmax"):
        model_of(letters).score(letters)


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
