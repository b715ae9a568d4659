"""One file per task: what a training run is scored by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number that says how good vectors are.

    Attributes:
        metric: for instance "accuracy", "spearman".
        value: the number; NaN where nothing could be scored.
        unit: for instance "fraction", "correlation", "words/s".
        higher_is_better: direction of the metric.
        section: part of the evaluation set, "" for the whole.
        n: items scored.
        coverage: share of the items whose words are all in the vocabulary.
    """

    metric: str
    value: float
    unit: str
    higher_is_better: bool
    section: str = ""
    n: int
    coverage: float
