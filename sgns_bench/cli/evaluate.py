"""``eval``: score saved vectors, and compare them."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import typer

from sgns_bench.host.columns import aligned

if TYPE_CHECKING:
    import pandas as pd

    from sgns_bench.evaluation.significance import Comparison

SCORES: Final = ("set", "metric", "value", "95 % interval", "n", "coverage")
NOTE: Final = (
    "p: for accuracies the exact McNemar test, or a larger p clustered by word pairs; for"
    " correlations a paired bootstrap; Holm-adjusted over {} comparisons. detectable: true"
    " difference found with 80 % power at a level of 5 % / comparisons"
)


def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Vectors of gensim, word2vec, GloVe or safetensors; the first is compared with each"
            " of the others.",
        ),
    ],
    method: Annotated[
        Literal["3cosadd", "3cosmul", "pairdirection", "lrcos"] | None,
        typer.Option(help="Method of answering analogies; default: all but lrcos, which is slow."),
    ] = None,
    score_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SET", help="Evaluation set; repeatable. Default: all on this machine."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score saved vectors, and compare them."""
    from sgns_bench.embeddings import read_vectors
    from sgns_bench.evaluation import evaluate
    from sgns_bench.evaluation.scorecard import sets_here
    from sgns_bench.evaluation.significance import compare_all, match

    here, absent = sets_here()
    asked = score_on or []
    are_distinct = len({file.name for file in files}) == len(files)
    names = [file.name if are_distinct else str(file) for file in files]
    first = read_vectors(files[0])
    scores = [evaluate(first, *asked, method=method)]
    matches = []
    for file, name in zip(files[1:], names[1:], strict=True):
        other = read_vectors(file)
        scores.append(evaluate(other, *asked, method=method))
        matches += match((names[0], name), first, other, asked or here, method or "3cosadd")
    found = Findings([*map(str, files)], scores, compare_all(matches), [] if asked else absent)
    typer.echo(found.document() if as_json else "\n".join(found.lines()))


class Findings(NamedTuple):
    """All that is found out about some files of vectors.

    Attributes:
        files: the files.
        scores: the scores of each file, from :func:`sgns_bench.evaluate`.
        comparisons: the first file against each other file, by evaluation set.
        absent: evaluation sets that are not on this machine.
    """

    files: "Sequence[str]"
    scores: "Sequence[pd.DataFrame]"
    comparisons: "Sequence[Comparison]"
    absent: "Sequence[str]"

    def lines(self) -> Iterator[str]:
        """Yield tables and sentences."""
        for file, scores in zip(self.files, self.scores, strict=True):
            yield from [file, *aligned([SCORES, *map(_scored, scores[scores.n > 0].itertuples())])]
            if unknown := ", ".join(scores[scores.n == 0].set):
                yield f"no known items: {unknown}"
            elif scores.empty:
                yield "no evaluation set has an item whose words are all among those of the vectors"
            yield ""
        for names, rows in groupby(self.comparisons, key=lambda each: each.names):
            yield from [*_compared(names, [*rows]), ""]
        if self.comparisons:
            yield NOTE.format(len(self.comparisons))
        elif len(self.files) > 1:
            yield "nothing to compare: no evaluation set has three items that both files know"
        if self.absent:
            yield f"not fetched: {', '.join(self.absent)}; python -m sgns_bench fetch NAME, or --all"

    def document(self) -> str:
        """Return all numbers as JSON; what is not known is null."""
        from sgns_bench.evaluation.significance import frame

        pairs = groupby(self.comparisons, key=lambda each: each.names)
        found = {
            "scores": {
                file: _rows(scores) for file, scores in zip(self.files, self.scores, strict=True)
            },
            "comparisons": [
                {"a": names[0], "b": names[1], "sets": _rows(frame([*rows]))}
                for names, rows in pairs
            ],
            "not_fetched": self.absent,
        }
        return json.dumps(found, indent=1)


def _rows(table: "pd.DataFrame") -> Any:
    return json.loads(table.to_json(orient="records"))


def _scored(row: Any) -> tuple[str, ...]:
    value = "-" if math.isnan(row.value) else f"{row.value:.3f}"
    interval = "-" if math.isnan(row.low) else f"{row.low:.3f} to {row.high:.3f}"
    return row.set, row.metric, value, interval, f"{row.n:,}", f"{row.coverage:.1%}"


def _compared(names: tuple[str, str], rows: "Sequence[Comparison]") -> Iterator[str]:
    """Yield a table of two files, and a sentence for each of its rows."""
    yield f"{names[0]} against {names[1]}, on the words of both"
    header = ("set", "metric", *names, "difference", "95 % interval", "p", "detectable", "n")
    yield from aligned([header, *map(_compared_cells, rows)])
    yield from map(str, rows)


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
