"""The inner loop of full softmax beside the three matrix products it consists of.

``pytest tests/benchmarks/test_softmax.py --benchmark-enable -m "slow or not slow"``, on a
card with ``-m gpu -s``. With the path of a text in SGNS_BENCH_CORPUS an epoch over it is timed, too.
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
from sgns_bench.errors import Unavailable
from sgns_bench.trainers import _fused_softmax, full_softmax
from sgns_bench.trainers._fused_softmax import FusedSoftmax
from sgns_bench.trainers._softmax import Chunk, FullSoftmax, chunks
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


@pytest.mark.slow
def test_the_update_runs_at_half_the_rate_of_its_products_or_better():
    contenders = {"update": update(), "products": products()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}

    for _ in range(60):  # interleaved: a busy machine slows both
        for name, run in contenders.items():
            start = perf_counter()
            run()
            seconds[name].append(perf_counter() - start)

    flop = 3 * 2 * CHUNK_TOKENS * V * D
    rates = {name: flop / 1e9 / float(np.median(s)) for name, s in seconds.items()}
    assert rates["update"] >= rates["products"] / 2, rates  # GFLOP/s


LARGE_V, KEPT = 67_903, 12_900_000  # of 17 million tokens of Wikipedia, sample=1e-3


def on_a_card(size: int, n: int = 256) -> list[Chunk]:
    """n chunks of so many tokens, of Zipf's words as subsampling leaves them."""
    zipf = 1 / np.arange(1, LARGE_V + 1) / 11.7
    kept = np.minimum(zipf, np.sqrt(1e-3 * zipf) + 1e-3)
    rng = np.random.default_rng(0)
    words = torch.from_numpy(rng.choice(LARGE_V, n * size, p=kept / kept.sum())).cuda()
    context = torch.arange(n * size, device="cuda").repeat_interleave(PAIRS_PER_TOKEN)
    center = torch.from_numpy(rng.permutation(n * size)).cuda()[context.roll(3)]
    return list(chunks(words, center, context, size))


def device_seconds(run: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Return how long a call takes the device, by its own clock, and how long the host."""
    for _ in range(2):
        run()
    torch.cuda.synchronize()
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start = perf_counter()
    first.record()
    for _ in range(repeats):
        run()
    last.record()
    host = perf_counter() - start
    last.synchronize()
    return first.elapsed_time(last) / 1e3 / repeats, host / repeats


def rate(m: int, n: int, k: int, precision: str) -> float:
    """Return FLOP/s of torch.mm, (m, k) by (k, n)."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    A, B, out = (torch.randn(shape, device="cuda") for shape in ((m, k), (k, n), (m, n)))
    seconds, _ = device_seconds(lambda: torch.mm(A, B, out=out), 20)
    torch.set_float32_matmul_precision(before)
    return 2 * m * n * k / seconds


def random_vectors(D: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, LARGE_V, D), scale=0.1).astype(np.float32)


@pytest.mark.gpu
@pytest.mark.parametrize("D", [100, 300])
@pytest.mark.parametrize("size", [16, 32, 64, 128])
def test_chunks_on_a_card(size, D):
    some = on_a_card(size)
    rows = sum(len(chunk.words) for chunk in some)
    fused = FusedSoftmax(*random_vectors(D), "cuda", size)
    plain = FullSoftmax(*random_vectors(D), "cuda")

    took, host = device_seconds(lambda: fused.train(some, 1e-3))
    before, _ = device_seconds(lambda: plain.train(some, 1e-3), 1)

    useful = 3 * 2 * rows * LARGE_V * D / took / 1e12
    large = {p: rate(8192, 8192, 8192, p) / 1e12 for p in ("highest", "high")}
    alike = rate(size, LARGE_V, D, "high") / 1e12
    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D}, chunks of {size} tokens, {_fused_softmax.PRECISION}: "
        f"{took / len(some) * 1e6:.0f} us each (host {host / len(some) * 1e6:.0f}, "
        f"unfused {before / len(some) * 1e6:.0f}), {KEPT / size / len(some) * took:.0f} s per epoch; "
        f"{useful:.1f} TFLOP/s in three products; torch.mm: {large['highest']:.1f} in fp32, "
        f"{large['high']:.1f} in tf32, {alike:.1f} in tf32 of X by C"
    )
    assert took < before
    assert torch.isfinite(fused.input_vectors).all()


@pytest.mark.gpu
@pytest.mark.parametrize("D", [100, 300])
@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize(
    ("tile", "warps", "stages", "programs"),
    [
        ((128, 64), 8, 2, 1), ((128, 64), 8, 3, 1), ((128, 32), 8, 2, 1), ((128, 32), 8, 2, 2),
        ((64, 64), 8, 2, 1), ((64, 64), 4, 2, 2), ((64, 128), 8, 2, 1), ((64, 32), 4, 2, 2),
    ],
)  # fmt: skip
def test_the_options_on_a_card(tile, warps, stages, programs, size, D, monkeypatch):
    monkeypatch.setattr(_fused_softmax, "TILES", (tile,))
    monkeypatch.setattr(_fused_softmax, "TILE_LOGITS", 1 << 20)
    monkeypatch.setattr(_fused_softmax, "PROGRAMS_PER_PROCESSOR", programs)
    options = {"num_warps": warps, "num_stages": stages, "enable_fp_fusion": True}
    monkeypatch.setattr(_fused_softmax, "OPTIONS", options)
    some = on_a_card(size)
    try:
        fused = FusedSoftmax(*random_vectors(D), "cuda", size)
    except Unavailable as error:
        pytest.skip(str(error))

    took, _ = device_seconds(lambda: fused.train(some, 1e-3))

    print(  # noqa: T201
        f"\n{torch.cuda.get_device_name()} D={D}, chunks of {size} tokens, tile={tile} "
        f"warps={warps} stages={stages} programs={programs}: {took / len(some) * 1e6:.0f} us each"
    )


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
