"""Statistics: confidence intervals, paired and unpaired tests, detectable differences.

All are tested by simulation: the coverage of intervals, the false positive rate of tests, and the
power at the detectable difference are as stated.
"""

from sgns_bench.stats.differences import Difference as Difference
from sgns_bench.stats.differences import Paired as Paired
from sgns_bench.stats.differences import compare_accuracies as compare_accuracies
from sgns_bench.stats.differences import compare_correlations as compare_correlations
from sgns_bench.stats.differences import welch as welch
from sgns_bench.stats.intervals import Correlation as Correlation
from sgns_bench.stats.intervals import Estimate as Estimate
from sgns_bench.stats.intervals import Interval as Interval
from sgns_bench.stats.intervals import bootstrap_correlation as bootstrap_correlation
from sgns_bench.stats.intervals import correlation as correlation
from sgns_bench.stats.intervals import grouped_wilson as grouped_wilson
from sgns_bench.stats.intervals import mean_interval as mean_interval
from sgns_bench.stats.intervals import slope_interval as slope_interval
from sgns_bench.stats.intervals import wilson as wilson
from sgns_bench.stats.testing import holm as holm
