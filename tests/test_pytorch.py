import inspect
import textwrap

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch.utils.data import DataLoader

from sgns_bench import pytorch
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ConfigError
from sgns_bench.kernels.eager import SkipGramNegativeSampling
from sgns_bench.pytorch import NegativeSampler, SkipGramDataset
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.rng import TOKEN, below, draw, high32, low32, stream_key
from sgns_bench.vocab import Vocab

pytestmark = [
    # Two workers are the point here, also on a machine with one core, ...
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    # ... and from Python 3.12 on, forking after torch has started threads warns.
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

FALSE_ALARM = 1e-6
COUNTS = [50, 20, 20, 6, 3, 1]
CONFIG = SkipGramConfig(window=3, negative=4, sample=0.05, vector_size=8, epochs=2)


def corpus_of(sentences) -> Corpus:
    ids, counts = np.unique(np.concatenate(sentences), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rows = np.empty(ids.max() + 1, dtype=np.int32)
    rows[ids[order]] = np.arange(len(ids))
    vocab = Vocab([f"w{i}" for i in ids[order]], counts[order])
    offsets = np.cumsum([0] + [len(s) for s in sentences]).astype(np.int64)
    return Corpus("toy", "", vocab, rows[np.concatenate(sentences)], offsets)


@pytest.fixture
def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    return corpus_of([rng.zipf(1.5, n).clip(max=30) for n in rng.integers(1, 40, 60)])


@pytest.fixture
def short_chunks(monkeypatch):
    monkeypatch.setattr(pytorch, "CHUNK_TOKENS", 100)


def sampler(counts=COUNTS, **settings) -> NegativeSampler:
    return NegativeSampler(counts, generator=torch.Generator().manual_seed(1), **settings)


@pytest.mark.parametrize("ns_exponent", [0.75, 0, 1, -1, 2.5])
def test_negatives_follow_the_noise_distribution(ns_exponent):
    drawn = sampler(ns_exponent=ns_exponent).sample(20_000, 5)

    observed = np.bincount(drawn.flatten(), minlength=6)
    expected = NoiseDistribution(np.array(COUNTS), ns_exponent).probabilities * 100_000
    assert drawn.shape == (20_000, 5)
    assert chisquare(observed, expected).pvalue > FALSE_ALARM


@pytest.mark.parametrize("positive", range(6))
@pytest.mark.parametrize("counts", [COUNTS, COUNTS[::-1], [1, 2, 10**9, 3, 2, 1]])
def test_without_the_positive_the_others_keep_their_proportions(positive, counts):
    avoid = torch.full((20_000,), positive)

    drawn = sampler(counts, ns_exponent=1).sample(20_000, 5, positive=avoid)

    p = np.delete(np.array(counts, dtype=float), positive)
    observed = np.bincount(drawn.flatten(), minlength=6)
    assert observed[positive] == 0
    p = p * 100_000 / p.sum()
    likely = p > 5  # chi-square needs some expected counts
    if likely.sum() > 1:
        assert chisquare(np.delete(observed, positive)[likely], p[likely]).pvalue > FALSE_ALARM


def test_each_row_avoids_its_own_positive():
    positive = torch.arange(6).repeat(500)

    drawn = sampler().sample(3000, 7, positive=positive)

    assert not (drawn == positive.unsqueeze(1)).any()


@pytest.mark.parametrize("counts", [[10**6, 1, 1], [1, 10**6, 1], [1, 1, 10**6]])
def test_the_positive_is_avoided_even_if_all_other_probabilities_vanish(counts):
    positive = torch.full((100,), int(np.argmax(counts)))

    drawn = sampler(counts, ns_exponent=1000).sample(100, 3, positive=positive)

    assert not (drawn == positive.unsqueeze(1)).any()
    assert drawn.min() >= 0
    assert drawn.max() < 3


def test_a_single_word_has_no_other_negative():
    alone = sampler([4])

    assert not alone.sample(3, 2).any()
    with pytest.raises(ConfigError, match="only word of the vocabulary"):
        alone.sample(3, 2, positive=torch.zeros(3))


def naive_pairs(corpus: Corpus, config: SkipGramConfig, epoch: int) -> list[tuple[int, int]]:
    """All (center, context) words, one token at a time."""
    key = stream_key(config.seed, epoch, TOKEN)
    keep = np.floor(corpus.vocab.keep_probability(config.sample) * 0xFFFFFFFF)
    pairs = []
    for start, end in zip(corpus.offsets, corpus.offsets[1:], strict=False):
        bits = {t: draw(key, t) for t in range(start, end)}
        kept = [t for t in bits if high32(bits[t]) <= keep[corpus.tokens[t]]]
        for i, center in enumerate(kept):
            r = config.window - below(low32(bits[center]), config.window)
            around = kept[max(0, i - r) : i] + kept[i + 1 : i + r + 1]
            pairs += [(corpus.tokens[center], corpus.tokens[t]) for t in around]
    return sorted(pairs)


def streamed(dataset, **loader) -> list[tuple[int, ...]]:
    """All (center, context, *negatives), sorted."""
    batches = list(DataLoader(dataset, batch_size=None, **loader))
    return sorted(
        (int(center), int(context), *map(int, row))
        for batch in batches
        for center, context, row in zip(*batch, strict=True)
    )


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_stream_is_the_pairs_of_the_double_loop(corpus, short_chunks, epoch):
    dataset = SkipGramDataset(corpus, CONFIG, batch_size=50)
    dataset.set_epoch(epoch)

    examples = streamed(dataset)

    assert naive_pairs(corpus, CONFIG, epoch) == [example[:2] for example in examples]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_share_out_the_same_examples(corpus, short_chunks, workers):
    dataset = SkipGramDataset(corpus, CONFIG, batch_size=50)

    assert streamed(dataset) == streamed(dataset, num_workers=workers)


def test_persistent_workers_see_the_next_epoch(corpus):
    dataset = SkipGramDataset(corpus, CONFIG, batch_size=50)
    loader = DataLoader(dataset, batch_size=None, num_workers=1, persistent_workers=True)

    first = torch.cat([center for center, _, _ in loader])
    dataset.set_epoch(1)
    second = torch.cat([center for center, _, _ in loader])

    assert not torch.equal(first[:50], second[:50])


def test_batches_are_full_and_in_order_of_the_single_examples(corpus):
    single = SkipGramDataset(corpus, CONFIG)
    batched = SkipGramDataset(corpus, CONFIG, batch_size=64)

    batches = list(batched)

    assert {64} == {len(center) for center, _, _ in batches[:-1]}
    assert {4} == {negatives.shape[1] for _, _, negatives in batches}
    for expected, column in zip(zip(*single, strict=True), zip(*batches, strict=True), strict=True):
        assert torch.equal(torch.stack(expected), torch.cat(column))


def test_streamed_negatives_follow_the_noise_distribution(corpus):
    dataset = SkipGramDataset(corpus, CONFIG.replace(sample=0.0, negative=20))

    observed = np.bincount(torch.cat([n for _, _, n in dataset]), minlength=len(corpus.vocab))

    p = NoiseDistribution(corpus.vocab.counts, 0.75).probabilities
    assert chisquare(observed, p * observed.sum()).pvalue > FALSE_ALARM


def test_a_batch_needs_at_least_one_example(corpus):
    with pytest.raises(ConfigError, match="batch_size = 0"):
        SkipGramDataset(corpus, CONFIG, batch_size=0)


def test_the_loop_of_the_docstring_trains(corpus):
    loop = textwrap.dedent(inspect.getdoc(pytorch).split("::\n", 1)[1])
    names = {
        "torch": torch, "corpus": corpus, "config": CONFIG, "DataLoader": DataLoader,
        "SkipGramNegativeSampling": SkipGramNegativeSampling, "Embeddings": Embeddings,
        "SkipGramDataset": SkipGramDataset,
    }  # fmt: skip

    exec(loop, names)

    untrained = SkipGramNegativeSampling(len(corpus.vocab), CONFIG.vector_size)
    batch = [torch.cat(column) for column in zip(*names["pairs"], strict=True)]
    assert names["model"](*batch) < 0.9 * untrained(*batch)
    assert corpus.vocab.words[0] in names["vectors"]
