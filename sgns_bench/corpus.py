"""A corpus as token ids, and the ways to get one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sgns_bench.vocab import Vocab


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences of token ids; every trainer reads the same.

    Attributes:
        name: what to call it in a report.
        sha256: of the bytes it was read from.
        vocab: its words, rarer ones than ``min_count`` left out.
        tokens: (T,) int32, rows of the vocabulary, all sentences end to end; may be memory-mapped.
        offsets: (S+1,) int64; sentence s is ``tokens[offsets[s]:offsets[s + 1]]``.
    """

    name: str
    sha256: str
    vocab: Vocab
    tokens: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
