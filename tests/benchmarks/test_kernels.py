"""The block kernels on the words of a large corpus, beside what the machine could do.

``pytest tests/benchmarks/test_kernels.py --benchmark-enable``, on a card with ``-m gpu -s``: it
prints, too, what part of the time the card's memory and its tensor cores would need at least.
With the path of a text in SGNS_BENCH_CORPUS whole epochs over it are timed as well.
"""

import os
from time import perf_counter

import numpy as np
import pytest
import torch

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.kernels import Problem, cpu, gpu
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import keep_threshold, pairs_per_token
from sgns_bench.trainers import sgns
from sgns_bench.trainers._schedule import job_tokens, jobs

V, WORDS_PER_SENTENCE = 68_000, 20
BYTES_PER_SECOND, FLOP_PER_SECOND = 3.0e12, 4.0e14  # of an H100: copies, dense tf32 products
SHAPES = [(16, 16), (32, 27), (32, 32), (54, 45), (54, 64), (64, 64)]  # T, N


def problem(tokens: int, T: int, N: int) -> Problem:
    """Zipf's words, of which sample=1e-3 keeps three in four."""
    zipf = 1 / np.arange(1, V + 1)
    zipf /= zipf.sum()
    keep = np.minimum(1, np.sqrt(1e-3 / zipf) + 1e-3 / zipf)
    words = np.random.default_rng(0).choice(V, size=tokens, p=zipf).astype(np.int32)
    offsets = np.arange(0, tokens + 1, WORDS_PER_SENTENCE)
    noise = NoiseDistribution((zipf * 1e8).astype(np.int64) + 1, 0.75)
    return Problem(
        words, offsets, keep_threshold(keep), zipf * keep / (zipf @ keep), noise.alias_table,
        window=5, shrink_windows=True, negative=5, block_size=T, pool_size=N, seed=1,
    )  # fmt: skip


def vectors(D: int) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.random.default_rng(0).normal(size=(2, V, D), scale=0.1).astype(np.float32))


@pytest.mark.benchmark(group="block kernel, 20,000 words, one thread")
@pytest.mark.parametrize("D", [100, 300])
def test_the_cpu_kernel(benchmark, D):
    p = problem(20_000, 36, 30)
    session, sentences = cpu.start(p, *vectors(D)), np.arange(len(p.offsets) - 1)
    kept = len(p.tokens) * 0.75
    rows = p.block_size + 2 * p.window, p.block_size + p.pool_size
    benchmark.extra_info |= {
        "words": len(p.tokens),
        "pairs": round(kept * pairs_per_token(p.window, p.shrink_windows)),
        "gflop": 6e-9 * kept / p.block_size * rows[0] * rows[1] * D,  # of the three products
    }

    benchmark(session.train, sentences, 0, 0.01)


def seconds(p: Problem, D: int, calls: int = 10) -> float:
    """Of the device for one call, by its own clock, with the next ones already waiting."""
    session, sentences = gpu.start(p, *vectors(D), "cuda"), np.arange(len(p.offsets) - 1)
    if session._problem is not p:
        pytest.skip("the card has no room for these blocks")
    for _ in range(3):
        session.train(sentences, 0, 0.01)
    torch.cuda.synchronize()
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    first.record()
    for epoch in range(calls):
        session.train(sentences, epoch, 0.01)
    last.record()
    last.synchronize()
    return first.elapsed_time(last) / 1e3 / calls


@pytest.mark.gpu
@pytest.mark.parametrize("D", [100, 300])
@pytest.mark.parametrize(("T", "N"), SHAPES)
def test_the_gpu_kernel_on_a_card(T, N, D, monkeypatch):
    monkeypatch.setattr(gpu, "ROUNDS", 1)  # one job stands for a large corpus
    p = problem(gpu.JOB_TOKENS, T, N)
    kept = len(p.tokens) * 0.75
    rows, pads = T + 10 + T + N, [1 << (n - 1).bit_length() for n in (T + 10, T, N)]
    took = seconds(p, D)

    memory = kept / T * rows * 2 * 4 * D / BYTES_PER_SECOND
    products = kept / T * 6 * pads[0] * (pads[1] + pads[2]) * D / FLOP_PER_SECOND

    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D} T={T} N={N} {gpu.PRECISION}: "
        f"{len(p.tokens) / took / 1e6:.0f} M words/s; memory {memory / took:.0%}, "
        f"products {products / took:.0%} of the time"
    )
    assert took > max(memory, products)


@pytest.mark.gpu
@pytest.mark.parametrize("D", [100, 300])
@pytest.mark.parametrize("precision", ["tf32", "ieee"])
@pytest.mark.parametrize(
    ("tile", "warps", "stages", "programs"),
    [(64, 8, 2, 1), (64, 8, 2, 2), (64, 8, 1, 2), (64, 4, 1, 2), (32, 4, 2, 2), (32, 4, 2, 4)],
)
def test_the_options_of_the_gpu_kernel_on_a_card(
    tile, warps, stages, programs, precision, D, monkeypatch
):
    monkeypatch.setattr(gpu, "PRECISION", precision)
    monkeypatch.setattr(gpu, "TILES", (tile,))
    monkeypatch.setattr(gpu, "PROGRAMS_PER_PROCESSOR", programs)
    monkeypatch.setattr(gpu, "ROUNDS", 1)
    monkeypatch.setattr(gpu, "OPTIONS", gpu.OPTIONS | {"num_warps": warps, "num_stages": stages})

    took = seconds(problem(gpu.JOB_TOKENS, 32, 27), D)

    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D} {precision} tile={tile} warps={warps} "
        f"stages={stages} programs={programs}: {gpu.JOB_TOKENS / took / 1e6:.0f} M words/s"
    )


@pytest.mark.gpu
@pytest.mark.skipif("SGNS_BENCH_CORPUS" not in os.environ, reason="SGNS_BENCH_CORPUS is not set")
@pytest.mark.parametrize("block_size", [32, 36, 54])
@pytest.mark.parametrize("D", [100, 300])
def test_whole_epochs_on_a_card(D, block_size):
    corpus = load_corpus(os.environ["SGNS_BENCH_CORPUS"], min_count=5)
    config = SkipGramConfig(vector_size=D, epochs=5, block_size=block_size)
    vectors = sgns.initial_vectors(len(corpus.vocab), config)
    session = gpu.start(sgns.make_problem(corpus, config), *vectors, "cuda")
    session.train(np.zeros(0, dtype=np.int64), 0, config.alpha)
    torch.cuda.synchronize()
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    words, start = config.epochs * len(corpus.tokens), perf_counter()

    first.record()
    for job in jobs(corpus, config, job_tokens(gpu.JOB_TOKENS, config.epochs * len(corpus.tokens))):
        session.train(job.sentences, job.epoch, job.alpha)
    last.record()
    last.synchronize()
    input_vectors, _ = session.vectors()

    rate = words / first.elapsed_time(last) / 1e3
    through = words / (perf_counter() - start) / 1e6
    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D} T={block_size}: {rate:.0f} M words/s, "
        f"{through:.0f} with the vectors' way back"
    )
    assert np.isfinite(input_vectors).all()
