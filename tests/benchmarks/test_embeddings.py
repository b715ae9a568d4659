"""Export to gensim, and what is written to disk."""

import numpy as np
import pytest

from sgns_bench.embeddings import Embeddings
from sgns_bench.vocab import Vocab

SIZES = {True: (67_903, 100), False: (100, 10)}  # V, D; as of 100 MB of Wikipedia


@pytest.fixture
def embeddings(benchmark):
    V, D = SIZES[benchmark.enabled]
    benchmark.extra_info |= {"words": V, "megabytes": 4e-6 * V * D}
    W, C = np.random.default_rng(1).normal(size=(2, V, D)).astype(np.float32)
    return Embeddings(Vocab([f"w{row}" for row in range(V)], np.arange(V, 0, -1)), W, C)


def test_to_keyed_vectors(benchmark, embeddings):
    keyed = benchmark(embeddings.to_keyed_vectors)

    assert len(embeddings.vocab) == len(keyed)


@pytest.mark.parametrize("format", ["kv", "text", "binary"])
def test_save(benchmark, embeddings, format, tmp_path):
    path = tmp_path / "vectors"

    benchmark(embeddings.save, path, format=format)

    assert path.stat().st_size > 0
