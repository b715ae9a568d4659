"""Read and write files of word vectors.

A safetensors file holds ``words`` (uint8, the words in UTF-8, separated by line feeds), ``counts``
((V,) int64) and ``vectors`` ((V, D) float32).
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings.word_vectors import WordVectors
from sgns_bench.errors import ConfigError, DatasetError, SgnsBenchError
from sgns_bench.host.files import replacing
from sgns_bench.vocab import Vocab

Format = Literal["kv", "text", "binary", "safetensors"]

SUFFIXES: Final[dict[str, Format]] = {
    ".txt": "text", ".vec": "text", ".bin": "binary", ".safetensors": "safetensors",
}  # fmt: skip
SNIFFED_BYTES: Final = 1 << 16  # more than the first line of any word2vec text file
PICKLE: Final = b"\x80"  # first byte of every pickle since protocol 2
MAX_DEFLATION: Final = 1032  # most bytes that gzip makes of one
MAX_HEADER: Final = 100_000_000  # bytes of a safetensors header


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for; .vec.gz is packed text."""
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    return SUFFIXES.get(suffix.lower(), "kv")


def replace(path: Path, write: Callable[[str], None]) -> None:
    """Write a file and put it in the place of an old one, which any error leaves unchanged.

    Args:
        path: the file.
        write: called with the path of a temporary file to write.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        with replacing(path) as new:
            write(str(new))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error


def to_safetensors(vocab: Vocab, vectors: npt.NDArray[np.float32], path: str) -> None:
    """Write words, counts and vectors to a safetensors file.

    Args:
        vocab: V words.
        vectors: (V, D) float32.
        path: the file.

    Raises:
        DatasetError: a word contains a line break.
    """
    from safetensors.numpy import save_file

    if broken := next((word for word in vocab.words if "\n" in word), None):
        raise DatasetError(f"word {broken!r} contains a line break; save it in the format kv")
    words = np.frombuffer("\n".join(vocab.words).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    save_file({"words": words, "counts": vocab.counts, "vectors": vectors}, path)


def read_vectors(path: str | Path) -> WordVectors:
    """Read word vectors from a file; its content decides the format.

    Formats: gensim's KeyedVectors or a whole gensim model, word2vec text and binary, GloVe text
    (word2vec text without its header), which all may be compressed if the name ends in .gz, and
    safetensors. Of the first two, which are pickles, only gensim's and NumPy's classes are loaded;
    see :mod:`sgns_bench.embeddings.pickles`.

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
    except Exception as error:  # gensim checks little
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetError(
            f"{path}: not word vectors: {reason}; need gensim's .kv or .model, word2vec or GloVe"
        ) from error


def _read(path: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    from gensim.models import KeyedVectors
    from gensim.utils import open as gensim_open

    from sgns_bench.embeddings.pickles import read_gensim

    with gensim_open(path, "rb") as file:
        start = file.read(SNIFFED_BYTES)
        if _is_safetensors(start):
            return _read_safetensors(path)
        if not start.startswith(PICKLE) and _dimensions(start) is None:
            file.seek(0)
            return _read_glove(file)
    if start.startswith(PICKLE):
        try:
            return read_gensim(path)
        except DatasetError:
            raise
        except Exception as error:  # a damaged pickle raises anything at all
            raise ValueError("the pickle in it is damaged") from error
    binary = not _is_text(start)
    _check_room(path, start, binary)
    # word2vec.c may truncate a long word within a character: replace the invalid bytes.
    keyed = KeyedVectors.load_word2vec_format(path, binary=binary, unicode_errors="replace")
    return [str(word) for word in keyed.index_to_key], keyed.vectors


def _check_room(path: str, start: bytes, binary: bool) -> None:
    """Raise ValueError if a file is too short for the vectors that its first line announces."""
    V, D = map(int, start.partition(b"\n")[0].split())
    room = Path(path).stat().st_size * (MAX_DEFLATION if path.endswith((".gz", ".bz2")) else 1)
    if V * (2 + D * (4 if binary else 2)) > room + 1:  # the last line may have no end
        raise ValueError(f"it announces {V:,} vectors of {D:,} numbers, more than it has bytes for")


def _read_glove(lines: Iterable[bytes]) -> tuple[list[str], npt.NDArray[np.float32]]:
    words: list[str] = []
    vectors: list[npt.NDArray[np.float32]] = []
    dimensions = None
    for number, line in enumerate(lines, start=1):
        dimensions = dimensions or len(line.split()) - 1
        word, *fields = line.rstrip().rsplit(b" ", dimensions)  # glove.840B has words with spaces
        try:
            vectors.append(np.array(fields, dtype=np.float32))
        except ValueError:
            fields = []
        if not fields:
            raise ValueError(f"line {number} is not a word and numbers")
        words.append(word.decode("utf-8", "replace"))
    return words, np.array(vectors)


def _read_safetensors(path: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    if absent := {"vectors", "words"} - tensors.keys():
        raise ValueError(f"it has no tensor {' and '.join(sorted(absent))}")
    return tensors["words"].tobytes().decode("utf-8", "surrogatepass").split("\n"), tensors[
        "vectors"
    ]


def _is_safetensors(start: bytes) -> bool:
    """Return whether a file starts with the length of a header, 8 bytes, and the header."""
    return start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= MAX_HEADER


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
