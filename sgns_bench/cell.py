"""Cells: the training runs that a suite plans."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sgns_bench import trainers
from sgns_bench.config import KINDS, SkipGramConfig
from sgns_bench.suite import Suite

DEFAULTS: Final = SkipGramConfig()


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training run: trainer, corpus, settings, seed.

    Attributes:
        trainer: its name.
        config: all settings; those in ``ignores`` at their defaults.
        ignores: settings that make no difference to the trainer.
        corpus: its name or path, as the suite has it.
        corpus_sha256: of the bytes the corpus was read from.
        device: "cpu" or "cuda".
        score_on: evaluation sets.
    """

    trainer: str
    config: SkipGramConfig
    ignores: frozenset[str]
    corpus: str
    corpus_sha256: str
    device: str
    score_on: tuple[str, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that matter to this trainer, without the seed."""
        return {
            name: KINDS[name](value)  # 1 and 1.0 are the same exponent
            for name, value in self.config.as_dict().items()
            if name not in self.ignores and name != "seed"
        }

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that are the same for the same run, on any machine."""
        # A corpus is what is in it, wherever it lies.
        where = (self.corpus_sha256, self.device, sorted(self.score_on))
        content = (self.trainer, self.settings, self.config.seed, where)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def cells(suite: Suite, *, corpus_sha256: Mapping[str, str], device: str) -> list[Cell]:
    """Return the training runs of a suite, in the order in which to run them.

    One corpus after the other, trainers take turns: the seed changes slowest and the trainer
    fastest, so that a machine that slows down for a minute slows them all. A trainer is run once
    for all values of a setting that makes no difference to it.

    Args:
        suite: what to plan.
        corpus_sha256: of each corpus, by the name that the suite has for it.
        device: "cpu" or "cuda".
    """
    ignores = {name: trainers.load(name).IGNORES for name in suite.trainers}
    plan = (
        Cell(
            trainer=name,
            config=_with_defaults(point, ignores[name]).replace(seed=seed),
            ignores=ignores[name],
            corpus=corpus.name,
            corpus_sha256=corpus_sha256[corpus.name],
            device=device,
            score_on=tuple(corpus.score_on),
        )
        for corpus in suite.corpora
        for seed in range(1, suite.seeds + 1)
        for point in suite.points()
        for name in suite.trainers
    )
    return list(dict.fromkeys(plan))


def _with_defaults(config: SkipGramConfig, ignored: frozenset[str]) -> SkipGramConfig:
    return config.replace(**{name: getattr(DEFAULTS, name) for name in ignored})
