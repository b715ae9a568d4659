"""Figures: each module draws one kind, wherever the records have its axes."""

from typing import Final

from sgns_bench.report.document import Figure
from sgns_bench.report.figures import best_k, curves, effects, fit, heatmap, lines, pareto
from sgns_bench.report.results import Results

KINDS: Final = (fit, best_k, heatmap, lines, effects, curves, pareto)
"""In the order in which to read them: what answers a question comes before what is good to know."""


def collect(results: Results) -> list[Figure]:
    """Return the figures of a run on one corpus; none is drawn before a page asks for it."""
    return [figure for kind in KINDS for figure in kind.figures(results)]
