"""What every kernel must do."""

from functools import cache

import numpy as np
import pytest

from sgns_bench import kernels
from sgns_bench.errors import Unavailable, UnknownName
from sgns_bench.kernels import Cbow, Problem
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import keep_threshold


def two_islands(sentences=60, words=6):
    """Sentences of words 0..5 or of words 6..11, never mixed."""
    random = np.random.RandomState(0)
    tokens = np.concatenate(
        [random.permutation(words) + words * (s % 2) for s in range(sentences)]
    ).astype(np.int32)
    offsets = np.arange(0, len(tokens) + 1, words)
    V = 2 * words
    noise = NoiseDistribution(np.bincount(tokens), 0.75)
    return Problem(
        tokens, offsets, keep_threshold(np.ones(V)), np.full(V, 1 / V), noise.alias_table,
        window=2, shrink_windows=True, negative=5, block_size=16, pool_size=16, seed=1,
    )  # fmt: skip


def start(name, p, W, C):
    try:
        return kernels.load(name).start(p, W, C, "cpu")
    except Unavailable as error:  # no triton, or a card and so no interpreter
        pytest.skip(str(error))


@cache
def trained(name, epochs=15, D=10):
    """W and the losses after some epochs on two islands."""
    random, p = np.random.RandomState(1), two_islands()
    W = ((random.rand(12, D) * 2 - 1) / D).astype(np.float32)
    session = start(name, p, W, np.zeros_like(W))
    sentences = np.arange(len(p.offsets) - 1)
    losses = [session.train(sentences, epoch, 0.05) for epoch in range(epochs)]
    return session.vectors()[0], [loss.nats / loss.pairs for loss in losses]


@pytest.mark.parametrize("name", kernels.names())
def test_the_first_loss_is_that_of_a_coin_for_every_word(name):
    """C is 0, so each of the 1 + k sigmoids costs ln 2; a negative that is the center is skipped."""
    p = two_islands()
    W = np.ones((12, 3), dtype=np.float32)
    session = start(name, p, W, np.zeros_like(W))

    loss = session.train(np.arange(60), 0, 0.0)

    assert loss.nats / loss.pairs == pytest.approx(np.log(2) * (1 + 5 * 11 / 12), rel=0.05)


@pytest.mark.parametrize("name", kernels.names())
def test_all_kernels_agree_on_the_average_loss(name):
    """They draw different negatives, so only nearly."""
    _, expected = trained("reference")

    _, actual = trained(name)

    assert actual[-1] == pytest.approx(expected[-1], rel=0.15)


@pytest.mark.parametrize("name", kernels.names())
def test_nothing_to_train_changes_nothing(name):
    p = two_islands()
    W = np.ones((12, 3), dtype=np.float32)
    session = start(name, p, W, W)

    loss = session.train(np.zeros(0, dtype=np.int64), 0, 0.05)

    assert (0.0, 0) == (loss.nats, loss.pairs)
    assert (session.vectors()[0] == W).all()


def test_an_unknown_kernel_is_named_with_its_nearest():
    with pytest.raises(UnknownName, match="no kernel named 'cqu'; did you mean 'cpu'"):
        kernels.load("cqu")


@pytest.mark.parametrize("name", ["eager", "gpu", "reference"])
def test_a_kernel_without_cbow_says_so(name):
    W = np.ones((12, 3), dtype=np.float32)

    with pytest.raises(Unavailable, match=f"kernel '{name}': does not train CBOW"):
        kernels.load(name).start(two_islands()._replace(cbow=Cbow()), W, W, "cpu")
