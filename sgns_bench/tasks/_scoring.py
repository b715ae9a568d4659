"""Functions that several tasks share: the share of correct items, and unit vectors."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sgns_bench.stats import Interval, wilson
from sgns_bench.tasks import Score

Real = TypeVar("Real", np.float32, np.float64)


def share_correct(metric: str, correct: Sequence[bool | None]) -> Score:
    """Return the share of correct items with its Wilson interval.

    Unknown items, None, are not scored.
    """
    n, right = len(correct) - correct.count(None), correct.count(True)
    return fraction(metric, right, n, len(correct), wilson(right, n))


def fraction(
    metric: str, right: int, n: int, items: int, interval: Interval, section: str = ""
) -> Score:
    """Return the score of ``right`` of ``n`` items scored, out of ``items``."""
    return Score(
        metric=metric,
        value=right / n if n else np.nan,
        unit="fraction",
        higher_is_better=True,
        section=section,
        n=n,
        coverage=n / items,
        low=interval.low,
        high=interval.high,
    )


def unit_rows(vectors: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """Normalise rows to length 1; a zero vector stays zero and has cosine 0 with all others."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=vectors.dtype)
