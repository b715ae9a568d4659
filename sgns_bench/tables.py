"""What a suite's file is made of: its tables, and the points that they span."""

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from sgns_bench.config import SkipGramConfig
from sgns_bench.embeddings import Which

Text = Annotated[str, Field(min_length=1)]
Words = Annotated[int, Field(ge=0, strict=True)]
Margin = Annotated[float, Field(gt=0, lt=1)]


class Limit(BaseModel):
    """What a cell may cost; one that is going to cost more is ended early and skipped, with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seconds: Annotated[float, Field(gt=0)] = math.inf
    """Of training, as forecast from its first seconds, or the first epoch where that is all it reports."""


class ScoredCorpus(BaseModel):
    """A corpus to train on, and what its vectors are scored on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    """Of a corpus, or the path of a text file."""
    score_on: list[str] = []
    """Evaluation sets; none measures speed alone."""
    methods: list[str] = []
    """Of answering analogies, in place of the task's own choice; see :mod:`sgns_bench.tasks`."""
    words: Annotated[list[Words], Field(min_length=1)] = [0]
    """Train on its first so many words, a cell each; 0, or more than there are: on all of them."""
    measure: list[str] = []
    """What else to learn of each training; see :mod:`sgns_bench.measures`."""


class Variant(BaseModel):
    """What is trained besides the suite's own settings, to compare: settings that replace those.

    A list of values is an axis of the variant's own.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    trainer: str = ""
    """Train this one alone; "" trains the suite's."""
    vectors: Which | None = None
    """Score these; None scores the suite's."""
    measure: list[str] | None = None
    """In place of what the corpus asks for."""

    @property
    def axes(self) -> dict[str, list[Any]]:
        """Its settings, each with its values."""
        return {
            name: value if isinstance(value, list) else [value]
            for name, value in (self.model_extra or {}).items()
        }

    def differs(self, trainers: Sequence[str]) -> bool:
        """Whether it trains or scores anything that a suite of these trainers does not."""
        return bool(self.axes or self.vectors or self.trainer not in ("", *trainers))

    def without(self, settings: Iterable[str]) -> "Variant":
        """Return a copy that leaves some settings to the suite."""
        return Variant(**{k: v for k, v in self.model_dump().items() if k not in settings})


class Point(NamedTuple):
    """What to train with every seed: a point of the grid, or of a variant's."""

    variant: str
    config: SkipGramConfig
    trainers: Sequence[str]
    vectors: Which
    measure: Sequence[str] | None
