"""``eval``: score saved vectors, and compare them."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from sgns_bench.host.columns import aligned

if TYPE_CHECKING:
    from sgns_bench.evaluation.significance import Comparison
    from sgns_bench.tasks import Score

SCORES: Final = ("set", "metric", "value", "95 % interval", "n", "coverage")
NOTE: Final = (
    "p: for accuracies the exact McNemar test, or a larger p clustered by word pairs; for"
    " correlations a paired bootstrap; Holm-adjusted over {} comparisons. detectable: true"
    " difference found with 80 % power at a level of 5 % / comparisons"
)


def evaluate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of gensim, word2vec or GloVe.")
    ],
    method: Annotated[
        Literal["3cosadd", "3cosmul", "pairdirection", "lrcos"] | None,
        typer.Option(help="Method of answering analogies; default: all but lrcos, which is slow."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score saved vectors, and compare them."""
    from sgns_bench.embeddings import read_vectors
    from sgns_bench.evaluation.scorecard import scorecard, sets
    from sgns_bench.evaluation.significance import compare, match

    here, absent = sets()
    methods = [method] if method else []
    are_distinct = len({file.name for file in files}) == len(files)
    names = [file.name if are_distinct else str(file) for file in files]
    first = read_vectors(files[0])
    cards = {str(files[0]): scorecard(first, here, methods)}
    matches = []
    for file, name in zip(files[1:], names[1:], strict=True):
        other = read_vectors(file)
        cards[str(file)] = scorecard(other, here, methods)
        matches += match((names[0], name), first, other, here, method or "3cosadd")
    comparisons = compare(matches)
    if as_json:
        typer.echo(_document(cards, comparisons, absent))
        return
    for title, card in cards.items():
        typer.echo("\n".join(_card(title, card)))
    typer.echo("\n".join(_compared(comparisons)), nl=bool(comparisons))
    if len(files) > 1 and not matches:
        typer.echo("nothing to compare: no evaluation set has three items that both files know")
    if absent:
        typer.echo(f"not fetched: {', '.join(absent)}; python -m sgns_bench fetch NAME, or --all")


def _card(title: str, card: "Mapping[str, list[Score]]") -> Iterator[str]:
    """Yield the lines about one file of vectors."""
    yield title
    yield from aligned([SCORES, *(_cells(name, score) for name in card for score in card[name])])
    if unknown := [name for name, scores in card.items() if not scores]:
        yield f"no known items: {', '.join(unknown)}"
    yield ""


def _cells(name: str, score: "Score") -> tuple[str, ...]:
    interval = "" if math.isnan(score.low) else f"{score.low:.3f} to {score.high:.3f}"
    value, coverage = f"{score.value:.3f}", f"{score.coverage:.1%}"
    return name, score.metric, value, interval, f"{score.n:,}", coverage


def _compared(comparisons: "Sequence[Comparison]") -> Iterator[str]:
    """Yield a table for each two files, and a sentence for each of its rows."""
    for names, group in groupby(comparisons, key=lambda each: each.names):
        rows = list(group)
        yield f"{names[0]} against {names[1]}, on the words of both"
        header = ("set", "metric", *names, "difference", "95 % interval", "p", "detectable", "n")
        yield from aligned([header, *map(_compared_cells, rows)])
        yield from map(str, rows)
        yield ""
    if comparisons:
        yield NOTE.format(len(comparisons))


def _compared_cells(row: "Comparison") -> tuple[str, ...]:
    difference = row.paired.difference
    return (
        row.dataset,
        row.metric,
        *(f"{score:.3f}" for score in row.scores),
        f"{difference.mean:+.3f}",
        f"{difference.low:+.3f} to {difference.high:+.3f}",
        "< 0.001" if row.p < 0.001 else f"{row.p:.3f}",
        f"{row.paired.detectable:.3f}",
        f"{row.paired.n:,}",
    )


def _document(
    cards: "Mapping[str, Mapping[str, list[Score]]]",
    comparisons: "Sequence[Comparison]",
    absent: Sequence[str],
) -> str:
    """Return all numbers as JSON; what is not known is null."""
    files = [
        {
            "file": file,
            "scores": [_score(name, score) for name in card for score in card[name]],
            "no_known_items": [name for name, scores in card.items() if not scores],
        }
        for file, card in cards.items()
    ]
    compared = [_comparison(row) for row in comparisons]
    found = {"files": files, "comparisons": compared, "not_fetched": absent}
    return json.dumps(found, indent=1, allow_nan=False)


def _score(name: str, score: "Score") -> dict[str, Any]:
    fields = {"set": name, **asdict(score)}
    return {field: _number(value) for field, value in fields.items() if field != "section"}


def _comparison(row: "Comparison") -> dict[str, Any]:
    return {
        "names": row.names,
        "set": row.dataset,
        "metric": row.metric,
        "scores": row.scores,
        "difference": row.paired.difference._asdict(),
        "p": row.p,
        "detectable": _number(row.paired.detectable),
        "n": row.paired.n,
    }


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
