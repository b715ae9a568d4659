"""Plans the cells (training runs) of a suite."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sgns_bench import trainers
from sgns_bench.bench.suite import Suite
from sgns_bench.config import KINDS, SkipGramConfig
from sgns_bench.embeddings import Which

DEFAULTS: Final = SkipGramConfig().as_dict()
NAMES_IN_IDS: Final = {"negatives_per_draw": "sharing"}  # a run goes on under a setting's new name


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training run: trainer, corpus, settings, seed."""

    trainer: str  # name of the trainer
    config: SkipGramConfig  # all settings; those in ``ignores`` at their defaults
    ignores: frozenset[str]  # settings that make no difference to the trainer
    corpus: str  # name or path of the corpus, as written in the suite
    corpus_sha256: str  # SHA-256 of the bytes the corpus was read from
    device: str  # "cpu" or "cuda"
    score_on: tuple[str, ...]  # names of evaluation sets
    # methods of answering analogies; empty: the task's default methods
    methods: tuple[str, ...] = ()
    max_words: int = 0  # number of words to train on, from the start of the corpus; 0: all
    vectors: Which = "input"  # the matrix to score
    curve: int = 1  # number of equal parts of the training, each of which ends with a score; >= 1
    measure: tuple[str, ...] = ()  # names of measures of the training
    # name of the suite's variant, "" for the main grid. It does not tell cells apart: the same
    # training under two names is one cell with the first name
    variant: str = field(default="", compare=False)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that matter to this trainer, without the seed."""
        return {
            name: KINDS[name](value)  # 1 and 1.0 are the same exponent
            for name, value in self.config.as_dict().items()
            if name not in self.ignores and name != "seed"
        }

    def is_like(self, other: "Cell") -> bool:
        """Return whether both train on the same words with the same seed and shared settings."""
        where, elsewhere = ((c.corpus_sha256, c.max_words, c.config.seed) for c in (self, other))
        mine, theirs = self.settings, other.settings
        return where == elsewhere and all(mine[k] == theirs[k] for k in mine.keys() & theirs.keys())

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, equal for equal training runs on any machine."""
        # The corpus counts by its content: its path differs between machines.
        where = (self.corpus_sha256, self.device, sorted(self.score_on))
        learned = (sorted(self.measure), *sorted(self.methods))
        how = (self.max_words, self.vectors, self.curve, *learned)
        settings = {NAMES_IN_IDS.get(name, name): value for name, value in self.settings.items()}
        content = (self.trainer, settings, self.config.seed, where, how)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def cells(
    suite: Suite,
    *,
    corpus_sha256: Mapping[str, str],
    corpus_words: Mapping[str, int],
    device: str,
) -> list[Cell]:
    """Return the training runs of a suite on a device, in the order in which to run them.

    The corpus changes slowest, then its prefix, the seed, the settings; the trainer changes
    fastest, the baseline first, so that a machine that is slow for a minute slows all trainers
    alike. A trainer runs once for all values of a setting that it ignores. ``corpus_sha256`` and
    ``corpus_words``, the number of tokens, are by name; a prefix at least as long as a corpus means
    the whole.
    """
    plan = (
        Cell(
            trainer=name,
            config=point.config.replace(seed=seed, **{k: DEFAULTS[k] for k in ignores}),
            ignores=ignores,
            corpus=corpus.name,
            corpus_sha256=corpus_sha256[corpus.name],
            device=device,
            score_on=tuple(corpus.score_on),
            methods=tuple(corpus.methods),
            max_words=max_words if max_words < corpus_words[corpus.name] else 0,
            vectors=point.vectors,
            curve=suite.curve,
            measure=tuple(corpus.measure if point.measure is None else point.measure),
            variant=point.variant,
        )
        for corpus in suite.corpora
        for max_words in corpus.words
        for seed in range(1, suite.seeds + 1)
        for point in suite.points()
        for name in sorted(point.trainers, key=lambda name: name != suite.baseline)
        for ignores in [trainers.load(name).IGNORES]
    )
    return list(dict.fromkeys(plan))
