"""Plots quality during the training against training time."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format, plotting
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import at_default, name_of
from sgns_bench.report.verdict import unpaired


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for every evaluation set with learning curves."""
    for dataset, head in results.sets.items():
        moments = _moments(results, dataset, head.metric)
        if len(moments):
            label = format.label(head.metric, head.unit)
            seeds = format.count(len(moments["values"].iloc[0]))
            yield Figure(
                title=f"{dataset} {head.metric} during the training",
                caption=f"Marks: means over {seeds} against the median seconds.",
                table=Table(["training", "done, %", "seconds", label], _rows(moments, head), 1),
                draw=partial(_draw, moments=moments, label=label, scale=format.scale(head.unit)),
                finding=_after_equal_time(results, moments, head),
            )


def _rows(moments: pd.DataFrame, head: Record) -> list[list[str]]:
    columns = (moments[name] for name in ("name", "progress", "seconds", "values"))
    return [
        [str(name), f"{100 * done:.0f}", f"{seconds:.3g}", format.mean_and_sd(values, head.unit)]
        for name, done, seconds, values in zip(*columns, strict=True)
    ]


def _moments(results: Results, dataset: str, metric: str) -> pd.DataFrame:
    """Return seconds and values of all seeds, by trainer, variant and share of the training.

    Of variants with several values only those of epochs are kept. The result is empty if no
    training has intermediate points.
    """
    variants = results.grid.one_setting_variants
    others = [name for name, axis in variants.items() if axis != "epochs"]
    rows = at_default(results, results.everything)
    rows = rows[~rows["variant"].isin(others) & (rows["section"] == "")]
    is_time = (rows["dataset"] == "") & (rows["metric"] == "train_seconds")
    rows = rows[((rows["dataset"] == dataset) & (rows["metric"] == metric)) | is_time]
    if not (rows["progress"] < 1).any() or not (rows["metric"] == metric).any():
        return pd.DataFrame()
    rows = rows.assign(name=[name_of(results, row) for _, row in rows.iterrows()])
    wide = rows.pivot_table(
        index=["name", "trainer", "progress", "cell"], columns="metric", values="value", sort=False
    )
    return (
        wide.dropna()
        .groupby(["name", "trainer", "progress"], sort=False)
        .agg(seconds=("train_seconds", "median"), values=(metric, list))
        .reset_index()
    )


def _after_equal_time(results: Results, moments: pd.DataFrame, head: Record) -> str:
    """Compare the first trainer with each other one after equal training time, in sentences.

    Among the first trainer's runs that take no longer, the longest is compared; a choice of the
    best one would be biased by chance.
    """
    ends = moments[moments["progress"] == 1].sort_values("seconds")
    says = []
    for _, other in ends[ends["name"].isin(results.trainers[1:])].iterrows():
        done = ends[(ends["trainer"] == results.first) & (ends["seconds"] <= other["seconds"])]
        if len(done):
            ours = done.iloc[-1]
            (effect,) = unpaired({"": (ours["values"], other["values"])}, head)
            says.append(
                f"{ours['name']} after {ours['seconds']:.3g} s against {other['name']} after"
                f" {other['seconds']:.3g} s: {effect.says}."
            )
    return " ".join(says)


def _draw(axes: plotting.Axes, moments: pd.DataFrame, label: str, scale: float) -> None:
    for i, (name, own) in enumerate(moments.groupby("name", sort=False)):
        means = scale * own["values"].map(np.mean)
        axes.plot(own["seconds"], means, label=name, markersize=4, **plotting.style(i))
    plotting.logarithmic(axes.xaxis)
    axes.set(xlabel="seconds of training", ylabel=label)
