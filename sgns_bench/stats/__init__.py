"""Statistics: confidence intervals, paired and unpaired tests, detectable differences.

All are tested by simulation: the coverage of intervals, the false positive rate of tests, and the
power at the detectable difference are as stated.
"""

from sgns_bench.stats.differences import (
    Difference,
    Paired,
    compare_accuracies,
    compare_correlations,
    welch,
)
from sgns_bench.stats.intervals import (
    UNKNOWN,
    Correlation,
    Estimate,
    Interval,
    bootstrap_correlation,
    correlation,
    grouped_wilson,
    mean_interval,
    slope_interval,
    wilson,
)
from sgns_bench.stats.testing import holm

__all__ = [
    "UNKNOWN",
    "Correlation",
    "Difference",
    "Estimate",
    "Interval",
    "Paired",
    "bootstrap_correlation",
    "compare_accuracies",
    "compare_correlations",
    "correlation",
    "grouped_wilson",
    "holm",
    "mean_interval",
    "slope_interval",
    "welch",
    "wilson",
]
