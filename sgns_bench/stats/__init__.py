"""How far a number can be trusted: intervals, differences and their tests, what could be seen.

Each is tested against simulation: an interval covers the truth as often as it says, a test finds
a difference that is not there as rarely, and what could have been detected is, as often.
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
    clustered_error,
    correlation,
    grouped_wilson,
    mean_interval,
    slope_interval,
    wilson,
)
from sgns_bench.stats.testing import detectable, detectable_accuracy, holm, mcnemar

__all__ = [
    "UNKNOWN",
    "Correlation",
    "Difference",
    "Estimate",
    "Interval",
    "Paired",
    "bootstrap_correlation",
    "clustered_error",
    "compare_accuracies",
    "compare_correlations",
    "correlation",
    "detectable",
    "detectable_accuracy",
    "grouped_wilson",
    "holm",
    "mcnemar",
    "mean_interval",
    "slope_interval",
    "welch",
    "wilson",
]
