import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.word2vec import LineSentence
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.errors import ConfigError

NEW = [list("abxy"), list("xyab")] * 10


def check_same_vocabulary(sentences, settings, model_of):
    settings = {"min_count": 1, "sample": 1e-3, **settings}
    build = {"trim_rule": settings.pop("trim_rule", None), "keep_raw_vocab": True}
    gensims, ours = GensimWord2Vec(sg=1, vector_size=8, **settings), model_of(**settings)

    gensims.build_vocab(sentences, **build)
    ours.build_vocab(sentences, **build)

    assert gensims.wv.index_to_key == ours.wv.index_to_key
    assert gensims.wv.key_to_index == ours.wv.key_to_index
    assert list(gensims.raw_vocab.items()) == list(ours.raw_vocab.items())
    for name in ("count", "sample_int"):
        np.testing.assert_array_equal(gensims.wv.expandos[name], ours.wv.expandos[name])
    np.testing.assert_array_equal(gensims.cum_table, ours.cum_table)
    np.testing.assert_array_equal(gensims.wv.vectors, ours.wv.vectors)
    counts = "corpus_count", "corpus_total_words", "effective_min_count"
    assert [getattr(gensims, c) for c in counts] == [getattr(ours, c) for c in counts]


@pytest.mark.parametrize(
    "settings",
    [
        {"min_count": 5},
        {"sorted_vocab": 0},
        {"null_word": 1},
        {"max_vocab_size": 500},
        {"max_final_vocab": 300},
        {"sample": 0},
        {"sample": 50},
        {"ns_exponent": -1},
        {"trim_rule": lambda word, count, least: len(word) % 3},
    ],
    ids=str,
)
def test_every_setting_makes_of_a_list_the_vocabulary_that_gensim_makes(lee, model_of, settings):
    check_same_vocabulary(lee[:50], settings, model_of)


@pytest.mark.parametrize("source", ["list", "file", "iterable", "empty sentences"])
def test_every_source_becomes_the_vocabulary_that_gensim_makes_of_it(
    lee, lee_file, model_of, source
):
    sentences = {
        "list": lee,
        "file": LineSentence(lee_file),
        "iterable": dict.fromkeys(map(tuple, lee)),
        "empty sentences": [[], ["a"], [], ["b", "b"], []],
    }
    check_same_vocabulary(sentences[source], {}, model_of)


def test_scanning_and_preparing_may_be_called_one_by_one(letters, model_of):
    model, gensims = model_of(), GensimWord2Vec(min_count=1, sample=0)

    assert gensims.scan_vocab(letters) == model.scan_vocab(letters) == (400, 100)
    assert gensims.prepare_vocab(dry_run=True) == model.prepare_vocab(dry_run=True)
    assert gensims.prepare_vocab() == model.prepare_vocab()


def test_a_vocabulary_can_be_built_from_frequencies(model_of, letters, trainers):
    model = model_of()
    model.build_vocab_from_freq({"a": 30, "b": 20, "c": 10}, corpus_count=100)

    model.train(letters, total_examples=model.corpus_count, epochs=1)

    assert ["a", "b", "c"] == model.wv.index_to_key
    assert ["ours"] == trainers


def test_an_update_adds_new_words_and_keeps_the_vectors_of_the_old(letters, model_of):
    model = model_of(letters)
    before = model.wv.vectors.copy()

    model.build_vocab(NEW, update=True)

    assert [*"xy"] == model.wv.index_to_key[-2:]
    np.testing.assert_array_equal(before, model.wv.vectors[:-2])
    assert 60 + 20 == model.wv.get_vecattr("a", "count")

    model.train(NEW, total_examples=len(NEW), epochs=3)

    changed = (before != model.wv.vectors[:-2]).any(axis=1)
    assert set("ab") == {model.wv.index_to_key[row] for row in np.flatnonzero(changed)}


@pytest.mark.parametrize("how", ["sentences", "frequencies"])
def test_a_second_vocabulary_starts_clean(letters, model_of, untrained, how):
    model = model_of(letters)

    if how == "sentences":
        model.build_vocab(letters)
    else:
        model.build_vocab_from_freq(dict.fromkeys("abcdefgh", 3))

    np.testing.assert_array_equal(untrained(model), model.wv.vectors)
    assert not model.syn1neg.any()
    assert len(model.wv) == len(model.wv.vectors) == len(model.wv.expandos["count"])


@pytest.mark.parametrize("second", [NEW, [list("abcdefghijkl")] * 5], ids=["fewer", "more"])
def test_a_second_vocabulary_of_other_words_can_be_trained(letters, model_of, second):
    model = model_of(letters)
    model.build_vocab(second)

    model.train(second, total_examples=len(second), epochs=2)

    words = {word for sentence in second for word in sentence}
    assert words == set(model.wv.key_to_index)
    assert (len(words), 8) == model.wv.vectors.shape
    assert len(words) == len(model.wv.expandos["count"])


def test_weights_can_be_set_back(letters, model_of, untrained):
    model = model_of(letters)

    model.init_weights()

    np.testing.assert_array_equal(untrained(model), model.wv.vectors)


@pytest.fixture
def given():
    vectors = KeyedVectors(8)
    vectors.add_vectors(["a", "zebra"], np.full((2, 8), 0.5, dtype=np.float32))
    return vectors


@pytest.mark.parametrize("form", ["keyed vectors", "native file", "text file", "Path", "model"])
def test_training_can_start_from_given_vectors(letters, model_of, untrained, given, tmp_path, form):
    path = tmp_path / "given"
    if form == "text file":
        given.save_word2vec_format(str(path))
    else:
        given.save(str(path))
    whole = model_of()
    whole.wv = given
    forms = {"keyed vectors": given, "Path": path, "model": whole}

    model = model_of(init_vectors=forms.get(form, str(path)))
    model.build_vocab(letters)

    expected = untrained(model)
    expected[model.wv.key_to_index["a"]] = given["a"]
    np.testing.assert_array_equal(expected, model.wv.vectors)
    assert "zebra" not in model.wv


def test_given_vectors_are_trained_on_and_stay_as_they_are(letters, model_of, given):
    model = model_of(letters, init_vectors=given, alpha=1e-3)

    assert 0 < np.abs(model.wv["a"] - 0.5).max() < 0.1
    assert (given["a"] == 0.5).all()


def test_an_update_takes_given_vectors_for_new_words_only(letters, model_of, given):
    given.add_vectors(["x"], np.ones((1, 8), dtype=np.float32))
    model = model_of(letters, init_vectors=given)
    before = model.wv["a"].copy()

    model.build_vocab(NEW, update=True)

    np.testing.assert_array_equal(before, model.wv["a"])
    np.testing.assert_array_equal(np.ones(8), model.wv["x"])


def test_given_vectors_of_another_size_are_refused(given):
    with pytest.raises(ConfigError, match=r"vector_size = 100.* 8 dimensions"):
        Word2Vec(sg=1, init_vectors=given)
