"""Cost against size, on two logarithmic axes: a straight line there is a power law."""

from collections.abc import Iterator

import numpy as np

from sgns_bench.report import format
from sgns_bench.report.document import Figure
from sgns_bench.report.figures.lines import power_laws, power_laws_figure, with_three_values
from sgns_bench.report.results import Results
from sgns_bench.report.selection import name_of


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for everything that was measured at three sizes or more."""
    rows = results.everything
    rows = rows[(rows["kind"] == "scaling") & (rows["section"] != "") & (rows["value"] > 0)]
    names = [name_of(results, row) for _, row in rows.iterrows()]
    rows = rows.assign(name=names, V=rows["section"].replace("", "0").astype(int))
    for (metric, unit), group in rows.groupby(["metric", "unit"], sort=False):
        lines = with_three_values(group, "V")
        if len(lines):
            prose = str(metric).replace("_", " ")
            yield power_laws_figure(
                f"{prose.capitalize()} against V",
                lines,
                "V",
                label=format.label(prose, str(unit)),
                write=lambda costs: f"{np.median(costs):.3g}",
                finding=power_laws(lines, "V"),
            )
