"""Score word vectors on the evaluation sets that are available on this machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench import datasets, tasks
from sgns_bench.embeddings import Embeddings, WordVectors, read_vectors
from sgns_bench.errors import ConfigError
from sgns_bench.tasks import Score

COLUMNS: Final = ["set", "metric", "value", "low", "high", "n", "coverage"]


def evaluate(vectors: Any, *sets: str, method: str | None = None) -> pd.DataFrame:
    """Score word vectors on evaluation sets.

    >>> evaluate(model.wv, "wordsim353", "simlex999")

    Args:
        vectors: gensim KeyedVectors, a model with ``.wv``, ``Embeddings``, or the path of a file;
            see :func:`word_vectors`.
        sets: names of evaluation sets; none: all on this machine of which some item is known.
        method: method of answering analogies; None: all but the slow "lrcos".

    Returns:
        A row for each score: its ``set``, ``metric`` and ``value``, the 95 % interval over items
        (``low``, ``high``; NaN if there is none), ``n``, the number of items scored, and
        ``coverage``, the share of items whose words are all known.

    Raises:
        UnknownName: a set or the method does not exist.
        DatasetError: the vectors or a set cannot be read.
        ConfigError: ``vectors`` are of another type.
    """
    scored = word_vectors(vectors)
    if wrong := [each for each in sets if not isinstance(each, str)]:
        raise ConfigError(f"evaluation set {wrong[0]!r} is no name; give names one after the other")
    rows = [
        [name, score.metric, score.value, score.low, score.high, score.n, score.coverage]
        for name in sets or sets_here()[0]
        for score in _overall(scored, name, [method] if method else [])
        if sets or score.n  # without names, only what the vectors know
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _overall(vectors: WordVectors, name: str, methods: Sequence[str]) -> list[Score]:
    """Return the scores over a whole set."""
    found = tasks.evaluate(vectors, name, methods).scores
    return [score for score in found if not score.section and (score.n or score is found[0])]


def word_vectors(vectors: Any) -> WordVectors:
    """Return word vectors of any kind as words and an array.

    Args:
        vectors: gensim KeyedVectors, a model with ``.wv``, ``Embeddings`` (their input vectors),
            ``WordVectors``, or the path of a file that :func:`read_vectors` reads.

    Raises:
        DatasetError: the file cannot be read.
        ConfigError: ``vectors`` are of another type.
    """
    if isinstance(vectors, WordVectors):
        return vectors
    if isinstance(vectors, Embeddings):
        return vectors.word_vectors()
    if isinstance(vectors, str | Path):
        return read_vectors(vectors)
    keyed = getattr(vectors, "wv", vectors)
    if not (hasattr(keyed, "index_to_key") and hasattr(keyed, "vectors")):
        raise ConfigError(
            f"vectors are of type {type(vectors).__name__}; give KeyedVectors, a Word2Vec model,"
            " Embeddings or the path of a file"
        )
    words = [str(word) for word in keyed.index_to_key]
    return WordVectors(words, np.ascontiguousarray(keyed.vectors, dtype=np.float32))


def sets_here() -> tuple[list[str], list[str]]:
    """Return the names of the evaluation sets on this machine, and of those not yet fetched."""
    found = [dataset for dataset in datasets.readable() if dataset.kind != "corpus"]
    found.sort(key=lambda dataset: dataset.kind)
    here = [dataset.name for dataset in found if dataset.is_here()]
    return here, [dataset.name for dataset in found if dataset.name not in here]
