"""Trained embeddings, their export to gensim, and a reader for files of word vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import ConfigError, DatasetError, SgnsBenchError, UnknownName
from sgns_bench.vocab import Vocab

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Which = Literal["input", "output", "average"]
Format = Literal["kv", "text", "binary"]

SNIFFED_BYTES = 1 << 16  # more than the first line of any word2vec text file
PICKLE = b"\x80"  # first byte of every pickle since protocol 2


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words with one vector each, the input of every evaluation.

    Attributes:
        words: V words, most frequent first.
        vectors: (V, D) float32, finite.

    Raises:
        DatasetError: the numbers of words and vectors differ, or a vector is not finite.
    """

    words: Sequence[str]
    vectors: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.words) != len(self.vectors):
            raise DatasetError(
                f"{len(self.words)} words, vectors of shape {self.vectors.shape}: need one per word"
            )
        with np.errstate(invalid="ignore", over="ignore"):
            finite = np.isfinite(self.vectors.sum(dtype=np.float64))
        if not finite:
            raise DatasetError(
                "vectors hold NaN or infinite numbers: the training diverged; lower alpha"
            )

    def head(self, count: int | None) -> Self:
        """Return the first ``count`` words and their vectors; None returns all."""
        return type(self)(self.words[:count], self.vectors[:count])

    def find(
        self, words: Iterable[str], *, case_insensitive: bool = False
    ) -> npt.NDArray[np.int64]:
        """Return the row of each word, (n,) int64; -1 for an unknown word.

        ``case_insensitive`` compares in upper case, and finds the first of several spellings.
        """
        spell = str.upper if case_insensitive else str
        rows: dict[str, int] = {}
        for row, word in enumerate(self.words):
            rows.setdefault(spell(word), row)
        return np.array([rows.get(spell(word), -1) for word in words], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The trained input and output vectors of a vocabulary.

    Attributes:
        vocab: V words, most frequent first.
        input_vectors: (V, D) float32, vectors of contexts; word2vec exports these.
        output_vectors: (V, D) float32, vectors of centers and negatives.
    """

    vocab: Vocab
    input_vectors: npt.NDArray[np.float32]
    output_vectors: npt.NDArray[np.float32]

    def vectors(self, which: Which = "input") -> npt.NDArray[np.float32]:
        """Return the input vectors, the output vectors, or their average: (V, D) float32."""
        match which:
            case "input":
                return self.input_vectors
            case "output":
                return self.output_vectors
            case "average":
                return (self.input_vectors + self.output_vectors) / np.float32(2)
        raise UnknownName("kind of vectors", which, get_args(Which))

    def word_vectors(self, which: Which = "input") -> WordVectors:
        """Return the words with their input, output or average vectors, for scoring."""
        return WordVectors(self.vocab.words, self.vectors(which))

    def to_keyed_vectors(self, which: Which = "input") -> KeyedVectors:
        """Return gensim KeyedVectors with word counts, most frequent word first."""
        from gensim.models import KeyedVectors

        keyed = KeyedVectors(self.input_vectors.shape[1])
        keyed.add_vectors(list(self.vocab.words), self.vectors(which))
        keyed.expandos["count"] = self.vocab.counts.copy()
        return keyed

    def save(self, path: str | Path, format: Format = "kv", which: Which = "input") -> None:
        """Write the vectors to a single file that gensim can read.

        An interrupted save leaves an existing file unchanged.

        Args:
            path: the file; gensim compresses it if its name ends in .gz.
            format: "kv" for ``KeyedVectors.load``, "text" or "binary" for
                ``KeyedVectors.load_word2vec_format``.
            which: "input", "output" or "average".

        Raises:
            UnknownName: the format or the kind of vectors does not exist.
            DatasetError: a vector is not finite.
            ConfigError: the file cannot be written.
        """
        if format not in get_args(Format):
            raise UnknownName("format", format, get_args(Format))
        self.word_vectors(which)  # raises if training diverged, before a file is overwritten
        keyed = self.to_keyed_vectors(which)
        if format == "kv":
            # separately=[] keeps large arrays in this one file, which can be replaced atomically.
            _replace(Path(path), partial(keyed.save, separately=[]))
        else:
            _replace(Path(path), partial(keyed.save_word2vec_format, binary=format == "binary"))


def _replace(path: Path, write: Callable[[str], None]) -> None:
    # Same folder, so that the rename is atomic; same suffix, because gensim compresses by suffix.
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(str(unfinished))
        unfinished.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def read_vectors(path: str | Path) -> WordVectors:
    """Read word vectors from a file; its content decides the format.

    Formats: gensim's KeyedVectors or a whole gensim model, word2vec text and binary, and GloVe
    text (word2vec text without its header). Each may be compressed if the name ends in .gz. The
    first two are pickles, and reading a pickle can run any code: read trusted files only.

    Args:
        path: the file; words keep its order, which should be most frequent first.

    Raises:
        DatasetError: the file is missing, damaged or in another format.
    """
    try:
        words, vectors = _read(str(path))
        if vectors.size == 0:
            raise ValueError("there are no numbers in it")
        return WordVectors(words, np.ascontiguousarray(vectors, dtype=np.float32))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except SgnsBenchError as error:
        raise DatasetError(f"{path}: {error}") from error
    except Exception as error:  # a damaged pickle raises anything at all
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetError(
            f"{path}: not word vectors: {reason}; need gensim's .kv or .model, word2vec or GloVe"
        ) from error


def _read(path: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    from gensim.models import KeyedVectors
    from gensim.utils import open as gensim_open

    with gensim_open(path, "rb") as file:
        start = file.read(SNIFFED_BYTES)
        if not start.startswith(PICKLE) and _dimensions(start) is None:
            file.seek(0)
            return _read_glove(file)
    if start.startswith(PICKLE):
        keyed = KeyedVectors.load(path)
        keyed = getattr(keyed, "wv", keyed)
    else:
        # word2vec.c may truncate a long word within a character: replace the invalid bytes.
        keyed = KeyedVectors.load_word2vec_format(
            path, binary=not _is_text(start), unicode_errors="replace"
        )
    return [str(word) for word in keyed.index_to_key], keyed.vectors


def _read_glove(lines: Iterable[bytes]) -> tuple[list[str], npt.NDArray[np.float32]]:
    words: list[str] = []
    vectors: list[npt.NDArray[np.float32]] = []
    dimensions = None
    for line in lines:
        dimensions = dimensions or len(line.split()) - 1
        word, *numbers = line.rstrip().rsplit(b" ", dimensions)  # glove.840B has words with spaces
        words.append(word.decode("utf-8", "replace"))
        vectors.append(np.array(numbers, dtype=np.float32))
    return words, np.array(vectors)


def _dimensions(start: bytes) -> int | None:
    """Return D if a file starts with word2vec's header "V D", else None."""
    match start.partition(b"\n")[0].split():
        case [rows, dimensions] if rows.isdigit() and dimensions.isdigit():
            return int(dimensions)
    return None


def _is_text(start: bytes) -> bool:
    """Return whether the line after the header is a word and D decimal numbers."""
    fields = start.split(b"\n", 2)[1].split()
    try:
        return len([float(field) for field in fields[1:]]) == _dimensions(start)
    except ValueError:
        return False
