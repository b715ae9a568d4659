"""What gensim's Word2Vec takes for a corpus, as token ids.

A list or a file is encoded once (:class:`Encoded`); anything else is read anew in every epoch, a
batch at a time, while what came before is trained (:func:`batches`, :class:`Ring`). Tokens may be
any hashable objects. Words that are not in the vocabulary are left out and the windows close over
them, as in gensim; a sentence of more than ``MAX_WORDS`` goes on as the next one, whereas gensim
drops the rest.
"""

import tempfile
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from gensim.models.word2vec import LineSentence, PathLineSentences

from sgns_bench.corpus import load_corpus
from sgns_bench.errors import DatasetError

MAX_WORDS: Final = 10_000  # of a sentence; gensim's, too
PART_TOKENS: Final = 1 << 20  # of a list that are encoded, or of a file that are copied, at a time

Ids = npt.NDArray[Any]
Offsets = npt.NDArray[np.int64]
Sentences = Iterable[Sequence[Hashable]]


class Encoded(NamedTuple):
    """Some or all sentences of a corpus.

    Attributes:
        tokens: (T,) integers: rows of the vocabulary; of a corpus that was only counted,
            places in ``words``.
        offsets: (S+1,) int64; sentence s is ``tokens[offsets[s]:offsets[s + 1]]``, never empty.
        examples: sentences that the user gave.
        raw_words: words that the user gave.
    """

    tokens: Ids
    offsets: Offsets
    examples: int
    raw_words: int


class Counted(NamedTuple):
    """A whole corpus, before it is known which words stay.

    Attributes:
        encoded: its tokens are places in ``words``.
        words: all there are.
        counts: (len(words),) int64.
    """

    encoded: Encoded
    words: Sequence[Hashable]
    counts: npt.NDArray[np.int64]

    def raw_vocab(self) -> dict[Hashable, int]:
        """Return the counts by word, in order of first appearance, as gensim has them."""
        tokens = self.encoded.tokens
        first = np.zeros(len(self.words), dtype=np.int64)
        # From the end on: of equal places, the one written last stays.
        for end in range(len(tokens), 0, -PART_TOKENS):
            begin = max(0, end - PART_TOKENS)
            first[tokens[begin:end][::-1]] = np.arange(end, begin, -1)
        counts = self.counts.tolist()
        return defaultdict(int, {self.words[w]: counts[w] for w in np.argsort(first).tolist()})

    def in_vocabulary(self, key_to_index: Mapping[Hashable, int]) -> Encoded:
        """Return the corpus as rows of a vocabulary, other words left out."""
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


def count(sentences: Sequence[Sequence[Hashable]]) -> Counted:
    """Number the words of a list of sentences by their first appearance."""
    number: defaultdict[Hashable, int] = defaultdict(lambda: len(number))
    ids = _numbers(map(number.__getitem__, chain.from_iterable(sentences)))
    encoded = Encoded(ids, _offsets(sentences), len(sentences), len(ids))
    return Counted(encoded, list(number), np.bincount(ids, minlength=len(number)))


def count_files(corpus: Any) -> Counted | None:
    """Encode the text files that one of gensim's readers of lines would read whole.

    Returns:
        None if it is no such reader, or there is too little text to gain from it.
    """
    files = _files(corpus)
    if not files:
        return None
    length = min(corpus.max_sentence_length, MAX_WORDS)
    try:
        found = load_corpus(files, min_count=1, max_sentence_length=length)
    except DatasetError:
        return None  # gensim has its own errors
    sentences, words = len(found.offsets) - 1, len(found.tokens)
    encoded = Encoded(found.tokens, found.offsets, sentences, words)
    return Counted(encoded, found.vocab.words, found.vocab.counts)


