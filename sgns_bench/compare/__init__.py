"""Has a change made anything worse? The records of two runs of a suite, gate by gate.

A *gate* is a number that must not get worse, and a margin: by what share of itself it may. Both
runs repeat it, a seed each time and at least 8 of them, best in turns. Its *change* is the median
of the differences between each repeat of NEW and each of BASE (Hodges and Lehmann 1963), as a
share of BASE's median. The verdict is **worse** if the change is one for the worse that exceeds
the margin, *and* an exact one-sided Mann-Whitney test finds NEW's repeats worse than BASE's with
p < 0.002; **better** if the same holds the other way round; else **same**, or **unclear** if the
change's 95 % interval (Hodges and Lehmann's) reaches beyond the margin for the worse, so that more
repeats are needed to tell. Only worse fails: a test alone would fail harmless changes, a margin
alone noise.

Gates and margins are those of the suite. Records are all that is read of the runs. Repeats that
failed or are no numbers, or are of another text, vocabulary or share of a set, are refused.
Settings that the suite names are to be the same; others are the code's, and those that differ are
noted.
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
