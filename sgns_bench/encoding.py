"""From text to token ids: read in chunks, number the words, leave out the rare ones.

A chunk is a list of words in which ``END`` closes a sentence; it may itself end within one.
"""

import bz2
import codecs
import gzip
import lzma
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import ConfigError, DatasetError
from sgns_bench.vocab import Vocab

END: Final = None
CHUNK_BYTES: Final = 1 << 22
_BLANKS: Final = (b" ", b"\n", b"\t", b"\r")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

Chunk = Sequence[str | None]


@dataclass(frozen=True, eq=False)
class Encoded:
    """What :class:`~sgns_bench.corpus.Corpus` holds, less its origin."""

    vocab: Vocab
    tokens: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


def encode(
    chunks: Iterable[Chunk], *, min_count: int, max_sentence_length: int, name: str
) -> Encoded:
    """Number the words and leave out those seen less than ``min_count`` times.

    Args:
        chunks: words, ``END`` after each sentence.
        min_count: as in :class:`~sgns_bench.config.SkipGramConfig`.
        max_sentence_length: words that stay, >= 1; a longer sentence goes on as the next one.
        name: of the corpus, for messages.

    Raises:
        DatasetError: there is nothing to learn from.
    """
    if max_sentence_length < 1:
        raise ConfigError(f"max_sentence_length = {max_sentence_length}: must be at least 1")
    words, stream = _number(chunks)
    counts = np.bincount(stream, minlength=len(words) + 1)[1:]
    vocab = Vocab.from_counts(zip(words, counts.tolist(), strict=True), min_count)
    if len(vocab) < 2:
        raise DatasetError(f"{name}: {_too_little(vocab, counts, min_count)}")
    rows = _rows(words, vocab)[stream]
    kept = rows >= 0
    lengths = np.add.reduceat(kept, np.flatnonzero(stream == 0), dtype=np.int64)
    return Encoded(vocab, rows[kept], _offsets(lengths, max_sentence_length))


def _number(chunks: Iterable[Chunk]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Return the words in order of first appearance, and the stream: 0 before each sentence."""
    ids: defaultdict[str | None, int] = defaultdict(lambda: len(ids), {END: 0})
    parts = [np.fromiter(map(ids.__getitem__, chunk), np.int32, len(chunk)) for chunk in chunks]
    stream = np.concatenate([np.zeros(1, np.int32), *parts])
    return [word for word in ids if word is not END], stream


def _rows(words: Sequence[str], vocab: Vocab) -> npt.NDArray[np.int32]:
    """Map a word's number in the stream to its row, and to -1 what does not stay."""
    rows = [vocab.index.get(word, -1) for word in words]
    return np.array([-1, *rows], dtype=np.int32)


def _offsets(lengths: npt.NDArray[np.int64], longest: int) -> npt.NDArray[np.int64]:
    # word2vec.c goes on with the next sentence, too; gensim drops what exceeds 10,000 words.
    pieces = -(-lengths // longest)  # none of an empty sentence
    first_piece = np.cumsum(pieces) - pieces
    nth = np.arange(pieces.sum()) - np.repeat(first_piece, pieces)
    starts = np.repeat(np.cumsum(lengths) - lengths, pieces) + nth * longest
    return np.append(starts, lengths.sum())


def _too_little(vocab: Vocab, counts: npt.NDArray[np.int64], min_count: int) -> str:
    if len(counts) == 0:
        return "holds no words; give a text file that does"
    if len(vocab) == 0:
        return (
            f"no word is seen min_count = {min_count} times, the most frequent one"
            f" {counts.max()} times; lower min_count"
        )
    return (
        f"only {vocab.words[0]!r} is seen min_count = {min_count} times, so there is nothing to"
        " learn from; lower min_count, or give more text"
    )


class TextFile:
    """The words of a UTF-8 text file, plain, .gz, .bz2 or .xz; a line is a sentence.

    Attributes:
        path: where it is.
        replaced: invalid UTF-8 sequences read as U+FFFD, so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replaced = 0

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunks of about ``CHUNK_BYTES``, however long the lines.

        Raises:
            DatasetError: a packed file is truncated or corrupt.
        """
        try:
            with _open(self.path) as file:
                for block in _whole_words(file):
                    yield self._words(block)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise DatasetError(
                f"{self.path}: cannot be read: {error}; check that the file is complete"
            ) from None

    def _words(self, block: bytes) -> Chunk:
        text = block.decode(errors="replace")
        self.replaced += text.count(_REPLACEMENT) - block.count(_REPLACEMENT.encode())
        words: list[str | None] = []
        for line in text.split("\n"):
            words += line.split()
            words.append(END)
        words.pop()  # the last line goes on in the next block
        return words


def _open(path: Path) -> BufferedIOBase:
    match path.suffix.lower():
        case ".gz":
            return gzip.open(path)
        case ".bz2":
            return bz2.open(path)
        case ".xz":
            return lzma.open(path)
    return path.open("rb")


def _whole_words(file: BufferedIOBase) -> Iterator[bytes]:
    """Cut the bytes after blanks, where they split neither a word nor a character."""
    rest = file.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
    while read := file.read(CHUNK_BYTES):
        block = rest + read
        cut = 1 + max(block.rfind(blank) for blank in _BLANKS)
        yield block[:cut]
        rest = block[cut:]
    yield rest


def wikipedia_articles(path: Path) -> Iterator[Chunk]:
    """Yield the words of each article of a MediaWiki dump: lower case, no markup, no numbers."""
    from gensim.corpora.wikicorpus import extract_pages, process_article

    # As WikiCorpus.get_texts, which however forks and takes Ctrl-C for the end of the dump.
    with bz2.open(path) as file:
        for title, text, page in extract_pages(file, filter_namespaces=("0",)):
            words, _, _ = process_article((text, title, page), token_min_len=1)
            yield [*words, END]
