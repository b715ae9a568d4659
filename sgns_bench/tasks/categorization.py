"""Categorization task: the purity of k-means clusters with respect to human categories."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import ClusterError, kmeans2

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.tasks import RESTRICT_VOCAB, Evaluation, Items, read_items
from sgns_bench.tasks._scoring import share_correct, unit_rows

STARTS: Final = 20  # with ten clusters, one start in ten finds the best solution
ROUNDS: Final = 50  # iterations of k-means


class Member(NamedTuple):
    """A word and its category, as judged by people."""

    word: str
    category: str


def evaluate(vectors: WordVectors, path: str | Path) -> Evaluation:
    """Score vectors on words with categories by purity.

    Purity is the share of words whose category is the most frequent one in their cluster (Baroni,
    Dinu and Kruszewski 2014, Don't count, predict!, section 2.2). Random vectors score more than
    1 / (number of categories). The interval is Wilson's, for fixed clusters.
    """
    members = read_members(path)
    values = name_clusters(vectors, members)
    correct = [
        None if value is None else value == member.category
        for value, member in zip(values, members, strict=True)
    ]
    return Evaluation([share_correct("purity", correct)], [Items("purity", values, correct)])


def read_members(path: str | Path) -> list[Member]:
    """Read words and categories: one word, a tab and its category per line.

    Lines that start with "#" are comments. Malformed lines are skipped with one warning.

    Raises:
        DatasetError: the file cannot be read, or has fewer than two categories.
    """
    members = read_items(path, _parse)
    if len({member.category for member in members}) < 2:
        raise DatasetError(f"{path}: need two categories; word, tab, category per line")
    return members


def _parse(line: str) -> Member | None:
    match [field.strip() for field in line.split("\t")]:
        case [word, category] if word and category:
            return Member(word, category)
    return None


def name_clusters(vectors: WordVectors, members: Sequence[Member]) -> list[str | None]:
    """Cluster the words and return the category of each word's cluster; None for an unknown word.

    K-means of unit vectors with as many clusters as categories; the best of ``STARTS`` starts with
    fixed seeds. The category of a cluster is the most frequent one among its words, on ties the
    first in alphabetical order. Words are compared in upper case.
    """
    known = vectors.head(RESTRICT_VOCAB)
    rows = known.find([member.word for member in members], case_insensitive=True)
    here = np.flatnonzero(rows >= 0)
    names, categories = np.unique([member.category for member in members], return_inverse=True)
    clusters = _cluster(known.vectors[rows[here]], len(np.unique(categories[here])))
    counts = np.zeros((len(here) + 1, len(names)), dtype=np.int64)
    np.add.at(counts, (clusters, categories[here]), 1)
    values: list[str | None] = [None] * len(members)
    for place, cluster in zip(here.tolist(), clusters, strict=True):
        values[place] = str(names[counts[cluster].argmax()])
    return values


def _cluster(vectors: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return the k-means cluster of each vector: (n,) int64."""
    units = unit_rows(vectors.astype(np.float64))
    least, best = np.inf, np.zeros(len(units), dtype=np.int64)
    for start in range(STARTS if len(units) else 0):
        rng = np.random.default_rng(start)
        try:
            with np.errstate(invalid="ignore"):  # fewer distinct points than clusters
                centers, clusters = kmeans2(units, k, ROUNDS, minit="++", missing="raise", seed=rng)
        except ClusterError:  # a cluster lost its last word
            continue
        spread = np.square(units - centers[clusters]).sum()
        if spread < least:
            least, best = spread, clusters.astype(np.int64)
    return best
