"""The vocabulary: which words are in it, and their counts, most frequent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


def choose_words(
    counts: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    min_count: int,
    max_final_vocab: int | None = None,
) -> npt.NDArray[np.int64]:
    """Return the words of the vocabulary, (V,) int64 indices, most frequent first.

    Ties are in reverse order of first appearance, as in gensim.

    Args:
        counts: (n,) int64, occurrences of each distinct word.
        first: (n,) int64, any numbers that ascend with the first appearance of the words.
        min_count: words with fewer occurrences are removed.
        max_final_vocab: largest V; ``min_count`` is raised until they fit. None: unlimited.
    """
    order = np.lexsort((-first, -counts))
    if max_final_vocab is not None and len(order) > max_final_vocab:
        min_count = max(min_count, int(counts[order[max_final_vocab]]) + 1)
    return order[counts[order] >= min_count]


@dataclass(frozen=True)
class Vocab:
    """The words of a model, most frequent first; the position of a word is its row.

    Attributes:
        words: V words.
        counts: (V,) int64, occurrences of each word in the corpus, each >= 1, descending.
    """

    words: Sequence[str]
    counts: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.words[:3]))
        return f"Vocab({len(self):,} words: {first}{', ...' if len(self) > 3 else ''})"

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @property
    def total(self) -> int:
        """The number of tokens in the corpus."""
        return int(self.counts.sum())

    def keep_probability(self, sample: float) -> npt.NDArray[np.float64]:
        """Return the probability that subsampling keeps a token of each word: (V,) float64 in (0, 1].

        p = min(1, sqrt(t/f) + t/f) with f the word's relative frequency and t = ``sample``, as in
        word2vec.c and gensim. Mikolov et al. 2013, eq. 5, has sqrt(t/f) alone. If ``sample`` is 0,
        every token is kept.
        """
        if sample == 0:
            return np.ones(len(self))
        ratio = sample * self.total / self.counts
        return np.minimum(1.0, np.sqrt(ratio) + ratio)
