import hashlib
import json
import tempfile
import threading
from collections import Counter
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sgns_bench.corpus import encoder
from sgns_bench.corpus.encoder import encode_files, encode_sentences
from sgns_bench.corpus.textfiles import TextFiles
from sgns_bench.corpus.tokenizer import BLANKS, WHOLE_HASH, WIDE_BLANKS, scan
from sgns_bench.corpus.word_table import PADDING
from sgns_bench.corpus.writer import CONTENT, FORMAT, Options, token_type
from sgns_bench.errors import ConfigError, DatasetError
from sgns_bench.vocab import Vocab

BOM = b"\xef\xbb\xbf"
PIECES = [BOM, b"a", b"b", b"A", b"ab", b"longer" * 12, b"\n", b"\r\n", b"\0", b"\xe2\x80", b"\xff"]
PIECES += [piece.encode() for piece in (*BLANKS, *WIDE_BLANKS, "É", "é", "İ", "Σ", "日", "\ufffd")]
PACKED = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"(\xb5/\xfd", b"PK\3\4"  # no text begins so
TEXTS = (
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=50)
    .map(b"".join)
    .filter(lambda text: not text.startswith(PACKED))
)
LETTERS = ["a", "b", "A", "", "\0", " ", "\n", "\ud800", "\udc00", "\ufffd", "\U00010000", "İ"]
STRINGS = st.lists(st.sampled_from(LETTERS) | st.characters(), max_size=3).map("".join)
OPTIONS = st.builds(
    Options,
    min_count=st.integers(0, 3),
    max_sentence_length=st.integers(1, 5) | st.just(1000),
    lowercase=st.booleans(),
    max_final_vocab=st.none() | st.integers(2, 9),
)


def encoded(files, options=None, *, sentences=None, workers=1, hash_mask=WHOLE_HASH):
    """Encode files or sentences; return what is in the folder, read in the simplest way."""
    options = options or Options(min_count=1)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setattr(encoder, "scan", partial(scan, hash_mask=np.uint32(hash_mask)))
        if sentences is None:
            sha256 = encode_files(files, folder, options, name="mine", workers=workers)
        else:
            sha256 = encode_sentences(sentences, folder, options, name="mine")
        found = contents(folder)
        assert sha256 == found["manifest"]["sha256"]
        return SimpleNamespace(**found, **found["manifest"])


def contents(folder):
    """Return the contents of a folder, and check what holds for every one."""
    assert {*CONTENT, "manifest.json"} == {path.name for path in folder.iterdir()}
    vocab = json.loads((folder / "vocab.json").read_text("utf-8", "surrogatepass"))
    words, counts = vocab["words"], vocab["counts"]
    tokens = np.fromfile(folder / "tokens.bin", token_type(len(words)))
    offsets = np.fromfile(folder / "offsets.bin", "<i8")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (0, len(tokens)) == (offsets[0], offsets[-1])
    assert (np.diff(offsets) > 0).all()
    assert counts == np.bincount(tokens).tolist()
    assert counts == sorted(counts, reverse=True)
    assert len(words) == len(set(words)) == manifest["vocabulary"]
    assert (len(tokens), len(offsets) - 1) == (manifest["tokens"], manifest["sentences"])
    lines = [[words[row] for row in tokens[a:b]] for a, b in pairwise(offsets)]
    return {"words": words, "counts": counts, "lines": lines, "manifest": manifest}


def plain(lines, options):
    """Do the same with Python's own tools; return words, counts and lines."""
    lines = [[word.lower() if options.lowercase else word for word in line] for line in lines]
    counts = Counter(word for line in lines for word in line)
    words = [word for word in counts if counts[word] >= options.min_count]
    words.reverse()  # of ties, the last comes first
    words.sort(key=lambda word: -counts[word])
    vocab = Vocab(words, np.array([counts[word] for word in words], dtype=np.int64))
    if options.max_final_vocab is not None and len(vocab) > options.max_final_vocab:
        least = vocab.counts[options.max_final_vocab] + 1
        n = int((vocab.counts >= least).sum())
        vocab = Vocab(vocab.words[:n], vocab.counts[:n])
    kept = ([word for word in line if word in vocab.index] for line in lines)
    longest = options.max_sentence_length
    parts = [line[i : i + longest] for line in kept for i in range(0, len(line), longest)]
    return list(vocab.words), vocab.counts.tolist(), parts


