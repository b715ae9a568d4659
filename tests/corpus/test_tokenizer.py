import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sgns_bench.corpus.tokenizer import BLANKS, WHOLE_HASH, WIDE_BLANKS, scan
from sgns_bench.corpus.word_table import END, padded, words_of

PIECES = [b"a", b"b", b"ab", b"\n", b" ", b"\r\n", b"\0", b"\x1c", b"\x1f", b"\x80", b"\xbf"]
PIECES += [
    b"longer" * 12,
    b"\xc2",
    b"\xe1\x9a",
    b"\xe2",
    b"\xe2\x80",
    b"\xe2\x81",
    b"\xe3",
    b"\xe3\x80",
    b"\xf0",
]
PIECES += [blank.encode() for blank in WIDE_BLANKS]
TEXTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=40).map(b"".join)
MASKS = st.sampled_from([WHOLE_HASH, *map(np.uint32, (0, 1, 3))])


def scanned(text, *, is_last=True, hash_mask=WHOLE_HASH):
    """Return the ids of a text as a list, and its words."""
    ids = np.full(len(text) + 1, -7, dtype=np.int32)
    n, words = scan(padded(text), is_last, ids, hash_mask)
    return ids[:n].tolist(), words


def spelled(words):
    """Return words as bytes."""
    pairs = zip(words.starts.tolist(), words.lengths.tolist(), strict=True)
    return [words.text[a : a + n].tobytes() for a, n in pairs]


def sentences_of(ids, words):
    """Return ids as lists of decoded words; invalid UTF-8 is replaced."""
    spelling = [word.decode("utf-8", "replace") for word in spelled(words)]
    sentences = [[]]
    for id_ in ids:
        if id_ == END:
            sentences.append([])
        else:
            sentences[-1].append(spelling[id_ - 1])
    return sentences


@given(text=TEXTS, hash_mask=MASKS)
@example(text=b"\xe2\x80A", hash_mask=WHOLE_HASH)
@example(text=b"\xe2\x80\n\xe2\x80", hash_mask=WHOLE_HASH)
@example(text="x\u2000\u200a\u200b\u2028".encode(), hash_mask=WHOLE_HASH)
def test_words_are_those_that_python_splits(text, hash_mask):
    lines = text.decode("utf-8", "replace").split("\n")

    ids, words = scanned(text, hash_mask=hash_mask)

    sentences = sentences_of(ids, words)
    assert [] == sentences.pop()
    assert [line.split() for line in lines if line.split()] == [s for s in sentences if s]


@given(text=TEXTS, hash_mask=MASKS)
def test_each_word_has_one_id_in_order_of_appearance_and_its_count(text, hash_mask):
    ids, words = scanned(text, hash_mask=hash_mask)

    counts = Counter(id_ for id_ in ids if id_ != END)
    assert list(range(1, len(words.starts) + 1)) == list(counts)
    assert list(counts.values()) == words.counts.tolist()
    assert len(words.starts) == len(set(spelled(words)))


def test_every_character_parts_words_exactly_if_python_splits_there():
    characters = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    text = "\n".join(f"a{c}b" for c in characters)
    expected = [len(line.split()) for line in text.split("\n")]

    ids, _ = scanned(text.encode())

    ends = np.flatnonzero(np.array(ids) == END)
    assert expected == (np.diff(ends, prepend=-1) - 1).tolist()


def test_the_blanks_named_are_all_there_are():
    blank = {chr(c) for c in range(sys.maxunicode + 1) if chr(c).isspace()}

    assert blank == {"\n", *BLANKS, *WIDE_BLANKS}


@pytest.mark.parametrize("text", [b"a", b"a\n", b"a \n", b"a\n\n"])
def test_the_last_sentence_ends_with_its_file(text):
    ids, _ = scanned(text)

    assert END == ids[-1]


@pytest.mark.parametrize("text", [b"", b" ", "\u3000".encode()])
def test_a_file_whose_last_chunk_has_no_word_ends_the_sentence_that_is_open(text):
    assert [END] == scanned(text)[0]


@pytest.mark.parametrize("text", [b"word " * 50, b"w" * 200, b"a\n" * 100])
def test_a_text_may_have_any_length(text):
    for n in range(len(text) + 1):
        ids, words = scanned(text[:n])

        assert text[:n].split() == [spelled(words)[id_ - 1] for id_ in ids if id_ != END]
        assert max(1, len(text[:n].splitlines())) == ids.count(END)


def test_a_sentence_goes_on_in_the_next_chunk():
    assert [1, 2] == scanned(b"a b ", is_last=False)[0]


def test_a_table_grows_with_its_words():
    expected = [f"word{i}".encode() for i in range(70_000)]

    ids, words = scanned(b" ".join(expected * 2))

    assert [*range(1, 70_001), *range(1, 70_001), END] == ids
    assert expected == spelled(words)
    assert {2} == set(words.counts.tolist())


def test_a_word_is_told_from_one_that_differs_in_a_single_byte_wherever_it_stands():
    word = bytes(range(65, 65 + 40)) * 8
    others = [word[:i] + b"!" + word[i + 1 :] for i in range(len(word))]
    shorter = [word[:n] for n in range(1, len(word))]
    last = [word[: n - 1] + b"!" for n in range(1, 40)]
    expected = [word, *others, *shorter, *last]

    ids, words = scanned(b" ".join(expected * 2), hash_mask=np.uint32(0))

    assert [*range(1, len(expected) + 1)] * 2 + [END] == ids
    assert expected == spelled(words)


def test_nothing_behind_a_text_belongs_to_its_last_word():
    text = padded(b"a\nsome words")
    text[-64:] = ord("x")
    ids = np.empty(20, dtype=np.int32)

    n, words = scan(text, True, ids)

    assert [1, END, 2, 3, END] == ids[:n].tolist()
    assert [b"a", b"some", b"words"] == spelled(words)


def test_words_that_come_as_lists_are_those_in_text():
    encoded = [b"the", "naïve".encode(), "日本".encode(), b"counterrevolutionary"]

    _, words = scanned(b" ".join(encoded))
    other = words_of(encoded, words.counts)

    assert words.hashes.tolist() == other.hashes.tolist()
    assert words.keys.tolist() == other.keys.tolist()
