"""Holds the state that a model has only while it is built or trained, and that is not saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gensim.models import KeyedVectors

from sgns_bench.word2vec.encoded import Counted, Encoded, Sentences, count_files, encode
from sgns_bench.word2vec.training import ModelTraining


@dataclass(slots=True)
class Context:
    """The state of a model between its constructor and the end of a training.

    Attributes:
        initial: vectors that words start from; None: random.
        constructing: whether the constructor is running.
        counted: the corpus that the constructor has counted and not yet trained.
        accelerating: whether the current training runs on our kernels.
        training: the current training; None before its first epoch.
    """

    initial: KeyedVectors | None = None
    constructing: bool = False
    counted: Counted | None = None
    accelerating: bool = False
    training: ModelTraining | None = None

    def encoded(self, corpus: Any, key_to_index: Mapping[Any, int]) -> Encoded | Sentences:
        """Return a file, or what has a length, as token ids; any other corpus unchanged."""
        if counted := self.counted:
            self.counted = None
            return counted.in_vocabulary(key_to_index)
        if hasattr(corpus, "__len__"):
            return encode(corpus, key_to_index)
        counted = count_files(corpus)
        return counted.in_vocabulary(key_to_index) if counted else corpus
