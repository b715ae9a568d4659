"""What a training run yields: the two matrices, and their export to gensim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import UnknownName
from sgns_bench.vocab import Vocab

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Which = Literal["input", "output", "average"]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The vectors of a vocabulary.

    Attributes:
        vocab: V words in falling order of count.
        input_vectors: (V, D) float32, what word2vec exports.
        output_vectors: (V, D) float32, the other side of the dot product.
    """

    vocab: Vocab
    input_vectors: npt.NDArray[np.float32]
    output_vectors: npt.NDArray[np.float32]

    def vectors(self, which: Which = "input") -> npt.NDArray[np.float32]:
        """Return (V, D) float32: one of the two matrices, or their average."""
        match which:
            case "input":
                return self.input_vectors
            case "output":
                return self.output_vectors
            case "average":
                return (self.input_vectors + self.output_vectors) / np.float32(2)
        raise UnknownName("kind of vectors", which, get_args(Which))

    def to_keyed_vectors(self, which: Which = "input") -> KeyedVectors:
        """Return gensim KeyedVectors with counts, words in falling order of count."""
        from gensim.models import KeyedVectors

        keyed = KeyedVectors(self.input_vectors.shape[1])
        keyed.add_vectors(list(self.vocab.words), self.vectors(which))
        keyed.expandos["count"] = self.vocab.counts.copy()
        return keyed
