import gc
import gzip
import hashlib
import io
import logging
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sgns_bench import datasets
from sgns_bench.corpus import corpus as corpus_module
from sgns_bench.corpus import corpus_from_sentences, encoder, load_corpus, writer
from sgns_bench.corpus.corpus import STALE_SECONDS
from sgns_bench.errors import ConfigError, DatasetError, UnknownName
from sgns_bench.host import checksum

TEXT = "the cat sat on the mat\n\n  a dog sat\ton the log \nthe cat and a dog ran\n"
LINES = [line.split() for line in TEXT.splitlines() if line]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write_file(content, name="mine.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def sentences(corpus):
    """Return the corpus as lists of words."""
    words = corpus.vocab.words
    return [[words[row] for row in corpus.tokens[a:b]] for a, b in pairwise(corpus.offsets)]


def assert_sound(corpus):
    """Check what holds for every corpus."""
    assert (np.uint16, np.int64) == (corpus.tokens.dtype, corpus.offsets.dtype)
    assert corpus.tokens.flags.c_contiguous
    assert not corpus.tokens.flags.writeable
    assert not corpus.offsets.flags.writeable
    assert (0, len(corpus.tokens)) == (corpus.offsets[0], corpus.offsets[-1])
    assert (np.diff(corpus.offsets) > 0).all()
    assert corpus.vocab.counts.tolist() == np.bincount(corpus.tokens).tolist()


def test_invalid_utf8_is_replaced_counted_and_told_every_time(write, caplog):
    path = write(b"a \xff b\xc3 \xef\xbf\xbd a\xe2\x82 b")

    for _ in range(2):
        corpus = load_corpus(path, min_count=1)

    assert ["a", "\ufffd", "b\ufffd", "\ufffd", "a\ufffd", "b"] == sentences(corpus)[0]
    assert 3 == corpus.replaced
    message = "mine.txt: 3 invalid UTF-8 sequences replaced; check that the file is UTF-8 text"
    assert [message] * 2 == caplog.messages


def test_words_that_were_forgotten_are_told_every_time(write, caplog):
    path = write("a a b b c d")

    for _ in range(2):
        corpus = load_corpus(path, min_count=1, max_vocab_size=2)
    corpus_from_sentences([["a", "a", "b", "b", "c"]], min_count=1, max_vocab_size=2, name="lists")

    assert 2 == corpus.pruned
    message = "rare words dropped because of max_vocab_size = 2; raise it to keep more"
    expected = [f"mine.txt: 2 {message}"] * 2 + [f"lists: 1 {message}"]
    assert expected == caplog.messages
    assert logging.WARNING == caplog.records[0].levelno


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("le", UnknownName, "no corpus or file named 'le'; did you mean 'lee'"),
        ("no/such.txt", UnknownName, "file named 'no/such.txt'; known: gensim-wiki, lee"),
        ("absent/*.txt", UnknownName, "^no corpus or file named 'absent"),
        (["absent.txt"], UnknownName, "^no corpus or file named 'absent"),
        ("wordsim353", DatasetError, r"'wordsim353' is not a corpus .*gensim-wiki, lee"),
        ([], DatasetError, r"^the list of text files is empty; give one at least$"),
    ],
)
def test_what_is_no_text_is_one_line(source, error, message):
    with pytest.raises(error, match=message):
        load_corpus(source, min_count=1)


def test_a_folder_a_pattern_and_a_list_are_one_corpus(write, tmp_path):
    first = write("a b\nb c", "shards/1.txt")
    second = write(gzip.compress(b"c d"), "shards/sub/2.txt.gz")
    expected = [["a", "b"], ["b", "c"], ["c", "d"]]
    sources = {
        "shards": tmp_path / "shards",
        "*": f"{tmp_path}/shards/*",
        "**": f"{tmp_path}/shards/**",
        "1.txt": [first],
        "1.txt and 1 more": [first, str(second)],
        "1.txt and 2 more": [first, tmp_path / "shards"],
    }

    corpora = {name: load_corpus(source, min_count=1) for name, source in sources.items()}

    assert list(sources) == [corpus.name for corpus in corpora.values()]
    for name in ("shards", "**", "1.txt and 1 more"):
        assert expected == sentences(corpora[name])
    for name in ("*", "1.txt"):
        assert expected[:2] == sentences(corpora[name])
    assert expected[:2] + expected == sentences(corpora["1.txt and 2 more"])
    assert corpora["shards"].sha256 == corpora["**"].sha256 != corpora["1.txt"].sha256


def test_the_folder_one_works_in_is_known_by_its_name(write, tmp_path, monkeypatch):
    write(TEXT, "here/mine.txt")
    monkeypatch.chdir(tmp_path / "here")

    assert "here" == load_corpus(".", min_count=1).name


