"""The inner loop of full softmax beside the three matrix products it consists of.

``pytest tests/benchmarks/test_softmax.py --benchmark-enable``, on a card with ``-m gpu -s``. With the path of a text in SGNS_BENCH_CORPUS an epoch over it is timed, too.
"""

import os
from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
import pytest
import torch
from torch import Tensor

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.trainers import full_softmax
from sgns_bench.trainers._softmax import FullSoftmax, chunks
from sgns_bench.trainers.full_softmax import CHUNK_TOKENS

V, D, PAIRS_PER_TOKEN = 9038, 100, 6  # of gensim-wiki, window 5


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def update() -> Callable[[], Tensor]:
    rng = np.random.default_rng(0)
    words = torch.from_numpy(rng.permutation(V)[:CHUNK_TOKENS])  # all distinct: B rows
    center = torch.from_numpy(rng.integers(0, CHUNK_TOKENS, CHUNK_TOKENS * PAIRS_PER_TOKEN))
    context = torch.arange(CHUNK_TOKENS).repeat_interleave(PAIRS_PER_TOKEN)
    (chunk,) = chunks(words, center, context, CHUNK_TOKENS)
    model = FullSoftmax(*rng.normal(size=(2, V, D)).astype(np.float32), "cpu")
    return lambda: model.train([chunk], 1e-3)


def products() -> Callable[[], Tensor]:
    X, C = torch.randn(CHUNK_TOKENS, D), torch.randn(V, D)
    S, dX, dC = torch.empty(CHUNK_TOKENS, V), torch.empty(CHUNK_TOKENS, D), torch.empty(V, D)

    def run() -> Tensor:
        torch.mm(X, C.T, out=S)
        torch.mm(S, C, out=dX)
        return torch.mm(S.T, X, out=dC)

    return run


@pytest.mark.benchmark(group="full softmax, V = 9,038, D = 100, one thread")
@pytest.mark.parametrize("make", [update, products])
def test_a_chunk(benchmark, make):
    benchmark.extra_info |= {
        "words": CHUNK_TOKENS,
        "pairs": CHUNK_TOKENS * PAIRS_PER_TOKEN,
        "gflop": 3e-9 * 2 * CHUNK_TOKENS * V * D,  # of the three products
    }

    benchmark(make())


@pytest.mark.gpu
@pytest.mark.skipif("SGNS_BENCH_CORPUS" not in os.environ, reason="SGNS_BENCH_CORPUS is not set")
@pytest.mark.parametrize("D", [100, 300])
def test_an_epoch_on_a_card(D):
    corpus = load_corpus(os.environ["SGNS_BENCH_CORPUS"], min_count=5)
    config, losses = SkipGramConfig(vector_size=D, epochs=1), []
    run = full_softmax.prepare(corpus, config, "cuda", lambda _, loss: losses.append(loss))
    start = perf_counter()

    embeddings = run()

    seconds = perf_counter() - start
    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D}: {len(corpus.tokens):,} tokens, V = "
        f"{len(corpus.vocab):,}, one epoch in {seconds:.0f} s, loss {losses[-1]:.2f} nats"
    )
    assert np.isfinite(embeddings.input_vectors).all()
    assert losses[-1] < np.log(len(corpus.vocab))
