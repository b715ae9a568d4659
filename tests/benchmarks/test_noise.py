"""The alias sampler: its table, which is built once a training, and its draws in NumPy."""

import numpy as np

from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.rng import NEGATIVE, draw, stream_key

SIZES = {True: (1_000_000, 1_000_000), False: (1_000, 1_000)}  # V, draws


def zipf(V):
    return NoiseDistribution(1 + 10**9 // np.arange(1, V + 1), 0.75)


def test_building_the_table(benchmark):
    V, _ = SIZES[benchmark.enabled]
    zipf(2).alias_table  # noqa: B018  # compiles
    benchmark.extra_info |= {"words": V}

    table = benchmark(lambda: zipf(V).alias_table)

    assert V == len(table.threshold)


def test_sampling(benchmark):
    V, n = SIZES[benchmark.enabled]
    table = zipf(V).alias_table
    bits = draw(stream_key(1, 0, NEGATIVE), np.arange(n))
    benchmark.extra_info |= {"words": V, "draws": n}

    words = benchmark(table.sample, bits)

    assert n == len(words)