def test_a_corpus_known_by_name_is_no_file_in_a_list(write):
    with pytest.raises(
        ConfigError, match=r"^'lee' is the name of a corpus, .*; give it alone, not"
    ):
        load_corpus([write(TEXT), "lee"], min_count=1)


def test_standard_input_is_read_once_and_not_cached(monkeypatch, cache):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXT.encode())))

    corpus = load_corpus("-", min_count=1)

    assert LINES == sentences(corpus)
    assert "standard input" == corpus.name
    assert hashlib.sha256(TEXT.encode()).hexdigest() == corpus.sha256
    del corpus
    gc.collect()
    assert [] == list(cache.iterdir())


def test_lee_is_300_texts():
    corpus = load_corpus("lee", min_count=5)

    assert (301, 46_084, 1_762) == tuple(map(len, (corpus.offsets, corpus.tokens, corpus.vocab)))
    assert "lee" == corpus.name
    assert_sound(corpus)


@pytest.mark.slow
def test_gensim_wiki_is_what_wikicorpus_yields():
    from gensim.corpora import WikiCorpus

    path = datasets.load("gensim-wiki").local_path()
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
    monkeypatch.setattr(corpus_module, "encode_files", lambda *args, **_: pytest.fail("encoded"))

    second = load_corpus(path, min_count=1)

    assert first.sha256 == second.sha256
    assert first.vocab.words == second.vocab.words
    assert sentences(first) == sentences(second)
    assert_sound(second)


@pytest.mark.parametrize(
    "change",
    [
        {"content": TEXT + "a"},
        {"min_count": 2},
        {"max_sentence_length": 2},
        {"lowercase": True},
        {"max_vocab_size": 9},
        {"max_final_vocab": 9},
        {"name": "mine.md"},
    ],
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


def test_a_file_that_changes_is_encoded_anew(write):
    load_corpus(write(TEXT), min_count=1)

    corpus = load_corpus(write("x y x"), min_count=1)

    assert [["x", "y", "x"]] == sentences(corpus)


def test_a_large_file_is_read_once_though_its_checksum_is_not_known(write, monkeypatch):
    monkeypatch.setattr(checksum, "SMALL", 0)
    monkeypatch.setattr(checksum, "SETTLED", -1)
    monkeypatch.setattr(checksum, "_digest", lambda path: pytest.fail("read for its checksum"))
    path = write(TEXT)
    first = load_corpus(path, min_count=1)
    monkeypatch.setattr(corpus_module, "encode_files", lambda *args, **_: pytest.fail("encoded"))

    second = load_corpus(path, min_count=1)

    assert first.sha256 == second.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_released_memory_comes_back_unchanged(write):
    corpus = load_corpus(write(TEXT), min_count=1)

    corpus.release()

    assert LINES == sentences(corpus)


def test_progress_ends_with_all_bytes(write):
    told = []

    load_corpus(write(TEXT), min_count=1, progress=lambda *bytes_: told.append(bytes_))

    assert (len(TEXT), len(TEXT)) == told[-1]


@pytest.mark.parametrize(
    ("module", "moment"), [(encoder, "scan"), (writer, "choose_words"), (writer, "settle")]
)
def test_an_encode_that_is_interrupted_leaves_nothing(write, cache, monkeypatch, module, moment):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    path = write(TEXT)
    with monkeypatch.context() as patch:
        patch.setattr(module, moment, interrupt)
        with pytest.raises(KeyboardInterrupt):
            load_corpus(path, min_count=1)

    assert [] == list(cache.iterdir())
    assert LINES == sentences(load_corpus(path, min_count=1))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), FileNotFoundError(2, "No such file")])
