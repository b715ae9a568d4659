"""Judges differences of scores and speeds: better, worse, the same, or not to be told."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format
from sgns_bench.report.multiple_comparisons import simultaneous
from sgns_bench.stats import Difference, mean_interval, welch

MARGINS: Final = {
    "fraction": (0.01, "1 point"), "correlation": (0.02, "0.02"), "words/s": (0.1, "10 %"),
}  # fmt: skip
"""Margins of equivalence by unit, as a number and in words; the one of speed is relative."""

Values: TypeAlias = "pd.Series[float]"
"""Values by seed."""
Sample: TypeAlias = "Sequence[float] | Values"


class Effect(NamedTuple):
    """The difference that something makes to a score."""

    name: str
    gap: Difference  # mean score with it less that without, and the interval that is judged
    seeds: int
    head: Record  # a record of the score, for its unit and direction

    @property
    def _margin(self) -> tuple[float, str]:
        return MARGINS.get(self.head.unit, (np.nan, ""))

    @property
    def verdict(self) -> Literal["better", "worse", "same", "unclear"]:
        """The same if the whole interval is within the margin, unclear if it includes zero."""
        if max(abs(self.gap.low), abs(self.gap.high)) <= self._margin[0]:
            return "same"
        if not self.gap.is_real:
            return "unclear"
        return "better" if (self.gap.mean > 0) == self.head.higher_is_better else "worse"

    @property
    def says(self) -> str:
        """The verdict in a few words, with the interval: same within 1 point (-0.4 to +0.6)."""
        words = {
            "same": f"same within {self._margin[1]}",
            "unclear": f"{format.count(self.seeds)} cannot tell",
            "worse": "*worse*",
            "better": "**better**",
        }[self.verdict]
        interval = format.interval(self.gap, self.head.unit)
        return words if np.isnan(self.gap.low) else f"{words} ({interval})"


def unpaired(samples: Mapping[str, tuple[Sample, Sample]], head: Record) -> list[Effect]:
    """Return the difference of the means of each two samples, by Welch's t; best first."""
    both = {name: (list(own), list(base)) for name, (own, base) in samples.items() if len(base)}
    level = simultaneous(len(both))
    effects = [
        Effect(name, welch(own, base, level=level), min(len(own), len(base)), head)
        for name, (own, base) in both.items()
    ]
    return sorted(effects, key=lambda e: e.gap.mean, reverse=head.higher_is_better)


def paired(samples: Mapping[str, tuple[Values, Values]], head: Record) -> list[Effect]:
    """Return the mean difference of each two samples seed by seed, by Student's t; best first."""
    gaps = {name: list((own - base).dropna()) for name, (own, base) in samples.items()}
    gaps = {name: found for name, found in gaps.items() if found}
    level = simultaneous(len(gaps))
    effects = []
    for name, found in gaps.items():
        mean, _, low, high = mean_interval(found, level=level)
        effects.append(Effect(name, Difference(mean, low, high), len(found), head))
    return sorted(effects, key=lambda e: e.gap.mean, reverse=head.higher_is_better)


def speed(ratios: Sequence[float]) -> str:
    """Say the median of ratios of speed, and their range: 25 times slower (20 to 30).

    Speeds are the same if the whole range is within the margin. They differ if the range excludes 1
    and the median is beyond the margin.
    """
    if not len(ratios):
        return format.MISSING
    middle, low, high = float(np.median(ratios)), min(ratios), max(ratios)
    margin, words = MARGINS["words/s"]
    if 1 / (1 + margin) <= low and high <= 1 + margin:
        return f"same within {words} ({low:.2f} to {high:.2f} times)"
    if low < 1 < high or 1 / (1 + margin) <= middle <= 1 + margin:
        return f"cannot tell ({low:.3g} to {high:.3g} times)"
    mark, says = ("**", "faster") if middle > 1 else ("*", "slower")
    if middle < 1:
        middle, low, high = 1 / middle, 1 / high, 1 / low
    spread = f" ({low:.3g} to {high:.3g})" if low < high else ""
    return f"{mark}{middle:.3g} times {says}{mark}{spread}"
