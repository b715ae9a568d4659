"""Heat maps of a score over k and power, the best cell and its equals marked."""

from collections.abc import Iterator
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import leaders, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.frames import POWER, K
from sgns_bench.report.leaders import Means
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figures(results: Results) -> Iterator[Figure]:
    """Yield a heat map for every evaluation set and trainer that has k and power."""
    for trainer in _crossed(results):
        for dataset, means in _grids(results, trainer).items():
            yield _figure(trainer, means, results.headlines[dataset])


def findings(results: Results) -> Iterator[str]:
    """Yield whether the usual power and k are best, for the first trainer that has them."""
    for trainer in _crossed(results)[:1]:
        grids = _grids(results, trainer)
        for axis, part, others in ((POWER, 1, "k"), (K, 0, "powers")):
            over = {name: _over_other(means, part) for name, means in grids.items()}
            if all(means.mean for means in over.values()) and over:
                says = verdict(over, axis, results.focus(axis), results.headlines)
                yield f"On {results.whole.corpus} ({trainer}, over all {others}), {says}."


def _crossed(results: Results) -> list[str]:
    return [t for t in results.trainers if not results.ignores(t, K)]


def _grids(results: Results, trainer: str) -> dict[str, Means]:
    """Means by (k, power), of every evaluation set for which both vary."""
    samples = {name: results.samples(trainer, name, (K, POWER)) for name in results.sets}
    return {
        name: leaders.means(cells)
        for name, cells in samples.items()
        if all(len({key[i] for key in cells}) > 1 for i in (0, 1))
    }


def _over_other(means: Means, part: int) -> Means:
    """Means by one setting over those values of the other that all of its values have."""
    values = {key[part] for key in means.mean}
    others: dict[Any, set[Any]] = {}
    for key in means.mean:
        others.setdefault(key[1 - part], set()).add(key[part])
    whole = [key for key in means.mean if others[key[1 - part]] == values]
    return means.only(whole).over(itemgetter(part))


def _figure(trainer: str, means: Means, head: Record) -> Figure:
    best = means.best(higher=head.higher_is_better)
    equals = means.leaders(higher=head.higher_is_better) if means.freedom else [best]
    marks = {**dict.fromkeys(equals, "equal"), best: "best"}
    return Figure(
        title=f"{head.dataset} {head.metric} of {trainer}, by k and power",
        text=_text(means, marks, head),
        table=_table(means, marks, head),
        draw=partial(_draw, means=means, marks=marks, head=head),
        height=0.9 + 0.36 * len({k for k, _ in means.mean}),
    )


def _text(means: Means, marks: dict[Any, str], head: Record) -> str:
    (best,) = (key for key, mark in marks.items() if mark == "best")
    where = text.settings(dict(zip((K, POWER), best, strict=True)))
    value = text.mean([means.mean[best]], head.unit)
    if not means.freedom:
        return f"The best mean is {value}, at {where} (framed). One seed: the noise is unknown."
    return (
        f"The best mean is {value}, at {where} (solid frame);"
        f" {len(marks) - 1} of the other {len(means.mean) - 1} cells cannot be told from it"
        " (dashed frames): pooled noise of the seeds, 95 % over all comparisons."
    )


def _table(means: Means, marks: dict[Any, str], head: Record) -> Table:
    rows = [
        [text.number(k), text.number(power), text.quantity(mean, head.unit), _mark(marks, key)]
        for key, mean in means.mean.items()
        for k, power in [key]
    ]
    unit = ", %" if head.unit == "fraction" else ""
    return Table(["k", "power", f"{head.metric}{unit}", "best"], rows, left=2)


def _mark(marks: dict[Any, str], key: Any) -> str:
    return {"best": "best", "equal": "cannot be told from it"}.get(marks.get(key, ""), "")


def _draw(axes: "Axes", means: Means, marks: dict[Any, str], head: Record) -> None:
    from matplotlib.patches import Rectangle

    ks, powers = (sorted({key[i] for key in means.mean}) for i in (0, 1))
    grid = np.array([[means.mean.get((k, power), np.nan) for power in powers] for k in ks])
    low, high = np.nanmin(grid), np.nanmax(grid)
    axes.pcolormesh(grid, cmap="cividis", vmin=low, vmax=high)
    for (row, column), mean in np.ndenumerate(grid):
        ink = "#ffffff" if mean < (low + high) / 2 else "#000000"  # that the cell's colour bears
        value = "" if np.isnan(mean) else text.quantity(mean, head.unit)
        axes.text(column + 0.5, row + 0.5, value, ha="center", va="center", color=ink, fontsize=9)
        if mark := marks.get((ks[row], powers[column])):
            line = (
                {"linewidth": 2.2} if mark == "best" else {"linewidth": 1, "linestyle": (0, (3, 2))}
            )
            frame = Rectangle((column + 0.06, row + 0.08), 0.88, 0.84, fill=False, ec=ink, **line)
            axes.add_patch(frame)
    axes.set_xticks(np.arange(len(powers)) + 0.5, [text.number(power) for power in powers])
    axes.set_yticks(np.arange(len(ks)) + 0.5, [text.number(k) for k in ks])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("power")
    axes.set_ylabel("k")
