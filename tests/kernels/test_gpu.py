"""What only the gpu kernel has; its updates are tested in test_cpu_and_gpu_against_reference.py."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.errors import Unavailable
from sgns_bench.kernels import cpu, gpu
from sgns_bench.kernels._transfer import StagingBuffer
from sgns_bench.sampling import rng
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import token_positions
from sgns_bench.trainers import _schedule, sgns

triton = pytest.importorskip("triton")
import triton.language as tl  # noqa: E402

from sgns_bench.kernels import _transfer, _triton  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
HIGH = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40 + 7, 2**63 - 1]


@pytest.fixture(scope="module")
def corpus():
    """1,200 tokens in sentences of 1 to 60 words."""
    random = np.random.RandomState(0)
    zipf = 1 / np.arange(1, 101)
    words = random.choice(100, size=1200, p=zipf / zipf.sum()).astype(str)
    cuts = np.unique(np.append(np.arange(60, 1200, 60), random.choice(1200, 20)))
    return corpus_from_sentences([s.tolist() for s in np.split(words, cuts) if len(s)], min_count=1)


def start(corpus, device=DEVICE, **changes):
    """Start a session on a problem with some changes, from vectors of zeros."""
    problem = sgns.make_problem(corpus, SkipGramConfig())._replace(**changes)
    W = np.zeros((len(corpus.vocab), 4), dtype=np.float32)
    return gpu.start(problem, W, W, device)


@triton.jit
def draw_all(key, positions, slots, out, n: tl.constexpr):
    i = tl.arange(0, n)
    bits = _triton.draw(key, tl.load(positions + i), tl.load(slots + i))
    tl.store(out + i, bits.to(tl.int64, bitcast=True))


@triton.jit
def draw_words(key, positions, threshold, choices, V, out, n: tl.constexpr):
    i = tl.arange(0, n)
    position = tl.load(positions + i)
    tl.store(out + i, _triton.draw_negatives(key, position, i, threshold, choices, V))


@pytest.mark.parametrize("seed", [0, 1, 2, 3])  # two of these keys have the highest bit set
def test_draws_are_those_of_numpy_bit_for_bit(seed):
    key = rng.stream_key(seed, 7, rng.NEGATIVE)
    positions, slots = (a.ravel() for a in np.meshgrid(HIGH, [0, 1, 35, 2**20]))
    out = torch.zeros(32, dtype=torch.int64, device=DEVICE)

    there = [torch.from_numpy(a).to(DEVICE) for a in (positions, slots)]
    draw_all[(1,)](gpu.signed(key), *there, out, 32)

    expected = rng.draw(key, positions, slots).astype(np.int64)
    assert expected.tolist() == out.tolist()


def test_negatives_are_those_of_the_alias_table():
    table = NoiseDistribution(10**6 // np.arange(1, 5001), 0.75).alias_table
    key = rng.stream_key(1, 0, rng.NEGATIVE)
    positions = np.arange(1024) ** 4
    out = torch.zeros(1024, dtype=torch.int32, device=DEVICE)

    there = [torch.from_numpy(a).to(DEVICE) for a in (positions, *table)]
    draw_words[(1,)](gpu.signed(key), *there, 5000, out, 1024)

    expected = table.sample(rng.draw(key, positions, np.arange(1024)))
    assert expected.tolist() == out.tolist()


def test_a_lane_takes_short_jobs_and_long_ones(corpus):
    problem = sgns.make_problem(corpus, SkipGramConfig())
    copies = torch.cuda.Stream() if DEVICE == "cuda" else None
    buffer = StagingBuffer(DEVICE, copies)

    for sentences in ([3], range(len(corpus.offsets) - 2, 5, -1), [], [0, 7]):
        order = np.array(sentences, dtype=np.int64)
        job = buffer.send(problem, order)

        positions, sentence = token_positions(corpus.offsets, order)
        assert corpus.tokens[positions].tolist() == job.tokens.tolist()
        begins = job.begins.cpu().numpy()[sentence]
        assert (positions - np.arange(len(positions))).tolist() == begins.tolist()
        assert np.bincount(sentence, minlength=len(order)).tolist() == job.lengths.tolist()


@pytest.mark.gpu
def test_another_current_stream_changes_nothing(corpus, monkeypatch):
    """The caller's is that of one thread, which trains in another."""
    monkeypatch.setattr(gpu, "PRECISION", "ieee")
    monkeypatch.setattr(gpu, "PROGRAMS_PER_PROCESSOR", 0)
    config = SkipGramConfig(vector_size=300, epochs=2, workers=1)
    expected = sgns.prepare_kernel("gpu", corpus, config, "cuda", lambda *_: None)()

    with torch.cuda.stream(torch.cuda.Stream()):
        actual = sgns.prepare_kernel("gpu", corpus, config, "cuda", lambda *_: None)()

    np.testing.assert_allclose(actual.input_vectors, expected.input_vectors, atol=1e-5)


