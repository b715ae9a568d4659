"""Words with one vector each, the input of every evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import DatasetError


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words with one vector each, the input of every evaluation.

    Attributes:
        words: V words, most frequent first.
        vectors: (V, D) float32, finite.

    Raises:
        DatasetError: the numbers of words and vectors differ, or a vector is not finite.
    """

    words: Sequence[str]
    vectors: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.words) != len(self.vectors):
            raise DatasetError(
                f"{len(self.words)} words, vectors of shape {self.vectors.shape}: need one per word"
            )
        with np.errstate(invalid="ignore", over="ignore"):
            finite = np.isfinite(self.vectors.sum(dtype=np.float64))
        if not finite:
            raise DatasetError(
                "vectors hold NaN or infinite numbers: the training diverged; lower alpha"
            )

    def __repr__(self) -> str:
        return f"WordVectors({len(self.words):,} words, {self.vectors.shape[1]} dimensions)"

    def head(self, count: int | None) -> Self:
        """Return the first ``count`` words and their vectors; None returns all."""
        return type(self)(self.words[:count], self.vectors[:count])

    def find(
        self, words: Iterable[str], *, case_insensitive: bool = False
    ) -> npt.NDArray[np.int64]:
        """Return the row of each word, (n,) int64; -1 for an unknown word.

        ``case_insensitive`` compares in upper case, and finds the first of several spellings.
        """
        spell = str.upper if case_insensitive else str
        rows: dict[str, int] = {}
        for row, word in enumerate(self.words):
            rows.setdefault(spell(word), row)
        return np.array([rows.get(spell(word), -1) for word in words], dtype=np.int64)
