"""What is drawn for each word and block: what subsampling keeps, windows, negatives."""

import numba
import numpy as np
import pytest

from sgns_bench.sampling import compiled
from sgns_bench.sampling.compiled import KeptTokens
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import keep_threshold
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, stream_key

V, WORDS_PER_SENTENCE, POOL, BLOCKS = 68_000, 20, 30, 1_000


@pytest.fixture
def zipf():
    shares = 1 / np.arange(1, V + 1)
    return shares / shares.sum()


@numba.njit
def draw_pools(noise, key, out):
    for position in range(BLOCKS):
        compiled.draw_negatives(noise, key, position, 0, out)


def test_keep_tokens(benchmark, zipf):
    n = 100_000 if benchmark.enabled else 1_000
    tokens = np.random.default_rng(0).choice(V, size=n, p=zipf).astype(np.int32)
    offsets = np.arange(0, n + 1, WORDS_PER_SENTENCE)
    sentences = np.arange(len(offsets) - 1)
    threshold = keep_threshold(np.minimum(1, np.sqrt(1e-3 / zipf) + 1e-3 / zipf))
    i32, i64 = np.empty((3, n + 1), np.int32), np.empty(n + 1, np.int64)
    run = KeptTokens(i32[0], i64, i32[1], i32[2])
    arguments = tokens, offsets, sentences, threshold, stream_key(1, 0, TOKEN), 5, True, run
    benchmark.extra_info |= {"words": n, "kept": compiled.keep_tokens(*arguments)}

    kept = benchmark(compiled.keep_tokens, *arguments)

    assert 0 < kept < n


def test_draw_negatives(benchmark, zipf):
    noise = NoiseDistribution((zipf * 1e8).astype(np.int64) + 1, 0.75).alias_table
    out = np.full(POOL, -1, dtype=np.int32)
    key = stream_key(1, 0, NEGATIVE)
    draw_pools(noise, key, out)  # compiles
    benchmark.extra_info |= {"draws": BLOCKS * POOL}

    benchmark(draw_pools, noise, key, out)

    assert ((out >= 0) & (out < V)).all()
