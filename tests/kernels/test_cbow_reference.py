"""The specification of CBOW: its gradients are those of its loss, its steps are gensim's."""

import numpy as np
import pytest
from gensim.models import Word2Vec as GensimWord2Vec

from sgns_bench.kernels.reference import sigmoid, update_cbow, update_cbow_block

V, D, ALPHA = 6, 4, 0.1

CENTERS = {
    "distinct words": (1, [2, 0], [3, 4]),
    "one context": (1, [2], [3, 4]),
    "a context twice": (1, [2, 2, 5], [3, 4]),
    "a negative drawn twice": (1, [2, 0], [3, 3]),
    "a negative that is the center": (1, [2, 0], [1, 4]),
    "a center beside itself": (1, [1, 2], [3, 4]),
    "no negative left": (1, [2, 0], [1, 1]),
}


def matrices():
    return np.random.RandomState(0).randn(2, V, D)


def loss_of(W, C, center, contexts, negatives, mean):
    """Mikolov et al. 2013, Efficient Estimation, section 3.1, written down once more."""
    h = W[contexts].mean(axis=0) if mean else W[contexts].sum(axis=0)
    others = [n for n in negatives if n != center]
    return -np.log(sigmoid(C[center] @ h)) - sum(np.log(sigmoid(-C[n] @ h)) for n in others)


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize(("center", "contexts", "negatives"), CENTERS.values(), ids=CENTERS)
def test_the_corrected_step_goes_down_the_gradient_of_the_loss(
    finite_difference, center, contexts, negatives, mean
):
    W, C = matrices()
    expected_W, expected_C = (
        finite_difference(lambda: loss_of(W, C, center, contexts, negatives, mean), matrix, ALPHA)
        for matrix in (W, C)
    )
    stepped_W, stepped_C = W.copy(), C.copy()

    example = center, np.array(contexts), np.array(negatives)
    loss = update_cbow(stepped_W, stepped_C, *example, ALPHA, mean, corrected=True)

    assert loss == pytest.approx(loss_of(W, C, center, contexts, negatives, mean))
    np.testing.assert_allclose(stepped_W - W, expected_W, atol=1e-8)
    np.testing.assert_allclose(stepped_C - C, expected_C, atol=1e-8)


@pytest.mark.parametrize("mean", [True, False])
def test_gensims_step_is_the_gradient_times_the_contexts_of_a_mean_and_over_them_of_a_sum(mean):
    W, C = matrices()
    example = 1, np.array([2, 0, 5]), np.array([3, 4])
    steps = []
    for corrected in (False, True):
        stepped = W.copy()
        update_cbow(stepped, C.copy(), *example, ALPHA, mean, corrected)
        steps.append(stepped - W)

    np.testing.assert_allclose(steps[0], steps[1] * (3 if mean else 1 / 3))


@pytest.mark.parametrize("mean", [True, False])
def test_a_sentence_is_trained_as_gensim_trains_it(mean):
    """All negatives are one word, as its table of noise is made to say; windows are fixed."""
    model = GensimWord2Vec(
        sg=0, cbow_mean=int(mean), vector_size=D, window=2, shrink_windows=False, negative=1,
        min_count=1, sample=0, workers=1, alpha=ALPHA, min_alpha=ALPHA, sorted_vocab=0,
    )  # fmt: skip
    sentence = list("abcdb")
    model.build_vocab([sentence, ["f"]])
    words = [model.wv.key_to_index[word] for word in sentence]
    noise = model.wv.key_to_index["f"]
    model.cum_table = np.where(np.arange(len(model.wv)) < noise, 0, 2**31 - 1).astype(np.uint32)
    W, C = np.random.RandomState(0).randn(2, len(model.wv), D) / 2
    model.wv.vectors[:], model.syn1neg[:] = before = W.copy(), C.copy()
    model.train([sentence], total_examples=1, epochs=1)

    for i, center in enumerate(words):
        contexts = np.array(words[max(0, i - 2) : i] + words[i + 1 : i + 3])
        update_cbow(W, C, center, contexts, np.array([noise]), ALPHA, mean)

    # gensim reads the sigmoid from a table; the other division of a step is far from it.
    for old, ours, gensims in zip(before, (W, C), (model.wv.vectors, model.syn1neg), strict=True):
        assert np.linalg.norm(ours - gensims) < 0.05 * np.linalg.norm(ours - old)


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("mean", [True, False])
def test_a_block_of_one_center_whose_pool_is_its_negatives_is_one_step(mean, corrected):
    W, C = matrices()
    words, negatives = np.array([2, 1, 0, 5]), np.array([3, 0, 4])
    expected_W, expected_C = W.copy(), C.copy()
    is_pair = np.array([[True, False, True, True]])
    settings = ALPHA, mean, corrected

    expected = update_cbow(expected_W, expected_C, 1, words[is_pair[0]], negatives, *settings)
    loss = update_cbow_block(W, C, words, is_pair, np.array([1]), negatives, 3, *settings)

    assert loss == pytest.approx(expected)
    np.testing.assert_allclose(W, expected_W)
    np.testing.assert_allclose(C, expected_C)


def test_a_center_without_contexts_changes_nothing():
    W, C = matrices()
    is_pair = np.zeros((1, 3), dtype=bool)
    before = W.copy(), C.copy()

    one = update_cbow(W, C, 1, np.array([], dtype=int), np.array([3, 4]), ALPHA)
    block = update_cbow_block(
        W, C, np.array([2, 1, 0]), is_pair, np.array([1]), np.array([3, 4]), 2, ALPHA
    )

    assert one == block == 0
    assert (before[0] == W).all()
    assert (before[1] == C).all()
