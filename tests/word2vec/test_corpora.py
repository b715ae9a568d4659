import gzip
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gensim.models.word2vec import BrownCorpus, LineSentence, PathLineSentences, Text8Corpus
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec

LONG = 25_000  # words


class Restartable:
    """Yields sentences as often as it is asked."""

    def __init__(self, sentences):
        self.sentences, self.passes = sentences, 0

    def __iter__(self):
        self.passes += 1
        yield from self.sentences


def check_trained(model, epochs, raw_words, trained, untrained):
    """Assert that all was read, and that every word has moved."""
    assert (epochs * raw_words, epochs * raw_words) == trained
    assert (model.wv.vectors != untrained(model)).any(axis=1).all()
    assert np.isfinite(model.wv.vectors).all()


def read_by(reader, letters, folder):
    """Return what one of gensim's readers makes of the sentences."""
    path = folder / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))
    if reader is BrownCorpus:
        path.write_text("\n".join(" ".join(f"{w}/nn" for w in s) for s in letters))
    return reader(str(folder if reader in (BrownCorpus, PathLineSentences) else path))


SOURCES = {
    "list": lambda letters, folder: letters,
    "tuple": lambda letters, folder: tuple(map(tuple, letters)),
    "restartable iterable": lambda letters, folder: Restartable(letters),
    "arrays": lambda letters, folder: [np.array(sentence) for sentence in letters],
    "array": lambda letters, folder: np.array(letters),
    "strings": lambda letters, folder: ["".join(sentence) for sentence in letters],
    "LineSentence": partial(read_by, LineSentence),
    "PathLineSentences": partial(read_by, PathLineSentences),
    "Text8Corpus": partial(read_by, Text8Corpus),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_kind_of_corpus_is_trained_whole(
    letters, model_of, untrained, tmp_path, trainers, name
):
    corpus = SOURCES[name](letters, tmp_path)
    model = model_of()
    model.build_vocab(corpus)

    trained = model.train(corpus, total_examples=model.corpus_count, epochs=3)

    assert ["ours"] == trainers
    assert set("abcdefgh") == set(model.wv.key_to_index)
    check_trained(model, 3, 400, trained, untrained)


@pytest.mark.parametrize("name", ["list", "LineSentence", "restartable iterable"])
def test_the_constructor_trains_like_the_steps_one_by_one(letters, model_of, tmp_path, name):
    corpus = SOURCES[name](letters, tmp_path)
    steps = model_of(workers=1)
    steps.build_vocab(corpus)
    steps.train(corpus, total_examples=steps.corpus_count, epochs=steps.epochs)

    at_once = model_of(corpus, workers=1)

    np.testing.assert_array_equal(steps.wv.vectors, at_once.wv.vectors)


def test_the_brown_corpus_is_read(letters, model_of, tmp_path):
    model = model_of(read_by(BrownCorpus, letters, tmp_path))

    assert {f"{letter}/nn" for letter in "abcdefgh"} == set(model.wv.key_to_index)


@pytest.mark.parametrize("token", [int, lambda word: (word, ord(word)), frozenset, str.encode])
def test_tokens_may_be_any_hashable_objects(letters, model_of, token):
    to_token = (lambda word: ord(word)) if token is int else token
    sentences = [list(map(to_token, sentence)) for sentence in letters]

    model = model_of(sentences)

    assert set(map(to_token, "abcdefgh")) == set(model.wv.key_to_index)
    assert (8,) == model.wv.get_vector(to_token("a")).shape


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_a_corpus_file_may_be_packed(letters, model_of, untrained, tmp_path, ending, pack):
    path = tmp_path / f"letters.txt{ending}"
    path.write_bytes(pack("\n".join(map(" ".join, letters)).encode()))
    model = model_of()
    model.build_vocab(corpus_file=str(path))

    trained = model.train(corpus_file=str(path), total_words=model.corpus_total_words, epochs=2)

    check_trained(model, 2, 400, trained, untrained)


def test_a_packed_file_is_still_refused_where_gensim_trains(letters, model_of, tmp_path):
    path = tmp_path / "letters.txt.gz"
    with gzip.open(path, "wt") as file:
        file.write("a b\n")

    with pytest.raises(TypeError, match="compressed"):
        model_of(corpus_file=str(path), hs=1)


def test_a_generator_may_be_the_corpus_of_one_pass(letters, model_of, untrained):
    model = model_of()
    model.build_vocab(sentence for sentence in letters)

    trained = model.train(iter(letters), total_examples=model.corpus_count, epochs=1)

    check_trained(model, 1, 400, trained, untrained)


ONCE = {
    "iterator": iter,
    "map": lambda sentences: map(list, sentences),
    "zip": lambda sentences: zip(*zip(*sentences, strict=True), strict=True),
}


@pytest.mark.parametrize("how", ONCE)
def test_another_iterator_is_counted_by_the_constructor_and_then_empty_as_in_gensim(
    letters, caplog, how
):
    settings = {"sg": 1, "vector_size": 8, "min_count": 1, "epochs": 3}
    said = []
    for cls in (GensimWord2Vec, Word2Vec):
        caplog.clear()
        model = cls(ONCE[how](letters), **settings)
        warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        said.append((warnings, model.corpus_count, model.train_count, len(model.wv)))

    assert said[0] == said[1]
    assert "train() called with an empty iterator" in said[1][0][0]


@pytest.mark.parametrize("how", ONCE)
def test_another_iterator_trains_one_of_several_epochs_as_in_gensim(
    letters, model_of, untrained, trainers, how
):
    model = model_of()
    model.build_vocab(ONCE[how](letters))

    trained = model.train(ONCE[how](letters), total_examples=model.corpus_count, epochs=3)

    assert ["ours"] == trainers
    check_trained(model, 1, 400, trained, untrained)


def test_an_iterable_is_read_once_to_count_and_once_for_each_epoch(letters, model_of):
    corpus = Restartable(letters)

    model_of(corpus, epochs=3)

    assert 4 == corpus.passes


def test_a_list_may_grow_between_the_vocabulary_and_the_training(letters, model_of):
    model = model_of()
    model.build_vocab(letters)
    letters += [["a", "b"]] * 50

    trained = model.train(letters, total_examples=len(letters), epochs=1)

    assert (500, 500) == trained


@pytest.mark.parametrize("kind", ["list", "iterable", "file"])
@pytest.mark.parametrize("settings", [{}, {"batch_words": 100_000}, {"batch_words": 4}], ids=str)
def test_no_word_of_a_long_sentence_is_dropped(model_of, untrained, tmp_path, kind, settings):
    sentence = ["a", "b"] * (LONG // 2 - 50) + ["y", "z"] * 50
    path = tmp_path / "long.txt"
    path.write_text(" ".join(sentence))
    forms = {"list": [sentence], "iterable": Restartable([sentence])}
    corpus = {"corpus_file": str(path)} if kind == "file" else {"corpus_iterable": forms[kind]}
    model = model_of(**settings)
    model.build_vocab(**corpus)

    counts = {"total_examples": model.corpus_count, "total_words": model.corpus_total_words}
    trained = model.train(**corpus, **counts, epochs=1)

    check_trained(model, 1, LONG, trained, untrained)


def test_short_sentences_in_a_large_batch_are_all_trained(lee, model_of, untrained):
    model = model_of(batch_words=100_000)
    model.build_vocab(lee)

    trained = model.train(lee, total_examples=len(lee), epochs=2)

    check_trained(model, 2, 59_890, trained, untrained)


def test_text_that_is_a_list_of_strings_is_warned_about(model_of, caplog):
    model_of(["some words", "more words"])

    assert "Each 'sentences' item should be a list of words" in caplog.text


def test_the_file_of_a_reader_may_be_a_path(letters, model_of, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))

    model = model_of(LineSentence(Path(path)))

    assert 8 == len(model.wv)


def test_a_reader_with_a_limit_reads_no_more(letters, model_of, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))

    model = model_of(LineSentence(str(path), limit=3))

    assert (3, 12) == (model.corpus_count, model.corpus_total_words)