def test_sentences_that_are_interrupted_leave_nothing(cache, error):
    def lines():
        yield ["a", "b"]
        raise error

    with pytest.raises(type(error)) as raised:
        corpus_from_sentences(lines(), min_count=1)

    assert error is raised.value
    assert [] == list(cache.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("file", ["spool.bin", "tokens.bin", "offsets.bin", "vocab.json"])
def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(write, cache, monkeypatch, file):
    def new_folder(name, _):
        folder = cache / "unfinished-mine"
        folder.mkdir(parents=True)
        (folder / file).symlink_to("/dev/full")
        return folder

    path = write(TEXT)
    monkeypatch.setattr(corpus_module, "_new_folder", new_folder)

    with pytest.raises(DatasetError, match="cannot be written: No space left on device; make room"):
        load_corpus(path, min_count=1)

    assert [] == list(cache.iterdir())


def damage(path, how):
    match how:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "other":
            path.write_bytes(b"{")
        case "short":
            path.write_bytes(path.read_bytes()[:-1])
        case "long":
            path.write_bytes(path.read_bytes() * 2)


@pytest.mark.parametrize("file", ["tokens.bin", "offsets.bin", "vocab.json", "manifest.json"])
@pytest.mark.parametrize("how", ["missing", "empty", "other", "short", "long"])
def test_a_damaged_cache_is_made_anew(write, cache, file, how):
    path = write(TEXT)
    load_corpus(path, min_count=1)
    (folder,) = cache.iterdir()
    whole = (folder / file).read_bytes()
    damage(folder / file, how)

    corpus = load_corpus(path, min_count=1)

    assert LINES == sentences(corpus)
    assert [folder] == list(cache.iterdir())
    assert whole == (folder / file).read_bytes()


def test_what_killed_encoders_left_is_removed_once_it_is_old(write, cache):
    for name in ("old", "new"):
        (cache / f"unfinished-{name}").mkdir(parents=True)
        (cache / f"unfinished-{name}" / "spool.bin").touch()
    for path in (cache / "unfinished-old" / "spool.bin", cache / "unfinished-old"):
        os.utime(path, (0, path.stat().st_mtime - STALE_SECONDS - 9))

    load_corpus(write(TEXT), min_count=1)

    assert ["unfinished-new"] == [path.name for path in cache.glob("unfinished-*")]


KILLS = """
import os, random, shutil, signal, sys, time
from sgns_bench.corpus import load_corpus
from sgns_bench.host import resources

path, rounds = sys.argv[1], int(sys.argv[2])
corpora = resources.cache_folder() / "corpora"


def encoder():  # forked before this process has a thread
    if child := os.fork():
        return child
    load_corpus(path, min_count=1, workers=2)
    os._exit(0)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


start = time.perf_counter()
os.waitpid(encoder(), 0)
seconds = time.perf_counter() - start
(whole,) = corpora.iterdir()
expected, unfinished = contents(whole), 0
for _ in range(rounds):
    shutil.rmtree(corpora)
    child = encoder()
    time.sleep(random.uniform(0, seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    corpora.mkdir(exist_ok=True)
    for left in corpora.iterdir():
        unfinished += left.name.startswith("unfinished-")
        assert left.name.startswith("unfinished-") or contents(left) == expected, left
print(unfinished)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes that it forks")
def test_killing_the_encoder_at_any_moment_leaves_nothing_that_looks_whole(write):
    path = write("".join(f"w{i % 7919} x{i % 11}\n" for i in range(500_000)))

    command = [sys.executable, "-c", KILLS, str(path), "50"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "" == result.stderr
    assert 10 < int(result.stdout) <= 50


def test_an_encoder_that_comes_second_takes_what_the_first_one_published(write, cache, monkeypatch):
    path = write(TEXT)
    encode = corpus_module.encode_files

    def slow(*args, **kwargs):
        encoded = encode(*args, **kwargs)
        monkeypatch.setattr(corpus_module, "encode_files", encode)
        load_corpus(path, min_count=1)  # as another process might
        return encoded

    monkeypatch.setattr(corpus_module, "encode_files", slow)

    corpus = load_corpus(path, min_count=1)

    assert LINES == sentences(corpus)
    assert 1 == len(list(cache.iterdir()))


def test_without_a_cache_the_corpus_goes_with_its_temporary_folder(
    write, tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(write("no folder", "file")))
    monkeypatch.setattr(corpus_module.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    corpus = load_corpus(write(TEXT), min_count=1)

    assert LINES == sentences(corpus)
    assert_sound(corpus)
    assert "mine.txt: not cached: " in caplog.text
    del corpus
    gc.collect()
    assert [] == list((tmp_path / "temporary").iterdir())


def test_sentences_may_come_from_anywhere():
    lines = [["New York", "is", "big"], [], ["is", "New York", "rare"]]

    corpus = corpus_from_sentences(iter(lines), min_count=2, name="cities")

    assert [["New York", "is"], ["is", "New York"]] == sentences(corpus)
    assert "cities" == corpus.name
    assert_sound(corpus)


def test_what_sentences_become_goes_with_the_corpus(cache):
    corpus = corpus_from_sentences([["a", "b"]], min_count=1)
    tokens = corpus.tokens

    del corpus
    gc.collect()

    assert [] == list(cache.iterdir())
    assert [1, 0] == tokens.tolist()


def test_a_text_that_teaches_nothing_is_not_cached(write, cache):
    with pytest.raises(DatasetError, match=r"^mine.txt: only 'a' is seen"):
        load_corpus(write("a a a"), min_count=1)

    assert [] == list(cache.iterdir())


def test_settings_reach_the_encoder(write):
    corpus = load_corpus(write(TEXT), min_count=2, max_sentence_length=3)

    assert [["the", "cat", "sat"], ["on", "the"]] == sentences(corpus)[:2]
    assert_sound(corpus)
