"""Holds the state that a model has only while it is built or trained, and that is not saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gensim.models import KeyedVectors

from sgns_bench.word2vec.encoded import Counted, Encoded, Sentences, count_files, encode
from sgns_bench.word2vec.training import ModelTraining


@dataclass(slots=True)
class Context:
    """The state of a model between its constructor and the end of a training."""

    initial: KeyedVectors | None = None  # vectors that words start from; None: random
    constructing: bool = False  # whether the constructor is running
    # the corpus that the constructor has counted and not yet trained
    counted: Counted | None = None
    accelerating: bool = False  # whether the current training runs on our kernels
    training: ModelTraining | None = None  # the current training; None before its first epoch

    def encoded(self, corpus: Any, key_to_index: Mapping[Any, int]) -> Encoded | Sentences:
        """Return a list or file as token ids, and any other corpus unchanged."""
        if counted := self.counted:
            self.counted = None
            return counted.in_vocabulary(key_to_index)
        if isinstance(corpus, list | tuple):
            return encode(corpus, key_to_index)
        counted = count_files(corpus)
        return counted.in_vocabulary(key_to_index) if counted else corpus