def _files(corpus: Any) -> list[Path]:
    if type(corpus) not in (LineSentence, PathLineSentences) or corpus.limit is not None:
        return []
    sources = corpus.input_files if type(corpus) is PathLineSentences else [corpus.source]
    # gensim opens addresses of other machines, too, and has its own errors for what is not there.
    files = [
        Path(path) for path in sources if isinstance(path, str | Path) and Path(path).is_file()
    ]
    return files if len(files) == len(sources) else []


def encode(
    sentences: Sequence[Sequence[Hashable]], key_to_index: Mapping[Hashable, int]
) -> Encoded:
    """Encode a list of sentences in a vocabulary that is known."""
    ids = _numbers(map(key_to_index.get, chain.from_iterable(sentences), repeat(-1)))
    return Encoded(*_closed(ids, _offsets(sentences)), len(sentences), len(ids))


def batches(
    sentences: Sentences, key_to_index: Mapping[Hashable, int], words: int
) -> Iterator[Encoded]:
    """Encode whatever yields sentences, some at a time.

    Args:
        sentences: read once, as they are needed.
        key_to_index: the vocabulary.
        words: a batch ends with the sentence that reaches so many.
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
    """Room for the latest pieces of a stream, where a kernel finds them.

    Attributes:
        tokens: (slots * size,) int32.
        offsets: (slots * (size + 1),) int64.
    """

    def __init__(self, slots: int, size: int) -> None:
        self.tokens = np.zeros(slots * size, dtype=np.int32)
        self.offsets = np.zeros(slots * (size + 1), dtype=np.int64)
        self.slots, self.size = slots, size

    def pieces(self, batch: Encoded) -> Iterator[tuple[slice, slice]]:
        """Yield sentences and tokens of a batch, so many as there is room for at a time."""
        for first, last in _parts(batch.offsets, self.size):
            yield slice(first, last + 1), slice(batch.offsets[first], batch.offsets[last])

    def put(self, number: int, tokens: Ids, offsets: Offsets) -> npt.NDArray[np.int64]:
        """Write a piece over the one that came ``slots`` before it.

        Args:
            number: of the piece, from 0.
            tokens: (n,) integers, at most ``size``.
            offsets: (s+1,) int64, from any first token.

        Returns:
            (s,) int64, its sentences as rows of ``self.offsets``.
        """
        slot = number % self.slots
        token, row = slot * self.size, slot * (self.size + 1)
        self.tokens[token : token + len(tokens)] = tokens
        self.offsets[row : row + len(offsets)] = offsets - offsets[0] + token
        return np.arange(row, row + len(offsets) - 1)


def _numbers(ids: Iterable[int]) -> npt.NDArray[np.int32]:
    return np.fromiter(ids, np.int32)


def _offsets(sentences: Sequence[Sequence[Hashable]]) -> Offsets:
    """Return where sentences begin and end, long ones cut."""
    ends = np.cumsum(np.fromiter(map(len, sentences), np.int64, len(sentences)))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends])
    long = np.flatnonzero(np.diff(starts) > MAX_WORDS)
    cuts = [np.arange(starts[s], starts[s + 1], MAX_WORDS) for s in long]
    return np.unique(np.concatenate([starts, *cuts]))


def _closed(rows: npt.NDArray[np.int32], offsets: Offsets) -> tuple[Ids, Offsets]:
    """Leave out negative rows, then empty sentences."""
    kept = rows >= 0
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(kept)])
    return rows[kept], np.unique(before[offsets])


def _parts(offsets: Offsets, tokens: int) -> Iterator[tuple[int, int]]:
    """Yield first and last row of ``offsets``, at most so many tokens apart, or one sentence."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + tokens, side="right")) - 1
        last = max(last, first + 1)
        yield first, last
        first = last


def _room(n: int, like: Ids) -> Ids:
    """Return room for n tokens: on disk if those are, too."""
    if n == 0 or like.base is None:
        return np.empty(n, dtype=like.dtype)
    with tempfile.TemporaryFile() as file:  # the map has its own handle
        return np.memmap(file, like.dtype, "w+", shape=(n,))