def split(text):
    """Return the lines of a text as lists of words."""
    decoded = text.removeprefix(BOM).decode("utf-8", "replace")
    return [line.split() for line in decoded.split("\n")]


def replaced(text):
    text = text.removeprefix(BOM)
    return text.decode("utf-8", "replace").count("\ufffd") - text.count("\ufffd".encode())


def written(folder, texts):
    """Write a file for each text; return their paths."""
    paths = [folder / str(number) for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return paths


@pytest.fixture
def write(tmp_path):
    """Return a function that writes files and returns them, ready to be encoded."""

    def write_files(*texts, chunk_bytes=1 << 23):
        return TextFiles(written(tmp_path, [text.encode() for text in texts]), chunk_bytes)

    return write_files


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=4),
    options=OPTIONS,
    chunk_bytes=st.integers(1, 64),
    workers=st.integers(1, 4),
    hash_mask=st.sampled_from([WHOLE_HASH, 0, 1, 3]),
)
@example([b"a b\xe2\x80", b"a \xe2\x80\na"], Options(min_count=1), 1, 2, 0)
@example([b"aa b  a", b"a b "], Options(min_count=1), 2, 1, WHOLE_HASH)
def test_bytes_become_what_plain_python_makes_of_them(
    texts, options, chunk_bytes, workers, hash_mask
):
    words, counts, lines = plain([line for text in texts for line in split(text)], options)

    with tempfile.TemporaryDirectory() as folder:
        files = TextFiles(written(Path(folder), texts), chunk_bytes)
        if len(words) < 2:
            with pytest.raises(DatasetError):
                encoded(files, options, workers=workers, hash_mask=hash_mask)
            return
        result = encoded(files, options, workers=workers, hash_mask=hash_mask)

    assert words == result.words
    assert counts == result.counts
    assert lines == result.lines
    assert (sum(map(replaced, texts)), 0) == (result.replaced, result.pruned)


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    options=OPTIONS,
    chunk_bytes=st.integers(1, 40),
    random=st.randoms(use_true_random=False),
)
@example([b"a B\n", b"c A b C"], Options(min_count=1, lowercase=True), 40, SimpleNamespace(
    shuffle=list.reverse
))  # fmt: skip
def test_chunks_may_come_in_any_order(texts, options, chunk_bytes, random):
    words, counts, lines = plain([line for text in texts for line in split(text)], options)
    assume(len(words) > 1)
    with tempfile.TemporaryDirectory() as folder:
        files = TextFiles(written(Path(folder), texts), chunk_bytes)
        chunks = [chunk._replace(text=chunk.text.copy()) for chunk in iter(files.next, None)]
    random.shuffle(chunks)
    others = iter([*chunks, None])
    shuffled = SimpleNamespace(
        next=lambda: next(others), stop=list, close=list, bytes_read=0, sha256=files.sha256
    )

    result = encoded(shuffled, options)

    assert (words, counts, lines) == (result.words, result.counts, result.lines)


@given(sentences=st.lists(st.lists(STRINGS, max_size=6), min_size=2, max_size=8), options=OPTIONS)
@example([["\ud800\udc00", "\U00010000", "\ufffd", "\ud800", "\udfff"]], Options(min_count=1))
def test_words_of_lists_may_be_any_strings(sentences, options):
    sentences += [["a", "b"]] * 3
    words, counts, lines = plain(sentences, options)
    assume(len(words) > 1)

    result = encoded(None, options, sentences=sentences)

    assert (words, counts, lines) == (result.words, result.counts, result.lines)
    assert 0 == result.replaced


