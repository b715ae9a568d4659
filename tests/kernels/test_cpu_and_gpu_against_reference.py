"""The block kernels against the block equations in float64, draw for draw.

``gpu`` runs compiled where there is a card, and in Triton's interpreter where there is none.
"""

import numpy as np
import pytest
import torch

from sgns_bench import kernels
from sgns_bench.errors import Unavailable
from sgns_bench.kernels import NO_LIMIT, Cbow, Problem, gpu
from sgns_bench.kernels.reference import (
    update_block,
    update_block_with_own_negatives,
    update_cbow_block,
)
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import block_ends, keep_threshold, keep_tokens
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, draw, stream_key

ALPHA = 0.05
EPOCH = 2


INTERPRETED = ("gpu", "cpu")
COMPILED = pytest.param(("gpu", "cuda"), marks=pytest.mark.gpu)


@pytest.fixture(params=[("cpu", "cpu"), INTERPRETED, COMPILED], ids="-".join)
def start(request, monkeypatch):
    """Start a session of a block kernel on a device: exact products, one program after the other."""
    name, device = request.param
    kernel = kernels.load(name)
    monkeypatch.setattr(gpu, "PRECISION", "ieee")
    monkeypatch.setattr(gpu, "PROGRAMS_PER_PROCESSOR", 0)

    def start(p, W, C):
        if name == "gpu" and (p.own_negatives or p.max_contexts < NO_LIMIT):
            pytest.skip("the gpu kernel always shares its pool")
        if name == "gpu" and p.cbow:
            pytest.skip("the gpu kernel trains skip-gram")
        try:
            return kernel.start(p, W, C, device)
        except Unavailable as error:
            pytest.skip(str(error))

    return start


def problem(V=50, lengths=(200, 1, 2, 33, 5, 64), keep=0.7, dtype=np.int32, **settings):
    """Zipf's words, which repeat within a block and among its negatives."""
    random = np.random.RandomState(0)
    zipf = 1 / np.arange(1, V + 1)
    tokens = random.choice(V, size=sum(lengths), p=zipf / zipf.sum()).astype(dtype)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    noise = NoiseDistribution(np.maximum(np.bincount(tokens, minlength=V), 1), 0.75)
    defaults = {
        "window": 5, "shrink_windows": True, "negative": 5, "block_size": 32, "pool_size": 32,
        "seed": 3,
    }  # fmt: skip
    return Problem(
        tokens, offsets, keep_threshold(np.full(V, keep)), noise.counts / noise.counts.sum(),
        noise.alias_table, **defaults | settings,
    )  # fmt: skip


def vectors(p, D):
    random = np.random.RandomState(1)
    V = len(p.keep_threshold)
    return tuple((random.randn(2, V, D) * 0.5 / np.sqrt(D)).astype(np.float32))


def is_pair(kept, start, stop, left, right):
    """(T, M): whether context j is in the window of center i, by the definition."""
    i = np.arange(start, stop)[:, None]
    j = np.arange(left, right)
    near = (i != j) & (np.abs(i - j) <= kept.windows[start:stop, None])
    return near & (kept.sentence[i] == kept.sentence[j])


