"""Write an encoded corpus to a folder, from numbered chunks that arrive in any order.

The words of each chunk are merged into one table, and its ids are written to a spool file. When all
chunks have arrived, the vocabulary is chosen (:func:`sgns_bench.vocab.choose_words`), and the
tokens are written in the order of the corpus. Memory holds the vocabulary and one chunk per thread;
the result does not depend on threads.

The folder contains

    tokens.bin     (T,) uint16, or int32 beyond 65,536 words: rows of the vocabulary
    offsets.bin    (S+1,) int64; sentence s is tokens[offsets[s]:offsets[s + 1]]
    vocab.json     {"words": [...], "counts": [...]}, most frequent first
    manifest.json  source, options and counts; written last

all little-endian.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sgns_bench.config import check_type
from sgns_bench.corpus.tokenizer import renumber, settle
from sgns_bench.corpus.word_table import I32, I64, ORDER_BITS, Words, empty_table, merge, prune
from sgns_bench.errors import ConfigError, DatasetError
from sgns_bench.vocab import choose_words

FORMAT: Final = 2  # raise it when the same text and options give other files
CONTENT: Final = ("tokens.bin", "offsets.bin", "vocab.json")
_FILE_BITS: Final = 20  # bits of a chunk's key for its number within the file
MAX_FILES: Final = 1 << (63 - _FILE_BITS - ORDER_BITS)  # the remaining bits number the file
LAST: Final = np.iinfo(np.int64).max
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Options:
    """Options that determine how text becomes tokens.

    Raises:
        ConfigError: a value has the wrong type or is out of its range.
    """

    min_count: int  # words with fewer occurrences are removed, >= 0
    # in words, >= 1; a longer sentence is split, as in word2vec.c, whereas gensim drops words
    # beyond 10,000
    max_sentence_length: int = 1000
    # whether to apply ``str.lower`` to words; ``max_vocab_size`` applies before it
    lowercase: bool = False
    # largest number of distinct words in memory while reading, >= 1. If a chunk exceeds it, words
    # seen once so far are dropped; the next time, words seen up to twice, and so on. None:
    # unlimited
    max_vocab_size: int | None = None
    # largest size of the vocabulary, >= 1; ``min_count`` is raised until the vocabulary fits. None:
    # unlimited
    max_final_vocab: int | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is None and name in ("max_vocab_size", "max_final_vocab"):
                continue
            check_type(name, value, bool if name == "lowercase" else int)
            if name == "min_count" and value < 0:
                raise ConfigError(f"min_count = {value}: must not be negative")
            if name not in ("min_count", "lowercase") and value < 1:
                raise ConfigError(f"{name} = {value}: must be at least 1")


def token_type(vocabulary: int) -> "np.dtype[Any]":
    """Return the dtype of tokens for a vocabulary of this size."""
    return np.dtype("<u2" if vocabulary <= 1 << 16 else "<i4")


class Collector:
    """Collect numbered chunks from any thread and write the files of the corpus."""

    def __init__(self, folder: Path, options: Options, errors: str) -> None:
        self.folder, self.options, self.errors = folder, options, errors
        self.table = empty_table()
        self.pruned = 0
        self._rare = 1
        self._places: dict[int, tuple[int, int]] = {}  # key to first id and number of ids
        self._ids = 0
        self._lock = threading.Lock()
        self._spool = (folder / "spool.bin").open("wb")

    def add(self, file: int, chunk: int, ids: I32, words: Words) -> None:
        """Add a chunk of ids and their distinct words; the ids are overwritten."""
        key = (file << _FILE_BITS | chunk) << ORDER_BITS
        with self._lock:
            mapping, self.table = merge(words, key, self.table)
            self._prune()
        renumber(ids, mapping)
        with self._lock:
            self._places[key] = self._ids, len(ids)
            self._ids += len(ids)
            self._spool.write(ids.data)

    def _prune(self) -> None:
        # word2vec.c prunes as soon as a word is too many, and reads the text again to train: a word
        # that was dropped and came back is trained there more often than it was counted.
        largest = self.options.max_vocab_size
        while largest and len(self) > largest:
            before = len(self)
            self.table = prune(self.table, self._rare)
            self.pruned += before - len(self)
            self._rare += 1

    def __len__(self) -> int:
        """The number of distinct words in memory."""
        return self.table.ids_given - self.table.ids_free

    def close(self) -> None:
        """Close the spool file; no more chunks can be added."""
        self._spool.close()

    def finish(self, name: str, sha256: str | None) -> str:
        """Rank the words and write all files; return the sha256 of the source or of the files."""
        self.close()
        words, counts, rows, replaced = self._ranked(name)
        sentences = self._write_tokens(rows, token_type(len(words)))
        vocab = json.dumps({"words": words, "counts": counts.tolist()}, ensure_ascii=False)
        # Words of lists may contain surrogates; JSON escapes would join two into one character.
        (self.folder / "vocab.json").write_text(vocab, "utf-8", "surrogatepass")
        sha256 = sha256 or _digest(*(self.folder / name for name in CONTENT))
        (self.folder / "spool.bin").unlink()
        manifest = {"format": FORMAT, "source": name, **asdict(self.options)} | {
            "tokens": int(counts.sum()),
            "sentences": sentences,
            "vocabulary": len(words),
            "sha256": sha256,
            "replaced": replaced,  # invalid UTF-8 sequences
            "pruned": self.pruned,  # a word that returns and is dropped again counts twice
        }
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
        return sha256

    def _ranked(self, name: str) -> tuple[list[str], I64, I32, int]:
        """Return words and counts (most frequent first), the row of each id, and ``replaced``."""
        n = self.table.ids_given
        held = np.flatnonzero(self.table.words.counts[:n])
        counts, first = self.table.words.counts[held], self.table.first[held]
        group, spelled, replaced = self._spelling(held, counts)
        counts = _per_group(np.add, counts, group, 0)
        first = _per_group(np.minimum, first, group, LAST)
        best = choose_words(counts, first, self.options.min_count, self.options.max_final_vocab)
        row_of_group = np.full(len(counts), -1, dtype=np.int32)
        row_of_group[best] = np.arange(len(best))
        rows = np.full(n + 1, -1, dtype=np.int32)
        rows[held + 1] = row_of_group[group]
        words = [spelled(g) for g in best.tolist()]
        if len(words) < 2:
            raise DatasetError(f"{name}: {self._too_little(words, counts)}")
        return words, counts[best], rows, replaced

    def _too_little(self, words: Sequence[str], counts: I64) -> str:
        """Return the error message for a vocabulary of fewer than two words."""
        least, largest = self.options.min_count, self.options.max_final_vocab
        if self.pruned and len(counts) < 2:
            held = self.options.max_vocab_size
            return f"max_vocab_size = {held} leaves nothing to learn from; raise it"
        if len(counts) == 0:
            return "contains no words; give a text with words"
        if (counts >= least).sum() > 1:
            return f"max_final_vocab = {largest} leaves nothing to learn from; raise it"
        if not words:
            return (
                f"no word is seen min_count = {least} times, the most frequent one"
                f" {counts.max()} times; lower min_count"
            )
        return (
            f"only {words[0][:40]!r} is seen min_count = {least} times, so there is nothing to learn"
            " from; lower min_count, or give more text"
        )

    def _spelling(self, held: I64, counts: I64) -> tuple[I64, Callable[[int], str], int]:
        """Group the words whose bytes differ but whose decoded spelling is the same.

        Returns:
            The group of each word, a function from group to spelling, and ``replaced``.
        """
        words = self.table.words
        starts, ends = words.starts[held], words.starts[held] + words.lengths[held]
        text = words.text[: self.table.text_bytes].tobytes()
        lowercase = self.options.lowercase

        def spelled(w: int) -> str:
            word = text[starts[w] : ends[w]].decode("utf-8", self.errors)
            return word.lower() if lowercase else word

        leader = np.arange(len(held))  # the first word of each word's group
        if text.isascii() and not lowercase:
            return leader, spelled, 0
        known: dict[str, int] = {}
        replaced = 0
        for w in range(len(held)):  # one word at a time, as most words are rare and not kept
            word = spelled(w)
            if lowercase or _REPLACEMENT in word:  # otherwise the spelling is unique
                leader[w] = known.setdefault(word, w)
            if _REPLACEMENT in word and self.errors == "replace":
                real = text[starts[w] : ends[w]].count(_REPLACEMENT.encode())
                replaced += (word.count(_REPLACEMENT) - real) * int(counts[w])
        leaders, group = np.unique(leader, return_inverse=True)
        return group, lambda g: spelled(leaders[g]), replaced

    def _write_tokens(self, rows: I32, dtype: "np.dtype[Any]") -> int:
        """Write tokens and offsets; return the number of sentences."""
        sentences = begin = length = 0
        with (
            (self.folder / "spool.bin").open("rb") as spool,
            (self.folder / "tokens.bin").open("wb") as tokens_file,
            (self.folder / "offsets.bin").open("wb") as offsets_file,
        ):
            offsets_file.write(np.zeros(1, "<i8").data)
            for key in sorted(self._places):
                place, n = self._places[key]
                spool.seek(4 * place)
                ids = np.fromfile(spool, np.int32, n)
                tokens, ends = np.empty(n, dtype), np.empty(n, "<i8")
                kept, ended, length = settle(
                    ids,
                    self._rows_in(key, rows),
                    self.options.max_sentence_length,
                    length,
                    begin,
                    tokens,
                    ends,
                )
                tokens_file.write(tokens[:kept].data)
                offsets_file.write(ends[:ended].data)
                begin, sentences = begin + kept, sentences + ended
        return sentences

    def _rows_in(self, key: int, rows: I32) -> I32:
        """Return ``rows`` with -1 for ids that a later chunk reused for another word."""
        if not self.pruned:
            return rows
        known = rows.copy()
        known[1:][self.table.first[: len(rows) - 1] >= key + (1 << ORDER_BITS)] = -1
        return known


def _per_group(merge: np.ufunc, values: I64, group: I64, start: int) -> I64:
    """Return the sum, or the minimum, of the values of each group."""
    merged = np.full(group.max(initial=-1) + 1, start, dtype=np.int64)
    merge.at(merged, group, values)
    return merged


def _digest(*paths: Path) -> str:
    """Return one sha256 for several files."""
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").digest())
    return hashlib.sha256(b"".join(digests)).hexdigest()
