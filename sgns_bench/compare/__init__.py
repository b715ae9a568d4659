"""Compares two runs of a suite, and judges for each gate whether it got worse.

A *gate* is a metric that must not get worse by more than a *margin*, a share of its value. Each
run has at least 8 repeats of it, with different seeds; it is best to alternate the two runs. The
*change* is the median of the differences between each repeat of NEW and each repeat of BASE (Hodges
and Lehmann 1963), divided by BASE's median. The verdict is

* **worse** if the change is for the worse and exceeds the margin, *and* an exact one-sided
  Mann-Whitney test finds NEW's repeats worse than BASE's with p < 0.002;
* **better** if the same holds in the other direction;
* **unclear** if the change's 95 % interval reaches beyond the margin for the worse, so that more
  repeats are needed;
* **same** otherwise.

Only worse fails: a test alone would fail harmless changes, a margin alone would fail noise.

The suite sets gates and margins; of the runs only the records are read. Repeats that failed, are
not finite, or differ in text, vocabulary or coverage are refused. Settings that the suite names
must be equal; differences in other settings, which are defaults of the code, are noted.
"""

from sgns_bench.compare import formats
from sgns_bench.compare.gates import GateComparison, compare
from sgns_bench.compare.judgement import MIN_REPEATS, Judgement, judge
from sgns_bench.compare.sides import read_sides

__all__ = [
    "MIN_REPEATS",
    "GateComparison",
    "Judgement",
    "compare",
    "formats",
    "judge",
    "read_sides",
]