def blocks_in_float64(p, sentences, W, C, programs=1, factors=(1.0, 1.0)):
    """Train block by block as the design's equations say; return W, C, each block's loss and pairs.

    Args:
        programs: each trains every so-manieth block, one program after the other.
        factors: of what is added to each row of W and of C.
    """
    W, C = W.astype(float), C.astype(float)
    token_key, negative_key = (stream_key(p.seed, EPOCH, stream) for stream in (TOKEN, NEGATIVE))
    kept = keep_tokens(
        p.tokens, p.offsets, sentences, p.keep_threshold, token_key, p.window, p.shrink_windows
    )
    words, n = p.tokens[kept.positions], len(kept.positions)
    losses = []
    ends = block_ends(words, p.block_size, p.most_repeats)
    blocks = zip([0, *ends], ends, strict=False)
    for start, stop in sorted(blocks, key=lambda block: block[0] // p.block_size % programs):
        begin, end = max(0, start - p.window), min(n, stop + p.window)
        for left in range(begin, end, p.max_contexts):
            right = min(end, left + p.max_contexts)
            pairs, before = is_pair(kept, start, stop, left, right), (W.copy(), C.copy())
            block = W, C, words[left:right], pairs, words[start:stop]
            settings = min(ALPHA, p.most_alpha), p.skip_center, p.half_step

            def sample(slots, position=kept.positions[start]):
                return p.noise.sample(draw(negative_key, position, slots))

            if p.own_negatives:
                firsts = p.negative * p.block_size * np.arange(left - begin, right - begin)
                counts = p.negative * pairs.sum(axis=0)
                own = [sample(q + np.arange(n)) for q, n in zip(firsts, counts, strict=True)]
                nats = update_block_with_own_negatives(*block, own, *settings)
            else:
                first = (left - begin) // p.max_contexts * p.pool_size
                pool = sample(first + np.arange(p.pool_size))
                if p.cbow:
                    how = settings[0], *p.cbow, p.skip_center
                    nats = update_cbow_block(*block, pool, p.negative, *how)
                    pairs = pairs.any(axis=1)
                else:
                    nats = update_block(*block, pool, p.negative, *settings)
            for matrix, old, factor in zip((W, C), before, factors, strict=True):
                matrix[:] = old + (matrix - old) * factor
        losses.append((nats, pairs.sum()))
    return W, C, losses


# A small alpha: with so many pairs of so few words a rounding error soon grows.
IN_PARTS = {
    "window": 40, "block_size": 12, "max_contexts": 17, "lengths": (64, 2, 33), "most_alpha": 0.01,
}  # fmt: skip

CASES = {
    "D=1": (1, {}),
    "D=7": (7, {}),
    "D=100": (100, {}),
    "D=129": (129, {}),
    "D=300": (300, {}),
    "many words": (20, {"V": 1000}),
    "two words": (20, {"V": 2}),
    "one center, one negative": (20, {"block_size": 1, "pool_size": 1, "lengths": (25, 1, 2)}),
    "T=15, N=17": (20, {"block_size": 15, "pool_size": 17}),
    "T=16, N=16": (20, {"block_size": 16, "pool_size": 16}),
    "T=17, N=15": (20, {"block_size": 17, "pool_size": 15}),
    "T=36, N=1": (20, {"block_size": 36, "pool_size": 1}),
    "odd sizes": (20, {"block_size": 7, "pool_size": 5, "window": 3}),
    "block longer than the corpus": (20, {"block_size": 60, "lengths": (25, 1, 9)}),
    "pool larger than the vocabulary": (20, {"V": 5, "pool_size": 64}),
    "window wider than any sentence": (20, {"window": 500, "reach": 63, "lengths": (20, 64, 3)}),
    "wide window": (20, {"window": 40, "block_size": 64}),
    "window 1": (20, {"window": 1}),
    "fixed window": (20, {"shrink_windows": False}),
    "nothing dropped": (20, {"keep": 1.0}),
    "20 negatives": (20, {"negative": 20}),
    "a sentence of one": (20, {"lengths": (1,), "keep": 1.0}),
    "a sentence of two": (20, {"lengths": (2,), "keep": 1.0}),
    "everything dropped": (20, {"keep": 0.0}),
    "tokens of 16 bits": (20, {"dtype": np.uint16}),
    "centers as negatives": (20, {"V": 5, "skip_center": False}),
    "blocks cut where words repeat": (20, {"V": 5, "most_repeats": 3, "keep": 1.0}),
    "no word twice": (20, {"V": 5, "most_repeats": 1, "block_size": 9}),
    "no half step": (20, {"half_step": False}),
    "own negatives": (20, {"own_negatives": True}),
    "own negatives of a few words": (20, {"own_negatives": True, "V": 5}),
    "own negatives, centers among them": (
        20,
        {"own_negatives": True, "V": 5, "skip_center": False},
    ),
    "own negatives, no half step": (100, {"own_negatives": True, "half_step": False}),
    "own negatives, wide window": (20, {"own_negatives": True, "window": 40, "block_size": 36}),
    "own negatives, one center": (129, {"own_negatives": True, "block_size": 1}),
    "wide window in parts": (20, IN_PARTS),
    "wide window in parts, few words": (20, IN_PARTS | {"V": 9}),
    "wide window in parts, centers as negatives": (20, IN_PARTS | {"V": 9, "skip_center": False}),
    "wide window in parts, own negatives": (20, IN_PARTS | {"V": 9, "own_negatives": True}),
    "a smaller alpha than asked for": (20, {"most_alpha": ALPHA / 3}),
    "cbow": (20, {"cbow": Cbow()}),
    "cbow, D=1": (1, {"cbow": Cbow()}),
    "cbow, D=7": (7, {"cbow": Cbow()}),
    "cbow, D=100": (100, {"cbow": Cbow()}),
    "cbow, D=129": (129, {"cbow": Cbow()}),
    "cbow, D=300": (300, {"cbow": Cbow()}),
    "cbow, corrected": (100, {"cbow": Cbow(corrected=True)}),
    "cbow, sums": (20, {"cbow": Cbow(mean=False)}),
    "cbow, sums, corrected": (20, {"cbow": Cbow(mean=False, corrected=True), "most_alpha": 0.01}),
    "cbow, odd sizes": (20, {"cbow": Cbow(), "block_size": 7, "pool_size": 5, "window": 3}),
    "cbow, one center": (20, {"cbow": Cbow(), "block_size": 1, "pool_size": 1}),
    "cbow, window 1": (20, {"cbow": Cbow(), "window": 1}),
    "cbow, window 10": (20, {"cbow": Cbow(), "window": 10}),
    "cbow, wide window": (20, {"cbow": Cbow(), "window": 40, "block_size": 64}),
    "cbow, sentences of one and two": (
        20,
        {"cbow": Cbow(), "lengths": (1, 2, 1, 1, 2), "keep": 1.0},
    ),
    "cbow, a few words": (20, {"cbow": Cbow(), "V": 5, "pool_size": 64}),
    "cbow, centers as negatives": (20, {"cbow": Cbow(), "V": 5, "skip_center": False}),
    "cbow, blocks cut where words repeat": (20, {"cbow": Cbow(), "V": 5, "most_repeats": 3}),
}


@pytest.mark.parametrize(("D", "settings"), CASES.values(), ids=CASES)
def test_the_block_equations_are_computed_draw_for_draw(start, D, settings):
    p = problem(**settings)
    W, C = vectors(p, D)
    order = np.random.RandomState(2).permutation(len(p.offsets) - 1)
    expected_W, expected_C, _ = blocks_in_float64(p, order, W, C)

    session = start(p, W, C)
    session.train(order, EPOCH, ALPHA)

    actual_W, actual_C = session.vectors()
    tolerance = 2e-5 * max(1.0, np.abs(expected_W).max(), np.abs(expected_C).max())
    assert np.abs(expected_W - actual_W).max() < tolerance
    assert np.abs(expected_C - actual_C).max() < tolerance


@pytest.mark.parametrize("cbow", [None, Cbow(), Cbow(mean=False)])
def test_the_measured_loss_is_that_of_the_first_block(start, cbow):
    p = problem(cbow=cbow)
    W, C = vectors(p, 20)
    order = np.arange(len(p.offsets) - 1)
    nats, pairs = blocks_in_float64(p, order, W, C)[2][0]

    session = start(p, W, C)
    loss = session.train(order, EPOCH, ALPHA)
    session.vectors()  # by then the device is done, and the next call has the loss of this one
    loss = loss if loss.pairs else session.train(order[:0], EPOCH, ALPHA)

    assert pairs == loss.pairs
    assert loss.nats == pytest.approx(nats, rel=1e-5)


def test_vectors_given_to_a_session_stay_as_they_are(start):
    p = problem()
    W, C = vectors(p, 20)
    before = W.copy(), C.copy()

    session = start(p, W, C)
    session.train(np.arange(2), EPOCH, ALPHA)
    session.vectors()

    assert (W == before[0]).all()
    assert (C == before[1]).all()


def test_padding_between_the_vectors_stays_zero(start):
    p = problem()
    session = start(p, *vectors(p, 7))

    session.train(np.arange(len(p.offsets) - 1), EPOCH, ALPHA)

    assert not session._W[:, 7:].any()
    assert not session._C[:, 7:].any()


@pytest.mark.parametrize("start", [INTERPRETED], indirect=True, ids="-".join)
@pytest.mark.parametrize("hot_step", [0.1, np.inf])
def test_programs_share_out_the_blocks_and_shrink_the_steps_of_frequent_words(
    start, hot_step, monkeypatch
):
    p = problem()
    W, C = vectors(p, 20)
    order = np.arange(len(p.offsets) - 1)
    monkeypatch.setattr(gpu, "programs", lambda *_: 3)
    for step in ("INPUT_STEP", "OUTPUT_STEP"):
        monkeypatch.setattr(gpu, step, hot_step)
    rates = map(torch.from_numpy, gpu.row_rates(p))
    factors = [
        gpu.row_factors(rate, hot_step, ALPHA, 32, 3)[:, None].double().numpy() for rate in rates
    ]
    assert (min(f.min() for f in factors) == 1) == (hot_step == np.inf)
    expected = blocks_in_float64(p, order, W, C, programs=3, factors=factors)

    session = start(p, W, C)
    session.train(order, EPOCH, ALPHA)

    for matrix, actual in zip(expected[:2], session.vectors(), strict=True):
        np.testing.assert_allclose(actual, matrix, atol=2e-5)


@pytest.mark.parametrize("start", [COMPILED], indirect=True, ids="-".join)
@pytest.mark.parametrize(("precision", "tolerance"), [("tf32", 5e-3), ("tf32x3", 2e-5)])
@pytest.mark.parametrize("D", [7, 100, 300])
def test_products_on_tensor_cores_give_nearly_the_same(start, precision, tolerance, D, monkeypatch):
    p = problem(V=1000)
    W, C = vectors(p, D)
    order = np.arange(len(p.offsets) - 1)
    monkeypatch.setattr(gpu, "PRECISION", precision)
    expected = blocks_in_float64(p, order, W, C)

    session = start(p, W, C)
    session.train(order, EPOCH, ALPHA)

    for matrix, actual in zip(expected[:2], session.vectors(), strict=True):
        np.testing.assert_allclose(actual, matrix, atol=tolerance)


@pytest.mark.parametrize("start", [COMPILED], indirect=True, ids="-".join)
def test_programs_at_once_add_to_the_rows_of_each_other_and_lose_nothing(start, monkeypatch):
    """With a tiny alpha updates hardly depend on each other, so their order is of no account."""
    p = problem(lengths=(40_000, 1, 2, 9_000))
    W, C = vectors(p, 100)
    order = np.arange(len(p.offsets) - 1)
    steps = []
    for programs in (1, 264):
        monkeypatch.setattr(gpu, "programs", lambda *_, P=programs: P)
        session = start(p, W, C)
        session.train(order, EPOCH, 1e-7)
        steps.append(session.vectors()[0].astype(float) - W)

    difference = np.abs(steps[0] - steps[1]).max()

    assert difference < 0.01 * np.abs(steps[0]).max()
