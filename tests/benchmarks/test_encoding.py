"""Text to token ids, beside the plain Python way and gensim's.

Words are drawn by Zipf's law; SGNS_BENCH_TEXT names a text file to take instead.
"""

import os
import shutil
from collections import Counter
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

from sgns_bench.corpus.encoder import encode_files
from sgns_bench.corpus.textfiles import TextFiles
from sgns_bench.corpus.writer import Options

WORDS = {True: 10_000_000, False: 2_000}
VOCABULARY = 200_000
SENTENCE = 1000


@pytest.fixture(scope="module")
def text(tmp_path_factory, request):
    """Return the path of a text file."""
    if chosen := os.environ.get("SGNS_BENCH_TEXT"):
        return Path(chosen)
    rng = np.random.default_rng(1)
    enabled = request.config.getoption("--benchmark-enable")
    lengths = 1 + rng.poisson(np.log2(np.arange(2, VOCABULARY + 2)) / 2)
    letters = rng.integers(ord("a"), ord("z") + 1, size=(VOCABULARY, lengths.max()), dtype=np.uint8)
    words = [bytes(row[:n]) for row, n in zip(letters, lengths, strict=True)]
    ranks = (VOCABULARY ** rng.random(WORDS[enabled])).astype(np.int64)  # P(rank) ~ 1 / rank
    path = tmp_path_factory.mktemp("text") / "zipf.txt"
    with path.open("wb") as file:
        for line in np.array_split(ranks, len(ranks) // SENTENCE):
            file.write(b" ".join([words[rank] for rank in line]) + b"\n")
    return path


def describe(benchmark, text):
    content = text.read_bytes()
    benchmark.extra_info |= {"words": len(content.split()), "bytes": len(content)}


@pytest.mark.parametrize("workers", [1, 2])
def test_scan_and_encode(benchmark, text, tmp_path, workers):
    describe(benchmark, text)
    folders = (tmp_path / str(number) for number in count())

    def encode():
        folder = next(folders)
        folder.mkdir()
        options = Options(min_count=5)
        encoded = encode_files(TextFiles([text]), folder, options, name="text", workers=workers)
        shutil.rmtree(folder)
        return encoded

    encoded = benchmark(encode)

    assert len(encoded) == 64  # a sha256


def test_split_and_counter(benchmark, text):
    describe(benchmark, text)

    counts = benchmark(lambda: Counter(text.read_text("utf-8").split()))

    assert counts


def test_gensim_build_vocab(benchmark, text):
    describe(benchmark, text)

    def build():
        model = Word2Vec(vector_size=1, min_count=5)
        model.build_vocab(LineSentence(str(text)))
        return model

    model = benchmark(build)

    assert len(model.wv) > 0
