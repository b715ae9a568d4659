"""A table of words counts each once, in whatever order chunks come, and forgets rare ones."""

from collections import Counter
from itertools import chain

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from sgns_bench.corpus.word_table import END, ORDER_BITS, empty_table, merge, prune, words_of

CHUNKS = st.lists(st.sets(st.binary(max_size=20), max_size=30), min_size=1, max_size=4)
MASKS = st.sampled_from([0, 1, 3, 0xFFFFFFFF])


def counted(text, hash_mask=0xFFFFFFFF):
    """Return words, each so often as it comes, by hashes that are made to collide."""
    counts = Counter(text)
    words = words_of(list(counts), np.array([*counts.values()], dtype=np.int64))
    return words._replace(hashes=words.hashes & np.uint32(hash_mask))


def held(table):
    """Return each word that is not pruned, as bytes, with id, count and key."""
    w = table.words
    rows = zip(w.starts.tolist(), w.lengths.tolist(), w.counts.tolist(), table.first, strict=True)
    return {
        w.text[start : start + length].tobytes(): (id_, count, key)
        for id_, (start, length, count, key) in enumerate(rows, start=1)
        if id_ <= table.ids_given and count
    }


@given(chunks=CHUNKS, hash_mask=MASKS, data=st.data())
@example([{b"", b"\0", b"\0\0", b"1234567", b"12345678", b"1234567\0"}], 0, None)
def test_chunks_may_be_merged_in_any_order(chunks, hash_mask, data):
    chunks = [sorted(chunk) for chunk in chunks]
    order = data.draw(st.permutations(range(len(chunks)))) if data else [0]
    first = {}
    for number, chunk in enumerate(chunks):
        for k, word in enumerate(chunk):
            first.setdefault(word, (number << ORDER_BITS) + k)

    table, mappings = empty_table(), {}
    for number in order:
        words = counted(2 * chunks[number], hash_mask)
        mappings[number], table = merge(words, number << ORDER_BITS, table)

    found = held(table)
    expected = {word: 2 * n for word, n in Counter(chain.from_iterable(chunks)).items()}
    assert expected == {word: count for word, (_, count, _) in found.items()}
    assert first == {word: key for word, (_, _, key) in found.items()}
    for number, chunk in enumerate(chunks):
        assert [END, *(found[word][0] for word in chunk)] == mappings[number].tolist()


def test_a_table_grows_with_its_words():
    chunks = [[f"{part}-{i}".encode() for i in range(30_000)] for part in range(3)]

    table = empty_table()
    for number, chunk in enumerate(chunks):
        _, table = merge(counted(chunk), number << ORDER_BITS, table)

    assert {word for chunk in chunks for word in chunk} == set(held(table))
    assert len(table.slots) >= 2 * 90_000


def test_pruned_words_are_forgotten_and_their_ids_given_out_again():
    _, table = merge(counted(b"a a rare b b b unseen".split()), 0, empty_table())

    table = prune(table, 1)
    pruned, size = held(table), table.text_bytes
    mapping, table = merge(counted(b"new a rare c".split()), 1 << ORDER_BITS, table)

    key = 1 << ORDER_BITS
    later = {b"new": (key, 1), b"rare": (key + 2, 1), b"c": (key + 3, 1)}
    expected = {b"a": (0, 3), b"b": (2, 3), **later}
    assert {b"a": (1, 2, 0), b"b": (3, 3, 2)} == pruned
    assert len(b"ab") == size
    assert expected == {word: (first, n) for word, (_, n, first) in held(table).items()}
    assert {1, 2, 4, 5} == set(mapping[1:].tolist())