class Sized(Restartable):
    """Sentences with a length, read in one pass."""

    def __len__(self):
        return len(self.sentences)


@pytest.mark.parametrize(
    "kind",
    [
        Sized,
        lambda s: pd.Series(s, index=range(7, 7 + len(s))),
        lambda s: dict.fromkeys(map(tuple, s), 1).keys(),
    ],
    ids=["sized", "pandas", "dict keys"],
)
def test_what_has_a_length_trains_as_the_list_of_its_sentences(letters, kind):
    sentences = kind(letters)
    settings = {"sg": 1, "vector_size": 8, "min_count": 1, "workers": 1, "sample": 0}

    ours, same = Word2Vec(sentences, **settings), Word2Vec([*sentences], **settings)

    np.testing.assert_array_equal(same.wv.vectors, ours.wv.vectors)


def test_what_has_a_length_is_read_once_for_all_epochs(letters):
    sentences = Sized(letters)

    Word2Vec(sentences, vector_size=8, min_count=1, epochs=7)

    assert sentences.passes <= 2  # and once more for its first sentence


def test_many_sentences_are_held_a_part_at_a_time(letters, monkeypatch):
    monkeypatch.setattr("sgns_bench.word2vec.encoded.PART_SENTENCES", 7)
    settings = {"sg": 1, "vector_size": 8, "min_count": 1, "workers": 1, "sample": 0}

    ours, same = Word2Vec(Sized(letters), **settings), Word2Vec(letters, **settings)

    np.testing.assert_array_equal(same.wv.vectors, ours.wv.vectors)
