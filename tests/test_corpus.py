import json
import logging
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sgns_bench import corpus as corpus_module
from sgns_bench.corpus import corpus_from_sentences, load_corpus
from sgns_bench.errors import DatasetError, UnknownName

TEXT = "the cat sat on the mat\n\n  a dog sat\ton the log \nthe cat and a dog ran\n"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write_file(content, name="mine.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def sentences(corpus):
    """Return the corpus as lists of words."""
    bounds = zip(corpus.offsets, corpus.offsets[1:], strict=False)
    return [[corpus.vocab.words[row] for row in corpus.tokens[a:b]] for a, b in bounds]


def assert_sound(corpus):
    """Check what holds for every corpus."""
    assert (np.int32, np.int64) == (corpus.tokens.dtype, corpus.offsets.dtype)
    assert corpus.tokens.flags.c_contiguous
    assert corpus.tokens.flags.writeable
    assert (0, len(corpus.tokens)) == (corpus.offsets[0], corpus.offsets[-1])
    assert (np.diff(corpus.offsets) > 0).all()
    assert corpus.vocab.counts.tolist() == np.bincount(corpus.tokens).tolist()


def test_invalid_utf8_is_replaced_counted_and_told_every_time(write, caplog):
    path = write(b"a \xff b\xc3 \xef\xbf\xbd a\xe2\x82 b")

    for _ in range(2):
        corpus = load_corpus(path, min_count=1)

    assert ["a", "\ufffd", "b\ufffd", "\ufffd", "a\ufffd", "b"] == sentences(corpus)[0]
    assert 3 == corpus.replaced
    assert ["mine.txt: 3 invalid UTF-8 sequences replaced"] * 2 == caplog.messages
    assert logging.WARNING == caplog.records[0].levelno


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("le", "no corpus or file named 'le'; did you mean 'lee'"),
        ("no/such.txt", "no corpus or file named 'no/such.txt'; known: gensim-wiki, lee"),
    ],
)
def test_neither_a_corpus_nor_a_file(source, message):
    with pytest.raises(UnknownName, match=message):
        load_corpus(source, min_count=1)


def test_an_evaluation_set_is_no_corpus():
    with pytest.raises(DatasetError, match=r"'wordsim353' is no corpus .*gensim-wiki, lee"):
        load_corpus("wordsim353", min_count=1)


def test_a_folder_is_no_corpus(tmp_path):
    with pytest.raises(DatasetError, match="is a folder or a pipe; give a text file"):
        load_corpus(tmp_path, min_count=1)


