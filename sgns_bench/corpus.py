"""A corpus as token ids, and the ways to get one."""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench import datasets
from sgns_bench.checksum import checked_sha256
from sgns_bench.encoding import END, Encoded, TextFile, encode, wikipedia_articles
from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.resources import cache_folder
from sgns_bench.vocab import Vocab

_CACHE_VERSION: Final = 1  # raise it when the same bytes encode to other tokens
_log = logging.getLogger("sgns_bench")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences of token ids; every trainer reads the same.

    Attributes:
        name: what to call it in a report.
        sha256: of the bytes it was read from.
        vocab: its words, rarer ones than ``min_count`` left out.
        tokens: (T,) int32, rows of the vocabulary, all sentences end to end; may be memory-mapped.
        offsets: (S+1,) int64; sentence s is ``tokens[offsets[s]:offsets[s + 1]]``, never empty.
        replaced: invalid UTF-8 sequences in the file, each read as U+FFFD.
    """

    name: str
    sha256: str
    vocab: Vocab
    tokens: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    replaced: int = 0


def load_corpus(source: str | Path, *, min_count: int, max_sentence_length: int = 1000) -> Corpus:
    """Read a corpus by name or from a file: one sentence a line, words between blanks.

    The encoded corpus is cached, so that a second call takes no time.

    Args:
        source: name of a shipped corpus, or else path to a UTF-8 text file, plain, .gz, .bz2 or .xz.
        min_count: words seen less often are left out.
        max_sentence_length: words; a longer sentence goes on as the next one, nothing is dropped,
            so that all text may stand in one endless line.

    Raises:
        UnknownName: there is neither a corpus nor a file of that name.
        DatasetError: it cannot be read, or there is nothing to learn from.
    """
    origin = _locate(str(source))
    folder = _cache_folder(origin, min_count, max_sentence_length)
    corpus = _read_cache(folder, origin)
    if corpus is None:
        corpus = _encode(origin, min_count, max_sentence_length)
        _write_cache(folder, corpus)
        corpus = _read_cache(folder, origin) or corpus
    if corpus.replaced:
        _log.warning("%s: %d invalid UTF-8 sequences replaced", corpus.name, corpus.replaced)
    return corpus


def corpus_from_sentences(
    sentences: Iterable[Sequence[str]],
    *,
    min_count: int,
    max_sentence_length: int = 1000,
    name: str = "sentences",
) -> Corpus:
    """Make a corpus of lists of words, each a sentence; otherwise as :func:`load_corpus`.

    Raises:
        DatasetError: there is nothing to learn from.
    """
    chunks = ([*sentence, END] for sentence in sentences)
    encoded = encode(
        chunks, min_count=min_count, max_sentence_length=max_sentence_length, name=name
    )
    return Corpus(name, _encoded_sha256(encoded), encoded.vocab, encoded.tokens, encoded.offsets)


@dataclass(frozen=True)
class _Origin:
    name: str
    path: Path
    format: str
    sha256: str


def _locate(source: str) -> _Origin:
    if source in datasets.names():
        dataset = datasets.load(source)
        if dataset.kind != "corpus":
            raise DatasetError(
                f"{source!r} is no corpus but a set for {dataset.kind}; choose from"
                f" {', '.join(datasets.names('corpus'))}, or give a text file"
            )
        return _Origin(source, dataset.local_path(), dataset.format, dataset.sha256)
    path = Path(source)
    if not path.exists():
        raise UnknownName("corpus or file", source, datasets.names("corpus"))
    if not path.is_file():
        raise DatasetError(f"{source!r}: is a folder or a pipe; give a text file")
    return _Origin(path.name, path, "text", checked_sha256(path))


def _encode(origin: _Origin, min_count: int, max_sentence_length: int) -> Corpus:
    text = TextFile(origin.path)
    encoded = encode(
        wikipedia_articles(origin.path) if origin.format == "wikipedia-dump" else text,
        min_count=min_count,
        max_sentence_length=max_sentence_length,
        name=origin.name,
    )
    return Corpus(
        origin.name,
        origin.sha256,
        encoded.vocab,
        encoded.tokens,
        encoded.offsets,
        replaced=text.replaced,
    )


def _encoded_sha256(encoded: Encoded) -> str:
    digest = hashlib.sha256("\0".join(encoded.vocab.words).encode(errors="surrogatepass"))
    digest.update(encoded.tokens.data)
    digest.update(encoded.offsets.data)
    return digest.hexdigest()


def _cache_folder(origin: _Origin, min_count: int, max_sentence_length: int) -> Path:
    settings = [
        _CACHE_VERSION,
        origin.sha256,
        origin.format,
        origin.path.suffix,  # says how to unpack the bytes
        min_count,
        max_sentence_length,
    ]
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()
    return cache_folder() / "corpora" / key


def _write_cache(folder: Path, corpus: Corpus) -> None:
    """Write into a folder of another name first: an interrupted encode leaves no half a corpus."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as scratch:
            part = Path(scratch) / "part"
            part.mkdir()
            np.save(part / "tokens.npy", corpus.tokens)
            np.save(part / "offsets.npy", corpus.offsets)
            np.save(part / "counts.npy", corpus.vocab.counts)
            (part / "words.txt").write_text("\n".join(corpus.vocab.words), "utf-8", newline="\n")
            manifest = {"source": corpus.name, "sha256": corpus.sha256, "replaced": corpus.replaced}
            (part / "manifest.json").write_text(json.dumps(manifest), "utf-8")
            shutil.rmtree(folder, ignore_errors=True)  # unreadable, or written meanwhile
            part.rename(folder)
    except OSError as error:
        _log.warning("%s: not cached: %s", corpus.name, error)


def _read_cache(folder: Path, origin: _Origin) -> Corpus | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        words = (folder / "words.txt").read_text("utf-8").split("\n")
        # Copy on write: kernels and torch want arrays that can be written to, the file stays.
        tokens = np.load(folder / "tokens.npy", mmap_mode="c")
        return Corpus(
            origin.name,
            origin.sha256,
            Vocab(words, np.load(folder / "counts.npy")),
            np.asarray(tokens),
            np.load(folder / "offsets.npy"),
            replaced=manifest["replaced"],
        )
    except (OSError, ValueError, KeyError):
        return None  # not there, or damaged
