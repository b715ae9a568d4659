"""Similarity task: correlation of cosines with human similarity judgements."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.stats import Correlation, bootstrap_correlation, correlation
from sgns_bench.tasks import RESTRICT_VOCAB, Evaluation, Items, Score, read_items


class Pair(NamedTuple):
    """Two words and their similarity as judged by people, on any scale."""

    first: str
    second: str
    rating: float


def evaluate(vectors: WordVectors, path: str | Path) -> Evaluation:
    """Score vectors on rated word pairs; the item values are the cosines.

    The main metric is Spearman's correlation; Pearson's uses the same items.
    """
    pairs = read_pairs(path)
    found = cosines(vectors, pairs)
    values = [None if np.isnan(cosine) else cosine for cosine in found.tolist()]
    return Evaluation(
        score(found, pairs),
        [Items("spearman", values, ratings=[pair.rating for pair in pairs])],
    )


def read_pairs(path: str | Path) -> list[Pair]:
    """Read rated word pairs: two words and a rating per line; further columns are ignored.

    Columns are separated by tabs or, in a line without tabs, by white space. Lines that start with
    "#" are comments. Malformed lines are skipped with one warning.

    Raises:
        DatasetError: the file cannot be read, or has no valid line.
    """
    pairs = read_items(path, _parse)
    if not pairs:
        raise DatasetError(f"{path}: no word pairs; need two words and a number per line")
    return pairs


def _parse(line: str) -> Pair | None:
    columns = line.split("\t") if "\t" in line else line.split()
    try:
        first, second, rating = (column.strip() for column in columns[:3])
        return Pair(first, second, float(rating))
    except ValueError:
        return None


def cosines(vectors: WordVectors, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    """Return the cosine of each pair of words: (n,) float64, NaN if a word is unknown.

    As in gensim, words are compared in upper case, and a vector of zeros has cosine 0.
    """
    known = vectors.head(RESTRICT_VOCAB)
    words = [word for pair in pairs for word in (pair.first, pair.second)]
    rows = known.find(words, case_insensitive=True).reshape(-1, 2)
    covered = (rows >= 0).all(axis=1)
    found = np.full(len(pairs), np.nan)
    x, y = (known.vectors[side].astype(np.float64) for side in rows[covered].T)
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    found[covered] = (x * y).sum(axis=1) / np.where(norms > 0, norms, 1.0)
    return found


def score(found: npt.NDArray[np.float64], pairs: Sequence[Pair]) -> list[Score]:
    """Return Spearman's and Pearson's correlation with ratings, as gensim's evaluate_word_pairs.

    Unknown pairs (NaN in ``found``, (n,) float64 from :func:`cosines`) only lower the coverage.
    """
    covered = ~np.isnan(found)
    ratings, similar = np.array([pair.rating for pair in pairs])[covered], found[covered]
    n = len(ratings)

    def correlate(method: Correlation) -> Score:
        value = float(correlation(ratings, similar, method)) if n > 1 else np.nan
        low, high = bootstrap_correlation(ratings, similar, method)
        return Score(
            metric=method,
            value=value,
            unit="correlation",
            higher_is_better=True,
            n=n,
            coverage=float(covered.mean()),
            low=low,
            high=high,
        )

    return [correlate("spearman"), correlate("pearson")]
