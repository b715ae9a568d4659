"""The corpus as token ids, and functions that load it from files or sentences."""

import errno
import hashlib
import json
import logging
import mmap
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from sgns_bench.corpus import textfiles
from sgns_bench.corpus.encoder import combined_sha256, encode_files, encode_sentences
from sgns_bench.corpus.reader import mark_checked, read_folder
from sgns_bench.corpus.textfiles import TextFiles
from sgns_bench.corpus.wikipedia import articles
from sgns_bench.corpus.writer import FORMAT, Options
from sgns_bench.errors import ConfigError, DatasetError, UnknownName
from sgns_bench.host import resources
from sgns_bench.host.checksum import checked_sha256, known_sha256, remember_sha256, stamp_of
from sgns_bench.host.machine import usable_cores
from sgns_bench.vocab import Vocab

STALE_SECONDS: Final = 86_400  # age at which files of an interrupted encoder are removed
UNFINISHED: Final = "unfinished-"
FULL: Final = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))  # not on Windows
_log = logging.getLogger("sgns_bench")

Source = str | Path | Sequence[str | Path]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences of token ids, the input of every trainer.

    Attributes:
        name: name of the corpus in reports.
        sha256: sha256 of the bytes that the corpus was read from.
        vocab: the words seen at least ``min_count`` times.
        tokens: (T,) uint16, or int32 beyond 65,536 words: rows of the vocabulary, all sentences
            concatenated; read-only, usually memory-mapped.
        offsets: (S+1,) int64; sentence s is ``tokens[offsets[s]:offsets[s + 1]]``, never empty.
        replaced: number of invalid UTF-8 sequences in the text, each read as U+FFFD.
        pruned: number of words dropped while reading because of ``max_vocab_size``.
        min_count: the option that the corpus was loaded with.
    """

    name: str
    sha256: str
    vocab: Vocab
    tokens: npt.NDArray[Any]
    offsets: npt.NDArray[np.int64]
    replaced: int = 0
    pruned: int = 0
    min_count: int = 1

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, {len(self.tokens):,} tokens, {len(self.vocab):,} words)"

    def write_text(self, path: Path, words: Sequence[str]) -> None:
        """Write the sentences to a UTF-8 file, one per line; token r is written as ``words[r]``."""
        with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
            for start, end in pairwise(self.offsets):
                line = " ".join([words[row] for row in self.tokens[start:end].tolist()])
                file.write(f"{line}\n")

    def release(self) -> None:
        """Release the resident memory of the mapped files; later reads load from disk again."""
        for array in (self.tokens, self.offsets):
            mapped = getattr(array.base, "obj", None)
            if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)


def load_corpus(
    source: Source,
    *,
    min_count: int = 5,
    max_sentence_length: int = 1000,
    lowercase: bool = False,
    max_vocab_size: int | None = None,
    max_final_vocab: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cache: Path | None = None,
) -> Corpus:
    """Load a corpus by name, or from text files with one sentence per line.

    Words are separated by white space. The text is read once, in bounded memory. The encoded corpus
    is cached; a later call with unchanged files and options returns at once.

    Args:
        source: the name of a shipped corpus; the path of a UTF-8 text file (plain, .gz, .bz2, .xz
            or .zst), of a folder of such files, or a pattern such as "shards/*.gz"; a list of
            paths; or "-" for standard input.
        min_count: words with fewer occurrences are removed, >= 0; 5 as in gensim.
        max_sentence_length: in words, >= 1; a longer sentence is split, nothing is dropped. So the
            text may be a single line.
        lowercase: whether to convert words to lower case.
        max_vocab_size: largest number of words in memory while reading; see
            :class:`~sgns_bench.corpus.writer.Options`.
        max_final_vocab: largest size of the vocabulary; the most frequent words stay, as in gensim.
        workers: number of threads; None uses all cores. The result does not depend on it.
        progress: called from time to time with the bytes read and the total bytes (0: unknown).
        cache: folder of the encoded corpora; None uses ``$SGNS_BENCH_CACHE`` or the platform's
            cache folder.

    Raises:
        UnknownName: no corpus or file has that name.
        ConfigError: an option is out of its range.
        DatasetError: the text cannot be read, or fewer than two words remain.
    """
    options = Options(min_count, max_sentence_length, lowercase, max_vocab_size, max_final_vocab)
    origin = _locate(source, cache or resources.cache_folder())
    corpus = origin.cached(options) or _encode(origin, options, workers, progress)
    _warn(corpus, options)
    return corpus


def corpus_from_sentences(
    sentences: Iterable[Sequence[str]],
    *,
    min_count: int = 5,
    max_sentence_length: int = 1000,
    lowercase: bool = False,
    max_vocab_size: int | None = None,
    max_final_vocab: int | None = None,
    name: str = "sentences",
) -> Corpus:
    """Create a corpus from sentences, each a list of words; options as for :func:`load_corpus`.

    The sentences are read once and may exceed the memory. The encoded files are temporary: they
    are deleted together with the corpus.

    Raises:
        ConfigError: an option is out of its range, or a sentence is not a list of words.
        DatasetError: fewer than two words remain.
    """
    options = Options(min_count, max_sentence_length, lowercase, max_vocab_size, max_final_vocab)
    folder = _new_folder(name, resources.cache_folder())
    with _removed_on_error(folder):
        encode_sentences(sentences, folder, options, name=name)
        mark_checked(folder)
        corpus = _temporary(folder, name)
    _warn(corpus, options)
    return corpus


def _warn(corpus: Corpus, options: Options) -> None:
    """Log what the encoder replaced or dropped, also for a cached corpus."""
    if corpus.replaced:
        _log.warning(
            "%s: %d invalid UTF-8 sequences replaced; check that the file is UTF-8 text",
            corpus.name,
            corpus.replaced,
        )
    if corpus.pruned:
        _log.warning(
            "%s: %d rare words dropped because of max_vocab_size = %d; raise it to keep more",
            corpus.name,
            corpus.pruned,
            options.max_vocab_size,
        )


@dataclass(frozen=True)
class _Origin:
    """The source files of a corpus and the folder of its cache."""

    name: str
    files: list[Path]
    cache: Path
    format: str = "text"

    @property
    def can_be_read_again(self) -> bool:
        return all(map(textfiles.can_be_read_again, self.files))

    def cached(self, options: Options) -> Corpus | None:
        """Return the corpus if these files are already encoded, else None."""
        if not self.can_be_read_again:
            return None
        known = [known_sha256(file) for file in self.files]
        digests = [digest for digest in known if digest]
        if len(digests) < len(known):
            return None
        return _open(self.folder(combined_sha256(digests), options), self.name)

    def folder(self, sha256: str, options: Options) -> Path:
        """Return the cache folder for files with this sha256."""
        how = [FORMAT, self.format, asdict(options), [file.suffix for file in self.files]]
        key = hashlib.sha256(json.dumps([sha256, how]).encode()).hexdigest()
        return self.cache / "corpora" / key


def _locate(source: Source, cache: Path) -> _Origin:
    if not isinstance(source, str | Path):
        files = [file for part in source for file in _files(part)]
        if not files:
            raise DatasetError("the list of text files is empty; give one at least")
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        return _Origin(f"{_shown(files[0].name)}{more}", files, cache)
    if str(source) not in resources.names("datasets"):
        name = "standard input" if str(source) == "-" else _shown(Path(source).absolute().name)
        return _Origin(name, _files(source), cache)
    from sgns_bench import datasets  # pydantic, which no text file should wait for

    dataset = datasets.load(str(source))
    if dataset.kind != "corpus":
        raise DatasetError(
            f"{str(source)!r} is not a corpus but an evaluation set for {dataset.kind}; choose from"
            f" {', '.join(datasets.names('corpus'))}, or give a text file"
        )
    return _Origin(str(source), textfiles.find(dataset.local_path()), cache, dataset.format)


def _shown(name: str) -> str:
    """Return the name of a file as text that can be written, whatever its bytes are."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _files(source: str | Path) -> list[Path]:
    files = textfiles.find(source)
    if not files:
        from sgns_bench import datasets

        if str(source) in datasets.names("corpus"):
            raise ConfigError(
                f"{str(source)!r} is the name of a corpus, not of a file; give it alone,"
                " not in a list"
            )
        raise UnknownName("corpus or file", str(source), datasets.names("corpus"))
    return files


