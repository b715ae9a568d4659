"""Compares two runs of a suite: for each of its gates, did the number get worse?

:mod:`sgns_bench.regression.gates` says what a gate is and when it fails. The suite sets gates and
margins; of the runs only the records are read. Repeats that failed, are not finite, or differ in
text, vocabulary or coverage are refused. Settings that the suite names must be equal; differences
in other settings, which are defaults of the code, are noted.
"""

from sgns_bench.regression import formats as formats
from sgns_bench.regression.runs import GateComparison as GateComparison
from sgns_bench.regression.runs import compare as compare
from sgns_bench.regression.sides import read_sides as read_sides
