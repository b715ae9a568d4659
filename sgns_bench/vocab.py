"""Words and their counts, in falling order of count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Vocab:
    """The words that are trained, most frequent first; a word's row is its position.

    Attributes:
        words: V words.
        counts: (V,) int64, falling, each >= 1: occurrences in the corpus.
    """

    words: Sequence[str]
    counts: npt.NDArray[np.int64]

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int] | Iterable[tuple[str, int]], min_count: int = 1
    ) -> Self:
        """Keep words seen at least ``min_count`` times and sort them by falling count.

        Args:
            counts: word to count, in order of first appearance.
            min_count: as in :class:`~sgns_bench.config.SkipGramConfig`.
        """
        items = counts.items() if isinstance(counts, Mapping) else counts
        kept = [(word, count) for word, count in items if count >= min_count]
        # gensim orders ties by last appearance first: reverse, then sort stably.
        kept.reverse()
        kept.sort(key=lambda item: -item[1])
        words = [word for word, _ in kept]
        return cls(words, np.array([count for _, count in kept], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @property
    def total(self) -> int:
        """Tokens in the corpus, all words together."""
        return int(self.counts.sum())

    def keep_probability(self, sample: float) -> npt.NDArray[np.float64]:
        """Return the probability with which subsampling keeps a token of each word.

        With f the word's frequency and t = ``sample``: min(1, sqrt(t/f) + t/f). This is what
        word2vec.c and gensim compute; Mikolov et al. 2013, eq. 5, has sqrt(t/f) alone.

        Returns:
            (V,) float64 in (0, 1]; all ones if ``sample`` is 0.
        """
        if sample == 0:
            return np.ones(len(self))
        ratio = sample * self.total / self.counts
        return np.minimum(1.0, np.sqrt(ratio) + ratio)