def test_sentences_may_come_from_a_generator_and_fill_several_chunks(monkeypatch):
    monkeypatch.setattr(encoder, "CHUNK_WORDS", 4)
    sentences = [["b", "a"], [], ["a"] * 7, ["c", "b", "a"], ["c"]] * 3

    result = encoded(None, sentences=(iter(sentence) for sentence in sentences))

    words, counts, lines = plain(sentences, Options(min_count=1))
    assert (words, counts, lines) == (result.words, result.counts, result.lines)


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (["a b"], r"^sentence 1 is a string, 'a b'; give lists of words$"),
        ([["a"], "b"], r"^sentence 2 is a string, 'b'; give lists of words$"),
        ([["a", 7]], r"^7 is no word but of type int; give strings$"),
        ([["a", None, "b"]], r"^None is no word but of type NoneType; give strings$"),
        ([["a", b"b"]], r"^b'b' is no word but of type bytes; give strings$"),
        ([[["a", "b"]]], r"^\['a', 'b'\] is no word but of type list; give strings$"),
    ],
)
def test_what_is_no_list_of_words_is_one_line(sentences, message):
    with pytest.raises(ConfigError, match=message):
        encoded(None, sentences=sentences)


def pruned(chunks, largest):
    """Return the lines that are left if at most so many words are held after each chunk."""
    lives, tokens, rare, forgotten = {}, [], 1, 0
    for text in chunks:
        for word in text.replace("\n", " \n ").split(" "):
            if word == "\n":
                tokens.append((word, None))
            elif word:
                life = lives.setdefault(word, [0])
                life[0] += 1
                tokens.append((word, life))
        while len(lives) > largest:
            dead = [word for word, life in lives.items() if life[0] <= rare]
            for word in dead:
                lives.pop(word)[0] = 0
            forgotten += len(dead)
            rare += 1
    left = " ".join(word for word, life in tokens if life is None or life[0])
    return [line.split() for line in left.split("\n")], forgotten


@given(
    words=st.lists(st.sampled_from([*"abcdefgh", "\n", "A", "B"]), min_size=8, max_size=150),
    largest=st.integers(2, 8),
    chunk_bytes=st.integers(2, 40),
    options=OPTIONS,
)
def test_a_limited_vocabulary_forgets_as_the_plain_rule_says(words, largest, chunk_bytes, options):
    options = Options(**{**vars(options), "max_vocab_size": largest})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(" ".join(words))
        files = TextFiles([path], chunk_bytes)
        chunks = [chunk.text[:-PADDING].tobytes().decode() for chunk in iter(files.next, None)]
        left, forgotten = pruned(chunks, largest)
        expected = plain(left, options)
        assume(len(expected[0]) > 1)

        result = encoded(TextFiles([path], chunk_bytes), options, workers=4)

    assert expected == (result.words, result.counts, result.lines)
    assert forgotten == result.pruned


@pytest.mark.parametrize(("vocabulary", "type_"), [(65_536, np.uint16), (65_537, np.int32)])
def test_tokens_are_as_narrow_as_the_vocabulary_allows(write, tmp_path, vocabulary, type_):
    words = [str(i) for i in range(vocabulary)]
    (tmp_path / "out").mkdir()

    encode_files(
        write(" ".join(words)), tmp_path / "out", Options(min_count=1), name="mine", workers=1
    )

    tokens = np.fromfile(tmp_path / "out" / "tokens.bin", type_)
    assert list(range(vocabulary))[::-1] == tokens.tolist()


