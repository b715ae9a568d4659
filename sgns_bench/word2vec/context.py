"""Holds what a model knows only while it is built or trained; no copy or file has it."""

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
        initial: vectors that words start from.
        constructing: whether the constructor is at work.
        counted: the corpus, from the constructor's look at the words to its training.
        accelerating: whether the training at hand runs on our kernels.
        training: that training, once its first epoch has begun.
    """

    initial: KeyedVectors | None = None
    constructing: bool = False
    counted: Counted | None = None
    accelerating: bool = False
    training: ModelTraining | None = None

    def encoded(self, corpus: Any, key_to_index: Mapping[Any, int]) -> Encoded | Sentences:
        """Return a list or a file as tokens, anything else as it is."""
        if counted := self.counted:
            self.counted = None
            return counted.in_vocabulary(key_to_index)
        if isinstance(corpus, list | tuple):
            return encode(corpus, key_to_index)
        counted = count_files(corpus)
        return counted.in_vocabulary(key_to_index) if counted else corpus
