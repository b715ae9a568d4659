"""Ranked intervals: what each variant of the training gains or loses against the default."""

from collections.abc import Iterator

import pandas as pd

from sgns_bench.report import format
from sgns_bench.report.document import Figure
from sgns_bench.report.effects import Effect, figure, finding, paired
from sgns_bench.report.results import Results
from sgns_bench.report.selection import at_default


def figures(results: Results) -> Iterator[Figure]:
    """Yield a ranking of the variants for every evaluation set."""
    grid = results.grid
    point = {axis: value for axis, value in grid.default().items() if axis in grid.varying}
    where = ", ".join(filter(None, [results.first, format.settings(point)]))
    for dataset, head in results.sets.items():
        if ranked := _variants(results, dataset):
            title = f"What changes {dataset} {head.metric} ({where})"
            says = finding(ranked, head, "the default")
            yield figure(title, ranked, head, what="variant", against="the default", finding=says)


def _variants(results: Results, dataset: str) -> list[Effect]:
    """What each variant adds to the default, of the same trainer if that has one; ranked."""
    head = results.sets[dataset]
    rows = at_default(results, results.ends)
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
    by_seed: dict[tuple[str, str], pd.Series[float]] = {
        (str(variant), str(trainer)): own.set_index("seed")["value"]
        for (variant, trainer), own in rows.groupby(["variant", "trainer"], sort=False)
    }
    gaps = {}
    for variant in dict.fromkeys(variant for variant, _ in by_seed):
        if variant and variant not in results.grid.one_setting_variants:
            trainers = [trainer for name, trainer in by_seed if name == variant]
            trainer = results.first if results.first in trainers else trainers[0]
            base = ("", trainer if ("", trainer) in by_seed else results.first)
            if base in by_seed:
                gaps[variant] = list(by_seed[variant, trainer].sub(by_seed[base]).dropna())
    return paired(gaps, higher=head.higher_is_better)
