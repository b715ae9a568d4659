"""Building blocks for a custom PyTorch training loop: a sampler of negatives, a stream of pairs.

With :class:`~sgns_bench.kernels.eager.SkipGramNegativeSampling` they make a complete loop for a
``corpus`` and a ``config``::

    model = SkipGramNegativeSampling(len(corpus.vocab), config.vector_size, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.alpha)
    pairs = SkipGramDataset(corpus, config, batch_size=256)
    loader = DataLoader(pairs, batch_size=None, num_workers=2)
    for epoch in range(config.epochs):
        pairs.set_epoch(epoch)
        for center, context, negatives in loader:
            optimizer.zero_grad()
            model(center, context, negatives).backward()
            optimizer.step()
    vectors = Embeddings(
        corpus.vocab,
        model.input_vectors.detach().numpy(),
        model.output_vectors.detach().numpy(),
    ).to_keyed_vectors()
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.errors import ConfigError
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import Indices, examples, keep_threshold, shuffled_chunks
from sgns_bench.sampling.rng import SHUFFLE, stream_key

Batch = tuple[Tensor, Tensor, Tensor]

CHUNK_TOKENS = 5_000  # about 30,000 pairs and 150,000 negatives at a time: a few MB


class NegativeSampler:
    """Draw noise words from count**ns_exponent / Z on any device, each in O(1).

    Walker's alias method (Vose 1991); see :class:`~sgns_bench.sampling.noise.NoiseDistribution`.

    Args:
        counts: (V,) integers >= 1, occurrences of each word.
        ns_exponent: any finite number; 0.75 is word2vec's, 1 is unigram, 0 uniform.
        device: device of the draws.
        generator: a generator on ``device``; None uses torch's global one.

    Raises:
        ConfigError: a count is below 1, or the exponent is not finite.
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        ns_exponent: float = 0.75,
        device: str | torch.device = "cpu",
        generator: torch.Generator | None = None,
    ) -> None:
        noise = NoiseDistribution(np.asarray(counts), ns_exponent)
        table, p = noise.alias_table, noise.probabilities
        self.vocab_size = len(p)
        self.device = torch.device(device)
        self.generator = generator
        self._threshold = self._tensor(table.threshold.astype(np.int64))  # (V,)
        self._alias = self._tensor(table.choices[:, 0].astype(np.int64))  # (V,)
        # Total probability of the words before (after) each word. Each is summed from its own end,
        # so that rare words next to a dominant one keep their precision.
        self._before = self._tensor(np.concatenate([[0.0], np.cumsum(p)]))  # (V+1,)
        self._after = self._tensor(np.concatenate([[0.0], np.cumsum(p[::-1])]))  # (V+1,)

    def sample(self, batch: int, k: int, positive: Tensor | None = None) -> Tensor:
        """Draw k noise words for each row of a batch.

        Args:
            batch: number of rows.
            k: words per row.
            positive: (batch,) integers in [0, V) on the device, a word excluded from each row. The
                other words keep their relative probabilities.

        Returns:
            (batch, k) int64 in [0, V).

        Raises:
            ConfigError: ``positive`` excludes the only word of the vocabulary.
        """
        V = self.vocab_size
        column = torch.randint(V, (batch, k), generator=self.generator, device=self.device)
        coin = torch.randint(2**32, (batch, k), generator=self.generator, device=self.device)
        drawn = torch.where(coin < self._threshold[column], column, self._alias[column])
        if positive is None:
            return drawn
        if V == 1:
            raise ConfigError("positive excludes the only word of the vocabulary; leave it out")
        avoid = positive.to(torch.int64).unsqueeze(1).expand(batch, k)
        hit = drawn == avoid
        drawn[hit] = self._redraw(avoid[hit])
        return drawn

    def _redraw(self, avoid: Tensor) -> Tensor:
        """Draw a word that differs from ``avoid`` (n,), exactly, by inversion in O(log V) each."""
        last = self.vocab_size - 1
        before, after = self._before[avoid], self._after[last - avoid]
        u = torch.rand(
            avoid.shape, dtype=torch.float64, generator=self.generator, device=self.device
        )
        point = u * (before + after)
        # If all other probabilities underflow to 0, this takes a neighbouring word.
        is_before = (point < before) | (avoid == last)
        low = torch.searchsorted(self._before[1:], point, right=True)
        high = torch.searchsorted(self._after[1:], point - before, right=True)
        low, high = low.minimum(avoid - 1), last - high.minimum(last - avoid - 1)
        return torch.where(is_before, low, high)

    def _tensor(self, array: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(self.device)


class SkipGramDataset(IterableDataset[Batch]):
    """Stream the (center, context, negatives) examples of a corpus, epoch by epoch.

    Subsampling, reduced windows and negatives are drawn during iteration; nothing is stored. The
    order of sentences is reshuffled each epoch; the pairs of a sentence stay together. Every draw
    is a hash of the token's position, so the examples of an epoch do not depend on the number of
    ``DataLoader`` workers, which divide the sentences among them. A negative may equal its center,
    as in word2vec.c; the loss skips it.

    An example is ``center`` () int64, ``context`` () int64, ``negatives`` (k,) int64. With
    ``batch_size``, each item is a batch of shapes (P,), (P,) and (P, k), P <= ``batch_size``. This
    is much faster than collating; use it with ``DataLoader(..., batch_size=None)``.

    Args:
        corpus: the tokens.
        config: window, shrink_windows, sample, negative, ns_exponent and seed are used.
        batch_size: largest number of examples in a batch; None yields single examples.

    Raises:
        ConfigError: ``batch_size`` is below 1.
    """

    def __init__(
        self, corpus: Corpus, config: SkipGramConfig, batch_size: int | None = None
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise ConfigError(f"batch_size = {batch_size}: must be at least 1, or None")
        self.corpus = corpus
        self.config = config
        self.batch_size = batch_size
        self._threshold = keep_threshold(corpus.vocab.keep_probability(config.sample))
        self._noise = NoiseDistribution(corpus.vocab.counts, config.ns_exponent)
        # In shared memory, because persistent workers do not see a changed attribute.
        self._epoch = torch.zeros((), dtype=torch.int64)
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration; each epoch has its own draws."""
        self._epoch.fill_(epoch)

    def __iter__(self) -> Iterator[Batch]:
        for chunk in self._own_chunks():
            batch = self._examples(chunk)
            if self.batch_size is None:
                yield from zip(*batch, strict=True)
            else:
                yield from zip(*(torch.split(e, self.batch_size) for e in batch), strict=True)

    def _own_chunks(self) -> Iterator[Indices]:
        """Yield this worker's share of the epoch's sentences."""
        key = stream_key(self.config.seed, int(self._epoch), SHUFFLE)
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        return islice(shuffled_chunks(self.corpus.offsets, key, CHUNK_TOKENS), first, None, step)

    def _examples(self, sentences: Indices) -> Batch:
        """Return all examples of these sentences: (P,), (P,), (P, k)."""
        config = self.config
        center, context, negatives, _ = examples(
            self.corpus.tokens,
            self.corpus.offsets,
            sentences,
            self._threshold,
            self._noise.alias_table,
            window=config.window,
            shrink=config.shrink_windows,
            negative=config.negative,
            seed=config.seed,
            epoch=int(self._epoch),
        )
        return torch.from_numpy(center), torch.from_numpy(context), torch.from_numpy(negatives)
