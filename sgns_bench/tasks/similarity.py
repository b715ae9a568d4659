"""Similarity task: correlation of cosines with human similarity judgements."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.stats import UNKNOWN, Correlation, bootstrap_correlation, correlation
from sgns_bench.tasks import Evaluation, Items, Score, read_lines, warn_of_malformed


class Pair(NamedTuple):
    """Two words and their similarity as judged by people, on any scale."""

    first: str
    second: str
    rating: float


def evaluate(vectors: WordVectors, path: str | Path, **options: Any) -> Evaluation:
    """Score vectors on rated word pairs; options as for :func:`cosines`.

    The item values are the cosines. The main metric is Spearman's correlation; Pearson's uses the
    same items.

    Raises:
        DatasetError: the file cannot be read; see :func:`read_pairs`.
    """
    pairs = read_pairs(path)
    found = cosines(vectors, pairs, **options)
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
    path = Path(path)
    pairs: list[Pair] = []
    malformed: list[int] = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            pairs.append(_parse(line))
        except ValueError:
            malformed.append(number)
    if not pairs:
        raise DatasetError(f"{path}: no word pairs; need two words and a number per line")
    warn_of_malformed(path, malformed)
    return pairs


def _parse(line: str) -> Pair:
    columns = line.split("\t") if "\t" in line else line.split()
    first, second, rating = (column.strip() for column in columns[:3])
    return Pair(first, second, float(rating))


def cosines(
    vectors: WordVectors,
    pairs: Sequence[Pair],
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
) -> npt.NDArray[np.float64]:
    """Return the cosine of each pair of words: (n,) float64, NaN if a word is unknown.

    Args:
        vectors: the word vectors to score.
        pairs: n pairs from :func:`read_pairs`; their ratings are not used.
        restrict_vocab: use only this many most frequent words; None uses all.
        case_insensitive: compare words in upper case; the first of several spellings is found.
    """
    known = vectors.head(restrict_vocab)
    words = [word for pair in pairs for word in (pair.first, pair.second)]
    rows = known.find(words, case_insensitive=case_insensitive).reshape(-1, 2)
    covered = (rows >= 0).all(axis=1)
    found = np.full(len(pairs), np.nan)
    found[covered] = _cosines(known.vectors, rows[covered])
    return found


def score(found: npt.NDArray[np.float64], pairs: Sequence[Pair]) -> list[Score]:
    """Return Spearman's and Pearson's correlation with ratings, as gensim's evaluate_word_pairs.

    Args:
        found: (n,) float64 from :func:`cosines`; unknown pairs (NaN) only lower the coverage.
        pairs: the same n pairs.
    """
    covered = ~np.isnan(found)
    ratings, similar = np.array([pair.rating for pair in pairs])[covered], found[covered]
    coverage = float(covered.mean())
    return [
        _correlate(ratings, similar, "spearman", coverage),
        _correlate(ratings, similar, "pearson", coverage),
    ]


def _cosines(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the cosines of pairs of rows: (n,) float64; a zero vector has cosine 0."""
    x, y = (vectors[rows[:, side]].astype(np.float64) for side in (0, 1))
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.asarray((x * y).sum(axis=1) / np.where(norms > 0, norms, 1.0))


def _correlate(
    ratings: npt.NDArray[np.float64],
    cosines: npt.NDArray[np.float64],
    method: Correlation,
    coverage: float,
) -> Score:
    n = len(ratings)
    value = float(correlation(ratings, cosines, method)) if n > 1 else np.nan
    low, high = bootstrap_correlation(ratings, cosines, method) if n > 1 else UNKNOWN
    return Score(
        metric=method,
        value=value,
        unit="correlation",
        higher_is_better=True,
        n=n,
        coverage=coverage,
        low=low,
        high=high,
    )
