"""Encodes every kind of corpus that gensim's Word2Vec takes as token ids.

A file, or anything that has a length, is encoded once (:class:`Encoded`). Any other iterable is read
anew in every epoch, in batches, while earlier batches are trained (:func:`batches`, :class:`Ring`). Tokens may be any
hashable objects. Words outside the vocabulary are removed before windows are taken, as in gensim. A
sentence of more than ``MAX_WORDS`` words is split, whereas gensim drops the rest.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from gensim.models.word2vec import LineSentence, PathLineSentences

from sgns_bench.corpus import load_corpus
from sgns_bench.errors import DatasetError

MAX_WORDS: Final = 10_000  # per sentence, as in gensim
PART_TOKENS: Final = 1 << 20  # tokens that are processed at a time
PART_SENTENCES: Final = 10_000  # sentences that are held at a time, if they are not in a list

Ids = npt.NDArray[Any]
Offsets = npt.NDArray[np.int64]
Sentences = Iterable[Sequence[Hashable]]


class Encoded(NamedTuple):
    """Some or all sentences of a corpus."""

    tokens: Ids  # (T,) integers, rows of the vocabulary; in :class:`Counted`, indices of ``words``
    # (S+1,) int64; sentence s is ``tokens[offsets[s]:offsets[s + 1]]``, never empty
    offsets: Offsets
    examples: int  # sentences in the user's corpus, before any were split or removed
    raw_words: int  # words in the user's corpus, before any were removed


class Counted(NamedTuple):
    """A whole corpus before its vocabulary is chosen."""

    encoded: Encoded  # the sentences; tokens are indices of ``words``
    words: Sequence[Hashable]  # all distinct words
    counts: npt.NDArray[np.int64]  # (len(words),) int64, occurrences of each word

    def raw_vocab(self) -> dict[Hashable, int]:
        """Return the counts by word, in order of first appearance, as gensim has them."""
        tokens = self.encoded.tokens
        first = np.zeros(len(self.words), dtype=np.int64)
        # Go backwards: of several writes to one word, the last one, its first occurrence, stays.
        for end in range(len(tokens), 0, -PART_TOKENS):
            begin = max(0, end - PART_TOKENS)
            first[tokens[begin:end][::-1]] = np.arange(end, begin, -1)
        counts = self.counts.tolist()
        return defaultdict(int, {self.words[w]: counts[w] for w in np.argsort(first).tolist()})

    def in_vocabulary(self, key_to_index: Mapping[Hashable, int]) -> Encoded:
        """Return the corpus as rows of a vocabulary, without words outside it."""
        rows = np.fromiter(map(key_to_index.get, self.words, repeat(-1)), np.int32, len(self.words))
        tokens, offsets, *counts = self.encoded
        kept = _room(len(tokens), tokens)
        ends, n = [np.zeros(1, dtype=np.int64)], 0
        for first, last in _parts(offsets, PART_TOKENS):
            part = rows[tokens[offsets[first] : offsets[last]]]
            part, bounds = _closed(part, offsets[first : last + 1] - offsets[first])
            kept[n : n + len(part)] = part
            ends.append(bounds[1:] + n)
            n += len(part)
        return Encoded(kept[:n], np.concatenate(ends), *counts)


def count(sentences: Sentences) -> Counted:
    """Count the words of sentences, in one pass; words are numbered by first appearance."""
    number: defaultdict[Hashable, int] = defaultdict(lambda: len(number))
    ids, lengths = _numbered(sentences, partial(map, number.__getitem__))
    encoded = Encoded(ids, _offsets(lengths), len(lengths), len(ids))
    return Counted(encoded, list(number), np.bincount(ids, minlength=len(number)))


def count_files(corpus: Any) -> Counted | None:
    """Count and encode the files of one of gensim's line readers.

    Returns:
        The whole corpus; None if ``corpus`` is no such reader of local files, or has a limit, or
        its files cannot be encoded.
    """
    files = _files(corpus)
    if not files:
        return None
    length = min(corpus.max_sentence_length, MAX_WORDS)
    try:
        found = load_corpus(files, min_count=1, max_sentence_length=length)
    except DatasetError:
        return None  # gensim raises its own error
    sentences, words = len(found.offsets) - 1, len(found.tokens)
    encoded = Encoded(found.tokens, found.offsets, sentences, words)
    return Counted(encoded, found.vocab.words, found.vocab.counts)


def _files(corpus: Any) -> list[Path]:
    if type(corpus) not in (LineSentence, PathLineSentences) or corpus.limit is not None:
        return []
    sources = corpus.input_files if type(corpus) is PathLineSentences else [corpus.source]
    # gensim also opens URLs, and raises its own error for a missing file.
    files = [
        Path(path) for path in sources if isinstance(path, str | Path) and Path(path).is_file()
    ]
    return files if len(files) == len(sources) else []


def encode(sentences: Sentences, key_to_index: Mapping[Hashable, int]) -> Encoded:
    """Encode sentences with a given vocabulary, in one pass."""
    ids, lengths = _numbered(sentences, lambda words: map(key_to_index.get, words, repeat(-1)))
    return Encoded(*_closed(ids, _offsets(lengths)), len(lengths), len(ids))


def batches(
    sentences: Sentences, key_to_index: Mapping[Hashable, int], words: int
) -> Iterator[Encoded]:
    """Encode an iterable of sentences in batches, read once, as needed.

    A batch ends with the sentence that brings it to ``words`` words.
    """
    batch: list[Sequence[Hashable]] = []
    length = 0
    for sentence in sentences:
        batch.append(sentence)
        length += len(sentence)
        if length >= words:
            yield encode(batch, key_to_index)
            batch, length = [], 0
    if batch:
        yield encode(batch, key_to_index)


class Ring:
    """A ring buffer for the latest pieces of a stream, in arrays that a kernel can read.

    It has ``slots`` slots, each for a piece of at most ``size`` tokens.

    Attributes:
        tokens: (slots * size,) int32, the pieces' tokens.
        offsets: (slots * (size + 1),) int64, the bounds of their sentences in ``tokens``.
    """

    def __init__(self, slots: int, size: int) -> None:
        self.tokens = np.zeros(slots * size, dtype=np.int32)
        self.offsets = np.zeros(slots * (size + 1), dtype=np.int64)
        self.slots, self.size = slots, size

    def pieces(self, batch: Encoded) -> Iterator[tuple[slice, slice]]:
        """Split a batch into pieces that fit a slot; yield the offsets and tokens of each."""
        for first, last in _parts(batch.offsets, self.size):
            yield slice(first, last + 1), slice(batch.offsets[first], batch.offsets[last])

    def put(self, number: int, tokens: Ids, offsets: Offsets) -> npt.NDArray[np.int64]:
        """Write a piece into its slot, over the piece that came ``slots`` pieces earlier.

        Pieces are numbered from 0. They have n <= ``size`` tokens; the first of the (s+1,) offsets
        need not be 0. Returns the sentences as (s,) int64 rows of ``self.offsets``.
        """
        slot = number % self.slots
        token, row = slot * self.size, slot * (self.size + 1)
        self.tokens[token : token + len(tokens)] = tokens
        self.offsets[row : row + len(offsets)] = offsets - offsets[0] + token
        return np.arange(row, row + len(offsets) - 1)


def _numbered(
    sentences: Sentences, number: Callable[[Iterable[Hashable]], Iterable[int]]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the numbers of all words, and the lengths of the sentences.

    Args:
        sentences: S sentences; read once, since a second pass may give others.
        number: returns the numbers of words.
    """
    parts = [_part_numbered(part, number) for part in _held(sentences)]
    if len(parts) == 1:  # a list: do not copy
        return parts[0]
    none = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    ids, lengths = zip(none, *parts, strict=True)
    return np.concatenate(ids), np.concatenate(lengths)


