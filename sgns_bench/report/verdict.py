"""Sentences on whether a value of a setting is the best of those tried, and by how much."""

from collections.abc import Mapping, Sequence
from typing import Any

from sgns_bench.record import Record
from sgns_bench.report import text
from sgns_bench.report.leaders import Means


def verdict(found: Mapping[str, Means], axis: str, value: Any, heads: Mapping[str, Record]) -> str:
    """Say how a value stands against the others, for every evaluation set.

    Args:
        found: means by value of the setting, by evaluation set.
        axis: the setting.
        value: of which to speak.
        heads: a record of each evaluation set, for metric and unit.
    """
    clauses = [_clause(means, axis, value, heads[dataset]) for dataset, means in found.items()]
    return f"{_named(axis, value)} is {'; '.join(clauses)}"


def listed(words: Sequence[str]) -> str:
    """Return words as prose: a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _clause(means: Means, axis: str, value: Any, head: Record) -> str:
    others = means.only([key for key in means.mean if key != value])
    rival = others.best(higher=head.higher_is_better)
    against = _named(axis, rival)
    gap = means.gap(value, rival)
    ahead = (gap.mean > 0) == head.higher_is_better
    if not means.freedom:
        change = text.change(gap.mean, head.unit)
        side = "ahead of" if ahead else "behind"
        return f"{side} {against} for {head.dataset} ({change}; one seed, noise unknown)"
    numbers = f"({text.difference(gap, head.unit)})"
    if gap.is_real:
        place = "best, ahead of" if ahead else "behind the best,"
        return f"{place} {against}, for {head.dataset} {numbers}"
    return f"level with {against} for {head.dataset} {numbers}"


def _named(axis: str, value: Any) -> str:
    return f"{text.name(axis)} {text.number(value)}"