def _encode(
    origin: _Origin,
    options: Options,
    workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> Corpus:
    folder = _new_folder(origin.name, origin.cache)
    with _removed_on_error(folder):
        if origin.format == "wikipedia-dump":
            (dump,) = origin.files
            sha256 = encode_sentences(
                articles(dump), folder, options, name=origin.name, sha256=checked_sha256(dump)
            )
        else:
            sha256 = _encode_text(origin, folder, options, workers or usable_cores(), progress)
        mark_checked(folder)
        if origin.can_be_read_again:
            target = origin.folder(sha256, options)
            if corpus := _published(folder, target, origin.name):
                return corpus
        return _temporary(folder, origin.name)


def _encode_text(
    origin: _Origin,
    folder: Path,
    options: Options,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> str:
    """Encode text files and return their sha256."""
    again = origin.can_be_read_again
    stamps = [stamp_of(file) for file in origin.files if again]
    total = sum(size for size, *_ in stamps)
    files = TextFiles(origin.files)
    combined = encode_files(
        files,
        folder,
        options,
        name=origin.name,
        workers=workers,
        progress=lambda done: progress(done, total) if progress else None,
    )
    for file, stamp, sha256 in zip(origin.files, stamps, files.sha256, strict=False):
        remember_sha256(file, stamp, sha256)
    return combined


def _new_folder(name: str, cache: Path) -> Path:
    """Create a folder in the cache, or in the temporary folder if the cache is not writable."""
    corpora = cache / "corpora"
    try:
        corpora.mkdir(parents=True, exist_ok=True)
        _remove_stale(corpora)
        folder = corpora / f"{UNFINISHED}{uuid4().hex}"
        folder.mkdir()  # mkdtemp would make it unreadable for other users
        return folder
    except OSError as error:
        # As text, because an exception holds its frames: a log that keeps it would keep the corpus.
        _log.warning("%s: not cached: %s", name, str(error))
        return Path(tempfile.mkdtemp(prefix="sgns_bench_"))


def _remove_stale(corpora: Path) -> None:
    """Remove old folders of killed encoders; recent ones may still be in use."""
    for folder in corpora.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            last = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if time.time() - last > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _removed_on_error(folder: Path) -> Iterator[None]:
    """Remove the folder on any exception, also Ctrl-C; report a full disk as DatasetError."""
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        # Other errors may come from the user's iterable of sentences: pass them on unchanged.
        if not isinstance(error, OSError) or error.errno not in FULL:
            raise
        raise DatasetError(resources.cannot_write(folder, error)) from None


def _published(folder: Path, target: Path, name: str) -> Corpus | None:
    """Move an encoded corpus to its place in the cache and return it; None if that fails."""
    with suppress(OSError):
        try:
            folder.rename(target)
        except OSError:  # another process was faster, or the existing folder is damaged
            if corpus := _open(target, name):
                shutil.rmtree(folder, ignore_errors=True)
                return corpus
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
    return _open(target, name)


def _temporary(folder: Path, name: str) -> Corpus:
    """Return the corpus in a folder that is deleted together with it."""
    corpus = _open(folder, name)
    if corpus is None:
        raise DatasetError(f"{folder}: was changed by another program; try again")
    weakref.finalize(corpus, shutil.rmtree, folder, ignore_errors=True)
    return corpus


def _open(folder: Path, name: str) -> Corpus | None:
    """Return the corpus in a folder, or None if it is missing or damaged."""
    content = read_folder(folder)
    return Corpus(name, **content) if content else None
