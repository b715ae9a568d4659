import bz2
import gzip
import lzma
import random

import numpy as np
import pytest

from sgns_bench import encoding
from sgns_bench.encoding import TextFile, encode
from sgns_bench.errors import ConfigError, DatasetError

TEXT = "the cat sat on the mat\n\n  a dog sat\ton the log \nthe cat and a dog ran\n"
PACKERS = {".txt": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file, reads it and encodes it."""

    def encode_file(content, name="mine.txt", *, min_count=1, max_sentence_length=1000):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return encode(
            TextFile(path),
            min_count=min_count,
            max_sentence_length=max_sentence_length,
            name=name,
        )

    return encode_file


def sentences(encoded):
    """Return the text as lists of words."""
    bounds = zip(encoded.offsets, encoded.offsets[1:], strict=False)
    return [[encoded.vocab.words[row] for row in encoded.tokens[a:b]] for a, b in bounds]


def assert_sound(encoded):
    """Check what holds for every text."""
    assert (np.int32, np.int64) == (encoded.tokens.dtype, encoded.offsets.dtype)
    assert (0, len(encoded.tokens)) == (encoded.offsets[0], encoded.offsets[-1])
    assert (np.diff(encoded.offsets) > 0).all()
    assert encoded.vocab.counts.tolist() == np.bincount(encoded.tokens).tolist()


def test_a_line_is_a_sentence_and_empty_lines_are_none(read):
    encoded = read(TEXT)

    assert [line.split() for line in TEXT.splitlines() if line] == sentences(encoded)
    assert_sound(encoded)


def test_rare_words_are_left_out_and_sentences_of_them_alone_dropped(read):
    encoded = read("rare\na b x a\ny z\nb", min_count=2)

    assert [["a", "b", "a"], ["b"]] == sentences(encoded)
    assert_sound(encoded)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_last_line_needs_no_line_end(read, line_end):
    encoded = read(line_end.join(["a b", "a c"]))

    assert [["a", "b"], ["a", "c"]] == sentences(encoded)


def test_a_long_sentence_goes_on_as_the_next_one(read):
    words = list("abcdefghij")

    encoded = read(" ".join(words) + "\na b c d\na", max_sentence_length=4)

    assert [words[:4], words[4:8], words[8:], words[:4], ["a"]] == sentences(encoded)
    assert_sound(encoded)


def test_the_length_of_a_sentence_counts_the_words_that_stay(read):
    encoded = read("a rare b a other b", min_count=2, max_sentence_length=4)

    assert [["a", "b", "a", "b"]] == sentences(encoded)


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("separator", [" ", "\n", "\t", "\u3000"])
def test_chunks_cut_neither_words_nor_characters(read, monkeypatch, chunk_bytes, separator):
    words = random.Random(1).choices(["naïve", "日本", "🙂", "a", "\ufffd"], k=200)
    monkeypatch.setattr(encoding, "CHUNK_BYTES", chunk_bytes)

    encoded = read(separator.join(words))

    assert words == [word for sentence in sentences(encoded) for word in sentence]


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files_read_as_plain_ones(read, suffix):
    packed = PACKERS[suffix](TEXT.encode())

    encoded = read(packed, "mine" + suffix)

    assert [line.split() for line in TEXT.splitlines() if line] == sentences(encoded)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: b"not " + packed,
        lambda packed: packed[:20] + b"\xff" * 20 + packed[40:],
    ],
)
def test_a_truncated_or_corrupt_file_is_one_line(read, suffix, damage):
    packed = damage(PACKERS[suffix](TEXT.encode() * 100))

    with pytest.raises(DatasetError, match=f"mine{suffix}: cannot be read: .*; check") as caught:
        read(packed, "mine" + suffix)

    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_first_word(read):
    encoded = read(b"\xef\xbb\xbfa b\na b")

    assert ["b", "a"] == list(encoded.vocab.words)


@pytest.mark.parametrize(
    ("content", "min_count", "message"),
    [
        ("", 1, "holds no words"),
        (" \n\t\n ", 1, "holds no words"),
        ("a b c a", 3, "no word is seen min_count = 3 times, the most frequent one 2 times; lower"),
        ("a b a a", 3, "only 'a' is seen min_count = 3 times, so there is nothing to learn from"),
        ("a a a a", 1, "only 'a' is seen min_count = 1 times, so there is nothing to learn from"),
    ],
)
def test_too_little_text_is_one_line(read, content, min_count, message):
    with pytest.raises(DatasetError, match=f"^mine.txt: {message}"):
        read(content, min_count=min_count)


def test_a_sentence_has_room_for_a_word(read):
    with pytest.raises(ConfigError, match="max_sentence_length = 0"):
        read(TEXT, max_sentence_length=0)


@pytest.mark.parametrize(
    ("content", "replaced"),
    [(b"a b", 0), (b"a \xff b\xc3 \xe2\x82 b", 3), (b"a \xef\xbf\xbd b", 0), (b"a \xff\xff b", 2)],
)
def test_invalid_utf8_is_counted_and_a_genuine_replacement_is_not(tmp_path, content, replaced):
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    text = TextFile(path)

    list(text)

    assert replaced == text.replaced