def test_training_nothing_compiles_all_that_training_needs(corpus, monkeypatch):
    called = []
    monkeypatch.setattr(_transfer, "_gather", lambda *arrays: called.append(arrays))

    start(corpus).train(np.zeros(0, dtype=np.int64), 0, 0.05)

    assert called


@pytest.mark.parametrize("settings", [{}, {"shrink_windows": False, "window": 2}])
def test_the_trainer_gives_the_vectors_of_the_cpu_kernel(corpus, settings, monkeypatch):
    """Two epochs in three jobs each."""
    monkeypatch.setattr(gpu, "PRECISION", "ieee")
    monkeypatch.setattr(gpu, "PROGRAMS_PER_PROCESSOR", 0)
    monkeypatch.setattr(_schedule, "JOB_TOKENS", 500)
    config = SkipGramConfig(vector_size=20, epochs=2, workers=1, sample=1e-2, **settings)
    expected = sgns.prepare_kernel("cpu", corpus, config, "cpu", lambda *_: None)()

    actual = sgns.prepare_kernel("gpu", corpus, config, DEVICE, lambda *_: None)()

    for name in ("input_vectors", "output_vectors"):
        np.testing.assert_allclose(getattr(actual, name), getattr(expected, name), atol=1e-5)


def test_the_losses_of_all_calls_add_up(corpus):
    problem = sgns.make_problem(corpus, SkipGramConfig())
    sentences = np.arange(len(corpus.offsets) - 1)
    W = np.ones((len(corpus.vocab), 4), dtype=np.float32)
    session = gpu.start(problem, W, W, DEVICE)

    losses = [session.train(part, 0, 0.0) for part in np.array_split(sentences, 3)]
    for _ in range(2):  # the next call has what had arrived by then, the one after it the rest
        session.vectors()
        losses.append(session.train(sentences[:0], 0, 0.0))

    other = cpu.start(problem, W, W)  # alpha is 0: nothing moves
    measured = [other.train(part, 0, 0.0) for part in np.array_split(sentences, 3)]
    assert sum(loss.nats for loss in losses) == pytest.approx(sum(loss.nats for loss in measured))
    assert sum(loss.pairs for loss in losses) == sum(loss.pairs for loss in measured)


@pytest.mark.parametrize(("max_contexts", "centers", "pool"), [(1 << 30, 12, 30), (32, 3, 7)])
def test_a_window_that_counts_on_parts_has_fewer_centers_where_it_is_whole(
    corpus, max_contexts, centers, pool
):
    problem = sgns.make_problem(corpus, SkipGramConfig())._replace(
        window=50, reach=50, block_size=12, pool_size=30, max_contexts=max_contexts
    )

    found = gpu._with_whole_windows(problem)

    assert (centers, pool) == (found.block_size, found.pool_size)


def test_few_blocks_are_in_flight_on_a_small_corpus_and_many_on_a_large_one():
    sizes = [58_000, 1_000_000, 17_000_000, 1_000_000_000]

    assert [9, 132, 132, 132] == [gpu.programs(132, n, 32) for n in sizes]


def test_rare_words_take_whole_steps_and_frequent_ones_as_much_as_is_safe():
    rates = torch.tensor([1e-30, 1e-4, 0.01, 0.1, 10.0])

    factors = gpu.row_factors(rates, 2.0, alpha=0.025, block_size=32, programs=100)

    in_flight = 0.025 * 32 * 100 * rates  # steps of a pair's gradient
    assert [1, 1, 1] == factors[:3].tolist()
    assert (factors * in_flight)[3].item() == pytest.approx(2.0)
    assert factors[4].item() == pytest.approx(1 / 100)


def test_one_program_takes_whole_steps():
    assert gpu.row_factors(torch.tensor([1e9]), 1.0, 0.5, 1000, 1).tolist() == [1]


def test_the_rates_of_all_words_add_up_to_the_gradients_of_a_center(corpus):
    problem = sgns.make_problem(corpus, SkipGramConfig(window=5, negative=7))

    rates = gpu.row_rates(problem)

    assert [6 * 8, 6 * 8] == [pytest.approx(rate.sum(), rel=1e-5) for rate in rates]


