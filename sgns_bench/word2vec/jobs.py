"""Cuts a corpus into jobs: sentences that a thread trains once, at one learning rate."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.sampling.pairs import shuffled_chunks
from sgns_bench.sampling.rng import SHUFFLE, stream_key
from sgns_bench.word2vec.encoded import Encoded, Ring, Sentences, batches

Alpha = Callable[[float, float], float]
"""Returns the learning rate, given the sentences and words done in the current epoch."""


class GensimJob(NamedTuple):
    """Sentences to train once."""

    sentences: npt.NDArray[np.int64]  # (s,) int64, rows of the offsets
    number: int  # part of the random key of every draw; different for jobs with the same tokens
    alpha: float  # learning rate
    examples: float  # number of the user's sentences in it; a fraction if a sentence is split
    raw_words: float  # number of the user's words in it, counting removed ones


class Shuffled:
    """The jobs of an encoded corpus, whose sentences are shuffled in every epoch."""

    def __init__(self, corpus: Encoded, job_tokens: int, seed: int) -> None:
        self.tokens, self.offsets, self._examples, self._raw_words = corpus
        self._job_tokens, self._seed = job_tokens, seed

    def epoch(self, number: int, alpha: Alpha) -> Iterator[GensimJob]:
        """Yield the jobs of an epoch."""
        key, done = stream_key(self._seed, number, SHUFFLE), 0.0
        for chunk in shuffled_chunks(self.offsets, key, self._job_tokens):
            words = self.offsets[chunk + 1] - self.offsets[chunk]
            yield self._job(chunk, number, alpha, done, int(words.sum()) / len(self.tokens))
            done += int(words.sum()) / len(self.tokens)
        if not done and self._examples:  # no known word: count what was read all the same
            yield self._job(self.offsets[:0], number, alpha, 0, 1)

    def _job(
        self,
        sentences: npt.NDArray[np.int64],
        number: int,
        alpha: Alpha,
        done: float,
        share: float,
    ) -> GensimJob:
        examples, raw_words = self._examples, self._raw_words
        rate = alpha(done * examples, done * raw_words)
        return GensimJob(sentences, number, rate, share * examples, share * raw_words)


class Streamed:
    """The jobs of sentences that are read anew in every epoch, in the order given.

    A job's tokens stay in the buffer until ``in_flight`` later jobs have been taken; see
    :class:`~sgns_bench.word2vec.encoded.Ring` for ``tokens`` and ``offsets``.
    """

    def __init__(
        self,
        sentences: Sentences,
        key_to_index: Mapping[Hashable, int],
        job_tokens: int,
        in_flight: int,
    ) -> None:
        self._sentences, self._known, self._job_tokens = sentences, key_to_index, job_tokens
        self._ring = Ring(in_flight + 1, 2 * job_tokens)
        self.tokens, self.offsets = self._ring.tokens, self._ring.offsets
        self._jobs = 0

    def epoch(self, number: int, alpha: Alpha) -> Iterator[GensimJob]:
        """Yield the jobs of an epoch."""
        examples = raw_words = 0.0
        for batch in batches(self._sentences, self._known, self._job_tokens):
            for share, rows in self._written(batch):
                rate = alpha(examples, raw_words)
                counts = share * batch.examples, share * batch.raw_words
                yield GensimJob(rows, self._jobs, rate, *counts)
                self._jobs += 1
                examples, raw_words = examples + counts[0], raw_words + counts[1]

    def _written(self, batch: Encoded) -> Iterator[tuple[float, npt.NDArray[Any]]]:
        """Write a batch to the ring in pieces; yield each piece's share and sentences."""
        for sentences, tokens in self._ring.pieces(batch):
            share = (tokens.stop - tokens.start) / len(batch.tokens)
            piece = batch.tokens[tokens], batch.offsets[sentences]
            yield share, self._ring.put(self._jobs, *piece)
        if not len(batch.tokens):
            yield 1.0, batch.offsets[:0]
