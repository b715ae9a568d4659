"""Figures of a report; each module draws one kind, if the records have its axes."""

from typing import Final

from sgns_bench.report.document import Figure
from sgns_bench.report.figures import best_k, curves, effects, fit, heatmap, lines, pareto
from sgns_bench.report.results import Results

KINDS: Final = (fit, best_k, heatmap, lines, effects, curves, pareto)
"""Modules in reading order: figures that answer a suite's question come first."""


def collect(results: Results) -> list[Figure]:
    """Return the figures of a run on one corpus; they are drawn when a page is written."""
    return [figure for kind in KINDS for figure in kind.figures(results)]