@pytest.mark.parametrize(
    ("environment", "spec", "message"),
    [("0", True, "needs device=\"cuda\", not 'cpu'"), ("1", None, "needs the package triton")],
)
def test_what_is_missing_is_said_in_one_line(corpus, monkeypatch, environment, spec, message):
    monkeypatch.setenv("TRITON_INTERPRET", environment)
    monkeypatch.setattr(gpu, "find_spec", lambda name: spec)

    with pytest.raises(Unavailable, match=message):
        start(corpus, "cpu")


def test_the_widest_tile_that_fits_is_taken(corpus, monkeypatch):
    tried = []

    def train(session, *_):
        tried.append(session._tile)
        if session._tile > 16:
            raise triton.runtime.errors.OutOfResources(300, 200, "shared memory")

    monkeypatch.setattr(gpu.Session, "_train", train)

    start(corpus)

    assert [64, 32, 16] == tried


def test_blocks_too_large_for_the_card_are_halved(corpus, monkeypatch):
    tried = []

    def train(session, *_):
        tried.append((session._problem.block_size, session._problem.pool_size))
        if session._problem.block_size > 10:
            raise triton.runtime.errors.OutOfResources(300, 200, "shared memory")

    monkeypatch.setattr(gpu.Session, "_train", train)
    monkeypatch.setattr(gpu, "TILES", (16,))

    start(corpus, block_size=36, pool_size=27)

    assert [(36, 27), (18, 14), (9, 7)] == tried


def test_blocks_that_would_take_minutes_to_compile_are_not_tried(corpus, monkeypatch):
    tried = []
    monkeypatch.setattr(gpu.Session, "_train", lambda s, *_: tried.append(s._problem.block_size))

    start(corpus, block_size=500, pool_size=500)

    assert [63] == tried  # 128 x (64 + 64) scores, with their padding


def test_a_window_too_large_for_the_card_is_refused(corpus, monkeypatch):
    monkeypatch.setattr(gpu, "TILES", ())

    with pytest.raises(Unavailable, match="window of 5 words is too large"):
        start(corpus)


def test_vectors_too_large_for_the_card_are_one_clear_line(corpus, monkeypatch):
    def padded(*_):
        raise torch.cuda.OutOfMemoryError("Tried to allocate 11.18 GiB")

    monkeypatch.setattr(gpu, "_padded", padded)

    with pytest.raises(Unavailable, match="vectors of 99 words"):
        start(corpus)


def test_vectors_are_sent_in_parts(monkeypatch):
    monkeypatch.setattr(gpu, "_PART", 3)
    vectors = np.arange(28, dtype=np.float32).reshape(7, 4)

    padded = gpu._padded(vectors, DEVICE)

    assert np.pad(vectors, [(0, 0), (0, 4)]).tolist() == padded.tolist()


COMPILE = """
import sys
import numpy as np
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from sgns_bench.kernels import Problem, _triton, gpu

array = np.zeros(0)
problem = Problem(array, array, array, array, None, 5, True, 5, 32, 27, 1)
kernel, fixed = _triton.train_blocks, gpu.constants(problem, int(sys.argv[1]), gpu.TILES[0])
names = [p.name for p in kernel.params]
numbers = {"n": "i32", "V": "i32", "key": "i64", "alpha": "fp32"}
pointers = {
    "positions": "*i64", "noise_threshold": "*u32", "loss": "*fp64",
    **dict.fromkeys(["W", "C", "input_factor", "output_factor"], "*fp32"),
    **dict.fromkeys(["words", "sentences", "windows", "places", "noise_choices"], "*i32"),
}
signature = {n: "constexpr" if n in fixed else (numbers | pointers)[n] for n in names}
aligned = {(names.index(n),): [["tt.divisibility", 16]] for n in pointers}
source = ASTSource(fn=kernel, signature=signature, constexprs=fixed, attrs=aligned)
print(triton.compile(source, target=GPUTarget("cuda", 90, 32), options=gpu.OPTIONS).asm["ptx"])
"""


@pytest.mark.parametrize("width", [104, 304])
def test_the_code_for_an_h100_adds_four_floats_at_a_time_and_multiplies_on_tensor_cores(
    width, tmp_path
):
    """Compiled by Triton and its own assembler, which need no card."""
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}

    ptx = subprocess.run(
        [sys.executable, "-c", COMPILE, str(width)],
        capture_output=True, text=True, check=True, env=environment,
    ).stdout  # fmt: skip

    adds = re.findall(r"(?:red|atom)\.global\S*\.f32", ptx)
    assert len(adds) >= 3  # contexts, centers, negatives
    assert all("relaxed" in add and ".v4." in add for add in adds)
    assert "wgmma.mma_async" in ptx
    assert "cp.async.cg.shared.global" in ptx  # rows come past the first-level cache
