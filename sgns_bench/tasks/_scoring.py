"""Functions that several tasks share: the share of correct items, and unit vectors."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sgns_bench.stats import wilson
from sgns_bench.tasks import Score

Real = TypeVar("Real", np.float32, np.float64)


def share_correct(metric: str, correct: Sequence[bool | None]) -> Score:
    """Return the share of correct items with its Wilson interval.

    Args:
        metric: name of the metric.
        correct: whether each item is correct; None for an unknown item, which is not scored.
    """
    n, right = len(correct) - correct.count(None), correct.count(True)
    low, high = wilson(right, n)
    return Score(
        metric=metric,
        value=right / n if n else np.nan,
        unit="fraction",
        higher_is_better=True,
        n=n,
        coverage=n / len(correct),
        low=low,
        high=high,
    )


def unit_rows(vectors: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """Normalise rows to length 1; a zero vector stays zero and has cosine 0 with all others."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=vectors.dtype)
