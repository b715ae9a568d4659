import numpy as np

from sgns_bench.word2vec.encoded import Encoded, Ring, batches, count, encode


def test_words_are_numbered_by_first_appearance():
    counted = count([["b", "a"], [], ["b", 7]])

    tokens, offsets, examples, raw_words = counted.encoded
    assert ["b", "a", 7] == counted.words
    assert ([0, 1, 0, 2], [0, 2, 4], 3, 4) == (
        tokens.tolist(),
        offsets.tolist(),
        examples,
        raw_words,
    )
    assert [("b", 2), ("a", 1), (7, 1)] == list(counted.raw_vocab().items())


def test_unknown_words_are_left_out_and_windows_close_over_them():
    encoded = encode([["a", "?", "b"], ["?"], ["b"]], {"a": 0, "b": 1})

    tokens, offsets, examples, raw_words = encoded
    assert ([0, 1, 1], [0, 2, 3], 3, 5) == (tokens.tolist(), offsets.tolist(), examples, raw_words)


def test_counting_first_and_encoding_at_once_agree(lee):
    known = {word: row for row, word in enumerate(sorted({w for s in lee for w in s})[::3])}

    at_once, later = encode(lee, known), count(lee).in_vocabulary(known)

    np.testing.assert_array_equal(at_once.tokens, later.tokens)
    np.testing.assert_array_equal(at_once.offsets, later.offsets)


def test_batches_are_the_whole_in_order(lee):
    known = {word: row for row, word in enumerate({w for s in lee for w in s})}

    parts = list(batches(iter(lee), known, words=1000))

    whole = encode(lee, known)
    assert 40 < len(parts) < 59
    np.testing.assert_array_equal(whole.tokens, np.concatenate([p.tokens for p in parts]))
    assert (300, 59_890) == (sum(p.examples for p in parts), sum(p.raw_words for p in parts))


def test_a_batch_larger_than_its_room_comes_in_pieces():
    ring = Ring(slots=2, size=4)
    batch = Encoded(np.arange(10), np.array([0, 3, 4, 7, 10]), 4, 10)

    pieces = [(batch.tokens[t], batch.offsets[s]) for s, t in ring.pieces(batch)]

    assert [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]] == [tokens.tolist() for tokens, _ in pieces]
    for number, (tokens, offsets) in enumerate(pieces):
        rows = ring.put(number, tokens, offsets)
        found = [ring.tokens[ring.offsets[r] : ring.offsets[r + 1]] for r in rows]
        np.testing.assert_array_equal(tokens, np.concatenate(found))


class Liar(list):
    """Says that it has one word more than it yields."""

    def __len__(self):
        return super().__len__() + 1


def test_a_sentence_that_yields_fewer_words_than_it_says_is_as_long_as_it_yields():
    sentences = [Liar("ab"), ["c"], Liar("d")]

    counted = count(sentences)

    assert counted.encoded.offsets.tolist() == [0, 2, 3, 4]
    assert counted.words == ["a", "b", "c", "d"]