def _part_numbered(
    part: Sequence[Sequence[Hashable]], number: Callable[[Iterable[Hashable]], Iterable[int]]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    ids = np.fromiter(number(chain.from_iterable(part)), np.int32)
    lengths = np.fromiter(map(len, part), np.int64, len(part))
    if lengths.sum() != len(ids):  # some sentence yields another number of words than its len()
        return _part_numbered([list(sentence) for sentence in part], number)
    return ids, lengths


def _held(sentences: Sentences) -> Iterator[Sequence[Sequence[Hashable]]]:
    """Yield a list or tuple as it is, and other sentences in lists of some thousands."""
    if isinstance(sentences, list | tuple):
        yield sentences
        return
    rest = iter(sentences)
    while part := list(islice(rest, PART_SENTENCES)):
        yield part


def _offsets(lengths: npt.NDArray[np.int64]) -> Offsets:
    """Return bounds of sentences, (S+1,) int64; sentences over ``MAX_WORDS`` are split."""
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    long = np.flatnonzero(np.diff(starts) > MAX_WORDS)
    cuts = [np.arange(starts[s], starts[s + 1], MAX_WORDS) for s in long]
    return np.unique(np.concatenate([starts, *cuts]))


def _closed(rows: npt.NDArray[np.int32], offsets: Offsets) -> tuple[Ids, Offsets]:
    """Remove negative rows, then empty sentences."""
    kept = rows >= 0
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(kept)])
    return rows[kept], np.unique(before[offsets])


def _parts(offsets: Offsets, tokens: int) -> Iterator[tuple[int, int]]:
    """Yield first and last row of ``offsets`` for parts of at most ``tokens``, or one sentence."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + tokens, side="right")) - 1
        last = max(last, first + 1)
        yield first, last
        first = last


def _room(n: int, like: Ids) -> Ids:
    """Return an array for n tokens, on disk if ``like`` is on disk."""
    if n == 0 or like.base is None:
        return np.empty(n, dtype=like.dtype)
    with tempfile.TemporaryFile() as file:  # the memory map keeps its own file handle
        return np.memmap(file, like.dtype, "w+", shape=(n,))