def test_a_word_longer_than_a_chunk_is_a_word(write):
    word = "long" * 200_000
    files = write(f"a {word} b\n{word} c {word}x", chunk_bytes=1 << 16)

    result = encoded(files)

    assert [["a", word, "b"], [word, "c", word + "x"]] == result.lines


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "contains no words"),
        (" \n\t\n ", {}, "contains no words"),
        ("a b c a", {"min_count": 3},
         "no word is seen min_count = 3 times, the most frequent one 2 times; lower min_count$"),
        ("a b a a", {"min_count": 3},
         "only 'a' is seen min_count = 3 times, so there is nothing to learn from"),
        ("a a a a", {}, "only 'a' is seen min_count = 1 times, so there is nothing to learn from"),
        ("a b b", {"max_final_vocab": 1}, "max_final_vocab = 1 leaves nothing to learn from; raise"),
        ("a b c", {"max_final_vocab": 2}, "max_final_vocab = 2 leaves nothing to learn from; raise"),
        ("a b c", {"max_vocab_size": 1}, "max_vocab_size = 1 leaves nothing to learn from; raise"),
    ],
)  # fmt: skip
def test_too_little_text_is_one_line(write, content, options, message):
    with pytest.raises(DatasetError, match=f"^mine: {message}"):
        encoded(write(content), Options(**{"min_count": 1, **options}))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("min_count", -1, "must not be negative"),
        ("max_sentence_length", 0, "must be at least 1"),
        ("max_vocab_size", 0, "must be at least 1"),
        ("max_final_vocab", -5, "must be at least 1"),
        ("min_count", None, "must be of type int"),
        ("max_vocab_size", 1e6, "must be of type int"),
        ("lowercase", "no", "must be of type bool"),
    ],
)
def test_an_option_of_a_wrong_type_or_out_of_its_range_is_one_line(name, value, message):
    with pytest.raises(ConfigError, match=f"^{name} = {value!r}: {message}$"):
        Options(**{"min_count": 1, name: value})


def test_the_manifest_says_of_what_the_corpus_was_made_and_how(write):
    result = encoded(write("a b\na"), Options(min_count=1, lowercase=True))

    expected = {"format": FORMAT, "source": "mine", "lowercase": True, "min_count": 1}
    assert expected.items() <= result.manifest.items()
    assert (3, 2, 2) == (result.tokens, result.sentences, result.vocabulary)
    assert hashlib.sha256(b"a b\na").hexdigest() == result.sha256


def test_several_files_have_a_checksum_of_their_own_that_knows_their_order(write):
    first, second = (hashlib.sha256(text).hexdigest() for text in (b"a b", b"c"))

    result = encoded(write("a b", "c"))

    assert hashlib.sha256(f"{first}\n{second}".encode()).hexdigest() == result.sha256


def test_sentences_have_the_checksum_of_what_is_made_of_them():
    sha256 = [encoded(None, sentences=[["a", "b"], [c]]).sha256 for c in "aab"]

    assert sha256[0] == sha256[1] != sha256[2]
    assert 64 == len(sha256[0])


def test_more_files_than_can_be_numbered_are_one_line(write, monkeypatch):
    monkeypatch.setattr(encoder, "MAX_FILES", 2)

    assert 4 == encoded(write("a b", "a b")).tokens
    with pytest.raises(DatasetError, match=r"^mine: 3 files, more than 2; join some of them"):
        encoded(write("a b", "a b", "a b"))


@pytest.mark.parametrize("workers", [1, 4])
def test_what_goes_wrong_in_a_thread_ends_all_of_them_and_is_raised(write, monkeypatch, workers):
    files = write(*["a b " * 5000] * 8, chunk_bytes=20)
    scanned = []

    def fail(*args, **kwargs):
        scanned.append(threading.get_ident())
        if len(scanned) == 50:
            raise MemoryError("all gone")
        return scan(*args, **kwargs)

    monkeypatch.setattr(encoder, "scan", fail)
    with tempfile.TemporaryDirectory() as folder, pytest.raises(MemoryError, match="all gone"):
        encode_files(files, Path(folder), Options(min_count=1), name="mine", workers=workers)

    assert len(scanned) < 2000  # of 8000 chunks
    assert 1 == threading.active_count()
