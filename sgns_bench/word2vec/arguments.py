"""Checks and translates the arguments of ``Word2Vec`` that gensim 4 does not have."""

import os
from inspect import signature
from pathlib import Path
from typing import Any, Final

from gensim.models import KeyedVectors
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.embeddings import read_vectors
from sgns_bench.errors import ConfigError

ARGUMENTS: Final = signature(GensimWord2Vec).parameters
TRAIN_ARGUMENTS: Final = signature(GensimWord2Vec.train).parameters.keys() - {"self", "kwargs"}
PACKED: Final = (".gz", ".bz2", ".xz", ".zst")  # gensim does not take these as corpus_file


def initial_vectors(vectors: Any, size: int) -> KeyedVectors | None:
    """Return the vectors to start from, read from a file if a path is given.

    Raises:
        TypeError: ``vectors`` are not KeyedVectors, a model with ``.wv``, a path or None.
        ConfigError: the vectors do not have ``size`` dimensions.
    """
    if isinstance(vectors, str | Path):
        vectors = _read_keyed(vectors)
    vectors = getattr(vectors, "wv", vectors)
    if not isinstance(vectors, KeyedVectors | None):
        raise TypeError(
            f"init_vectors are of type {type(vectors).__name__}; give KeyedVectors, or a file's path"
        )
    if vectors is not None and vectors.vector_size != size:
        raise ConfigError(
            f"vector_size = {size}: init_vectors have {vectors.vector_size} dimensions; set"
            f" vector_size={vectors.vector_size}"
        )
    return vectors


def _read_keyed(path: str | Path) -> KeyedVectors:
    read = read_vectors(path)
    vectors = KeyedVectors(read.vectors.shape[1])
    vectors.add_vectors(list(read.words), read.vectors)
    return vectors


def is_packed(corpus_file: Any) -> bool:
    """Return whether this is the path of an existing compressed file."""
    return (
        isinstance(corpus_file, str | os.PathLike)
        and Path(corpus_file).suffix.lower() in PACKED
        and Path(corpus_file).is_file()
    )
