"""The specification itself: its gradients are those of the loss it states."""

from itertools import permutations

import numpy as np
import pytest

from sgns_bench.kernels.reference import sigmoid, update_block, update_pair

V, D, ALPHA = 6, 4, 0.1


def matrices():
    return np.random.RandomState(0).randn(2, V, D)


def pair_loss(W, C, center, context, negatives, skip_center=True):
    """Mikolov et al. 2013, eq. 4, with a minus sign, written down once more."""
    nats = -np.log(sigmoid(C[center] @ W[context]))
    counted = [n for n in negatives if n != center or not skip_center]
    return nats - sum(np.log(sigmoid(-C[n] @ W[context])) for n in counted)


def block_loss(W, C, words, is_pair, centers, negatives, negative, skip_center=True):
    """Every pair with every negative of the pool, each weighing k/N."""
    nats = 0.0
    for i, j in np.argwhere(is_pair):
        nats -= np.log(sigmoid(C[centers[i]] @ W[words[j]]))
        others = negatives[(negatives != centers[i]) | (not skip_center)]
        nats -= negative / len(negatives) * np.log(sigmoid(-C[others] @ W[words[j]])).sum()
    return nats


PAIRS = {
    "distinct words": (1, 2, [3, 4]),
    "a negative drawn twice": (1, 2, [3, 3]),
    "a negative that is the center": (1, 2, [1, 4]),
    "a negative that is the context": (1, 2, [2, 4]),
    "a word beside itself": (1, 1, [3, 4]),
    "no negative left": (1, 2, [1, 1]),
}


@pytest.mark.parametrize("skip_center", [True, False])
@pytest.mark.parametrize(("center", "context", "negatives"), PAIRS.values(), ids=PAIRS)
def test_a_pair_steps_down_the_gradient_of_its_loss(
    finite_difference, center, context, negatives, skip_center
):
    W, C = matrices()
    pair = center, context, np.array(negatives)
    expected = [
        finite_difference(lambda: pair_loss(W, C, *pair, skip_center), matrix, ALPHA)
        for matrix in (W, C)
    ]
    stepped_W, stepped_C = W.copy(), C.copy()

    loss = update_pair(stepped_W, stepped_C, *pair, ALPHA, skip_center)

    assert loss == pytest.approx(pair_loss(W, C, *pair, skip_center))
    np.testing.assert_allclose(stepped_W - W, expected[0], atol=1e-8)
    np.testing.assert_allclose(stepped_C - C, expected[1], atol=1e-8)


def test_a_pair_leaves_all_other_rows_alone():
    W, C = matrices()
    stepped_W, stepped_C = W.copy(), C.copy()

    update_pair(stepped_W, stepped_C, 1, 2, np.array([3, 4]), ALPHA)

    assert np.flatnonzero((stepped_W != W).any(axis=1)).tolist() == [2]
    assert np.flatnonzero((stepped_C != C).any(axis=1)).tolist() == [1, 3, 4]


@pytest.mark.parametrize("skip_center", [True, False])
def test_a_block_steps_down_the_gradient_of_its_loss(finite_difference, skip_center):
    W, C = matrices()
    block = {
        "words": np.array([0, 1, 2, 1]),  # word 1 stands twice in the block
        "is_pair": np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=bool),
        "centers": np.array([1, 2, 1]),
        "negatives": np.array([4, 1, 4, 5]),  # one is a center, one is drawn twice
        "negative": 3,
        "skip_center": skip_center,
    }
    expected = [
        finite_difference(lambda: block_loss(W, C, **block), matrix, ALPHA) for matrix in (W, C)
    ]
    stepped_W, stepped_C = W.copy(), C.copy()

    loss = update_block(stepped_W, stepped_C, **block, alpha=ALPHA, half_step=False)

    assert loss == pytest.approx(block_loss(W, C, **block))
    np.testing.assert_allclose(stepped_W - W, expected[0], atol=1e-8)
    np.testing.assert_allclose(stepped_C - C, expected[1], atol=1e-8)


def test_over_many_pools_a_block_does_what_its_pairs_do_one_by_one():
    """With small steps, where neither sees the other's updates."""
    W, C = matrices()
    words, centers = np.array([0, 1, 2]), np.array([1])
    is_pair = np.array([[True, False, True]])
    random, tiny, k, pools = np.random.RandomState(1), 1e-6, 2, 20_000
    block_W, pair_W = W.copy(), W.copy()
    block_C, pair_C = C.copy(), C.copy()

    for _ in range(pools):
        update_block(block_W, block_C, words, is_pair, centers, random.randint(V, size=4), k, tiny)
        for context in (0, 2):
            update_pair(pair_W, pair_C, 1, context, random.randint(V, size=k), tiny)

    scale = np.abs(pair_W - W).max()
    np.testing.assert_allclose((block_W - W) / scale, (pair_W - W) / scale, atol=0.02)
    np.testing.assert_allclose((block_C - C) / scale, (pair_C - C) / scale, atol=0.05)


def test_the_sigmoid_of_large_numbers_overflows_nowhere():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(("half_step", "order"), [(True, 3), (False, 2)])
def test_the_half_step_leaves_a_difference_of_third_order_from_pair_by_pair(half_step, order):
    """From C = 0 on, without negatives, averaged over the orders of a center's contexts."""
    center, contexts, none = 0, np.array([1, 2, 3, 4]), np.zeros(0, dtype=int)
    unused = np.array([5])  # a pool whose words weigh nothing, as k = 0

    def difference(alpha):
        W = matrices()[0]
        one_by_one = np.zeros_like(W)
        orders = list(permutations(contexts))
        for contexts_in_order in orders:
            stepped_W, stepped_C = W.copy(), np.zeros_like(W)
            for context in contexts_in_order:
                update_pair(stepped_W, stepped_C, center, context, none, alpha)
            one_by_one += stepped_W / len(orders)
        at_once, C = W.copy(), np.zeros_like(W)
        is_pair = np.ones((1, len(contexts)), dtype=bool)
        update_block(
            at_once, C, contexts, is_pair, np.array([center]), unused, 0, alpha, half_step=half_step
        )
        return np.abs(at_once - one_by_one).max()

    halved = difference(1e-2) / difference(5e-3)

    assert halved == pytest.approx(2**order, rel=0.05)