def test_a_pipe_is_no_corpus_for_it_cannot_be_read_twice(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(DatasetError, match="is a folder or a pipe; give a text file"):
        load_corpus(tmp_path / "pipe", min_count=1)


def test_lee_is_300_texts():
    corpus = load_corpus("lee", min_count=5)

    assert (301, 46_084, 1_762) == tuple(map(len, (corpus.offsets, corpus.tokens, corpus.vocab)))
    assert "lee" == corpus.name
    assert_sound(corpus)


def test_words_of_lee_are_counted_as_python_counts_them():
    counts = Counter(corpus_module.datasets.load("lee").local_path().read_text("utf-8").split())

    vocab = load_corpus("lee", min_count=1).vocab

    assert counts == dict(zip(vocab.words, vocab.counts, strict=True))


@pytest.mark.slow
def test_gensim_wiki_is_what_wikicorpus_yields():
    from gensim.corpora import WikiCorpus

    path = corpus_module.datasets.load("gensim-wiki").local_path()
    articles = WikiCorpus(
        str(path), dictionary={}, article_min_tokens=0, token_min_len=1, processes=1
    ).get_texts()
    expected = [article for article in articles if article]

    corpus = load_corpus("gensim-wiki", min_count=1, max_sentence_length=10**6)

    assert expected == sentences(corpus)
    assert 469_472 == len(corpus.tokens)
    assert 9_038 == (corpus.vocab.counts >= 5).sum()


def test_a_second_call_reads_the_cache(write, monkeypatch):
    path = write(TEXT)
    first = load_corpus(path, min_count=1)
    monkeypatch.setattr(corpus_module, "encode", lambda *args, **kwargs: pytest.fail("encoded"))

    second = load_corpus(path, min_count=1)

    assert first.sha256 == second.sha256
    assert first.vocab.words == second.vocab.words
    assert sentences(first) == sentences(second)
    assert_sound(second)


@pytest.mark.parametrize(
    "change",
    [{"content": TEXT + "a"}, {"min_count": 2}, {"max_sentence_length": 2}, {"name": "mine.md"}],
)
def test_another_text_or_setting_has_a_cache_of_its_own(write, cache, change):
    base = {"content": TEXT, "name": "mine.txt", "min_count": 1, "max_sentence_length": 1000}

    for settings in (base, base | change):
        path = write(settings.pop("content"), settings.pop("name"))
        load_corpus(path, **settings)

    assert 2 == len(list(cache.iterdir()))


def test_a_copy_under_another_name_shares_the_cache_and_keeps_its_name(write, cache):
    for name in ("a.txt", "b.txt"):
        assert name == load_corpus(write(TEXT, name), min_count=1).name
    assert 1 == len(list(cache.iterdir()))


def test_writing_to_the_tokens_leaves_the_cache_alone(write):
    path = write(TEXT)
    expected = sentences(load_corpus(path, min_count=1))

    load_corpus(path, min_count=1).tokens[:] = 0

    assert expected == sentences(load_corpus(path, min_count=1))


def test_an_interrupted_encode_leaves_nothing_behind(write, cache, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    path = write(TEXT)
    with monkeypatch.context() as patch:
        patch.setattr(json, "dumps", lambda obj: interrupt() if "replaced" in obj else repr(obj))
        with pytest.raises(KeyboardInterrupt):
            load_corpus(path, min_count=1)

    assert [] == list(cache.iterdir())


@pytest.mark.parametrize("file", ["tokens.npy", "manifest.json", "words.txt"])
def test_a_damaged_cache_is_made_anew(write, cache, file):
    path = write(TEXT)
    expected = sentences(load_corpus(path, min_count=1))
    (folder,) = cache.iterdir()
    (folder / file).unlink() if file == "words.txt" else (folder / file).write_bytes(b"{")

    actual = sentences(load_corpus(path, min_count=1))

    assert expected == actual
    assert [folder] == list(cache.iterdir())
    assert b"{" != (folder / file).read_bytes()


def test_without_a_cache_the_corpus_stays_in_memory(write, monkeypatch, caplog):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(write("no folder", "file")))

    corpus = load_corpus(write(TEXT), min_count=1)

    assert_sound(corpus)
    assert "mine.txt: not cached: " in caplog.text


def test_sentences_may_come_from_anywhere():
    lines = [["New York", "is", "big"], [], ["is", "New York", "rare"]]

    corpus = corpus_from_sentences(iter(lines), min_count=2, name="cities")

    assert [["New York", "is"], ["is", "New York"]] == sentences(corpus)
    assert "cities" == corpus.name
    assert_sound(corpus)


def test_the_hash_of_sentences_tells_them_apart():
    first = corpus_from_sentences([["a", "b"], ["a"]], min_count=1)
    same = corpus_from_sentences([("a", "b"), ("a",)], min_count=1)
    longer = corpus_from_sentences([["a", "b", "a"]], min_count=1)

    assert first.sha256 == same.sha256
    assert first.sha256 != longer.sha256
    assert 64 == len(first.sha256)


def test_no_sentences_at_all_is_one_line():
    with pytest.raises(DatasetError, match=r"^sentences: holds no words"):
        corpus_from_sentences([], min_count=1)


def test_a_file_without_permission_is_one_line(write, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    path = write(TEXT)
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(DatasetError, match=f"^{path}: cannot be read: Permission denied$"):
        load_corpus(path, min_count=1)


def test_a_text_that_teaches_nothing_is_not_cached(write, cache):
    with pytest.raises(DatasetError, match=r"^mine.txt: only 'a' is seen"):
        load_corpus(write("a a a"), min_count=1)

    assert not cache.exists()


def test_settings_reach_the_encoder(write):
    corpus = load_corpus(write(TEXT), min_count=2, max_sentence_length=3)

    assert [["the", "cat", "sat"], ["on", "the"]] == sentences(corpus)[:2]
    assert_sound(corpus)
