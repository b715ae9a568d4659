"""Encode text files or lists of words as a corpus; see :mod:`sgns_bench.corpus.writer`."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench.corpus.textfiles import TextFiles
from sgns_bench.corpus.tokenizer import scan
from sgns_bench.corpus.word_table import END, Words, words_of
from sgns_bench.corpus.writer import MAX_FILES, Collector, Options
from sgns_bench.errors import ConfigError, DatasetError

CHUNK_WORDS: Final = 1 << 20  # size of a chunk of sentences given as lists
_STOP: Final = object()  # marks the end of a sentence given as a list


def encode_files(
    files: TextFiles,
    folder: Path,
    options: Options,
    *,
    name: str,
    workers: int,
    progress: Callable[[int], None] = lambda bytes_read: None,
) -> str:
    """Encode text files into an empty folder: a sentence per line, words between white space.

    Returns the sha256 of their bytes. ``max_vocab_size`` uses one thread, as pruning depends on the
    order. ``progress`` is called from time to time with the bytes read so far.

    Raises:
        DatasetError: a file cannot be read, there are too many, or fewer than two words remain.
    """
    most, n = MAX_FILES, len(files.sha256)
    if n > most:
        raise DatasetError(f"{name}: {n:,} files, more than {most:,}; join some of them with cat")
    with closing(files), closing(Collector(folder, options, "replace")) as collector:

        def work() -> None:
            ids = np.empty(0, dtype=np.int32)
            while chunk := files.next():
                if len(ids) < len(chunk.text):
                    ids = np.empty(len(chunk.text), dtype=np.int32)
                n, words = scan(chunk.text, chunk.is_last, ids)
                collector.add(chunk.file, chunk.number, ids[:n], words)
                progress(files.bytes_read)

        _in_threads(work, 1 if options.max_vocab_size else workers, files.stop)
        return collector.finish(name, combined_sha256(files.sha256))


def combined_sha256(digests: Sequence[str]) -> str:
    """Return the sha256 of a corpus from the digests of its files; one file keeps its own."""
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    )


def encode_sentences(
    sentences: Iterable[Sequence[str]],
    folder: Path,
    options: Options,
    *,
    name: str,
    sha256: str | None = None,
) -> str:
    """Encode sentences into an empty folder; words may contain any characters, also white space.

    Returns ``sha256``, which is the source's; without it, the sha256 of the encoded files.

    Raises:
        ConfigError: a sentence is a string, or a word is not one.
        DatasetError: fewer than two words remain.
    """
    with closing(Collector(folder, options, "surrogatepass")) as collector:
        for number, chunk in enumerate(_chunks(sentences)):
            collector.add(0, number, *_numbered(chunk))
        return collector.finish(name, sha256)


def _chunks(sentences: Iterable[Iterable[object]]) -> Iterator[list[object]]:
    """Yield the words in chunks, with ``_STOP`` after each sentence."""
    chunk: list[object] = []
    for number, sentence in enumerate(sentences, start=1):
        if isinstance(sentence, str):
            raise ConfigError(
                f"sentence {number} is a string, {sentence[:20]!r}; give lists of words"
            )
        chunk += sentence
        chunk.append(_STOP)
        if len(chunk) >= CHUNK_WORDS:
            yield chunk
            chunk = []
    yield chunk


def _numbered(chunk: list[object]) -> tuple[npt.NDArray[np.int32], Words]:
    """Number the words of a chunk, as ``scan`` does for bytes."""
    number: defaultdict[object, int] = defaultdict(lambda: len(number), {_STOP: END})
    try:
        ids = np.fromiter(map(number.__getitem__, chunk), np.int32, len(chunk))
        del number[_STOP]
        encoded = [word.encode("utf-8", "surrogatepass") for word in number]  # type: ignore[attr-defined]
    except (AttributeError, TypeError):  # TypeError: not hashable
        bad = next(word for word in chunk if not isinstance(word, str) and word is not _STOP)
        kind = type(bad).__name__
        raise ConfigError(f"{bad!r} is no word but of type {kind}; give strings") from None
    counts = np.bincount(ids, minlength=len(encoded) + 1)[1:]
    return ids, words_of(encoded, counts)


def _in_threads(work: Callable[[], None], workers: int, stop: Callable[[], None]) -> None:
    """Run ``work`` in every thread; an exception or Ctrl-C stops all threads and is raised."""
    with ThreadPoolExecutor(workers) as pool:
        try:
            done, _ = wait([pool.submit(work) for _ in range(workers)], return_when=FIRST_EXCEPTION)
        finally:
            stop()
    for future in done:
        future.result()
