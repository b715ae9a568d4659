import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from sgns_bench.kernels import Problem, eager, eager_dense
from sgns_bench.kernels.eager import SkipGramNegativeSampling
from sgns_bench.kernels.reference import sigmoid
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import keep_threshold

V, D = 7, 5
CENTER = torch.tensor([0, 1, 1, 4])
CONTEXT = torch.tensor([1, 0, 2, 2])  # row 2 is the input of two pairs
NEGATIVES = torch.tensor([[3, 3], [1, 5], [6, 0], [5, 3]])  # 3 twice; pair 1 draws its own center


def random_model() -> SkipGramNegativeSampling:
    model = SkipGramNegativeSampling(V, D).double()
    rng = np.random.default_rng(2)
    with torch.no_grad():
        model.input_vectors.copy_(torch.from_numpy(rng.normal(size=(V, D))))
        model.output_vectors.copy_(torch.from_numpy(rng.normal(size=(V, D))))
    return model


def analytic(model: SkipGramNegativeSampling) -> tuple[float, np.ndarray, np.ndarray]:
    """Loss and gradients, pair by pair: dv = Σ (σ(u·v) - label) u, du = (σ(u·v) - label) v."""
    W, C = (p.detach().numpy() for p in (model.input_vectors, model.output_vectors))
    loss, dW, dC = 0.0, np.zeros_like(W), np.zeros_like(C)
    for center, context, negatives in zip(CENTER, CONTEXT, NEGATIVES, strict=True):
        labelled = [(center, 1.0)] + [(n, 0.0) for n in negatives if n != center]
        for word, label in labelled:
            sigma = 1 / (1 + np.exp(-C[word] @ W[context]))
            loss -= np.log(sigma if label else 1 - sigma)
            dW[context] += (sigma - label) * C[word]
            dC[word] += (sigma - label) * W[context]
    return loss, dW, dC


def test_loss_and_autograd_equal_the_analytic_gradient():
    model = random_model()

    loss = model(CENTER, CONTEXT, NEGATIVES)
    loss.backward()

    expected_loss, dW, dC = analytic(model)
    assert pytest.approx(expected_loss, rel=1e-12) == loss.item()
    np.testing.assert_allclose(model.input_vectors.grad, dW, atol=1e-12)
    np.testing.assert_allclose(model.output_vectors.grad, dC, atol=1e-12)


def test_a_negative_equal_to_its_center_counts_where_it_is_not_to_be_skipped():
    model = random_model()
    model.skip_center = False
    center, context = torch.tensor([1]), torch.tensor([0])
    score = model.output_vectors[1] @ model.input_vectors[0]

    loss = model(center, context, torch.tensor([[1]]))

    expected = -logsigmoid(score) - logsigmoid(-score)
    assert pytest.approx(expected.item()) == loss.item()


def test_saturated_pairs_have_a_finite_loss():
    model = random_model()
    with torch.no_grad():
        model.input_vectors.mul_(1e3)
        model.output_vectors.mul_(1e3)

    loss = model(CENTER, CONTEXT, NEGATIVES)

    assert torch.isfinite(loss)


def test_input_vectors_start_uniform_and_output_vectors_zero():
    model = SkipGramNegativeSampling(1000, 50)

    scaled = model.input_vectors.detach() * 50

    assert -1 <= scaled.min() < -0.999
    assert 0.999 < scaled.max() < 1
    assert abs(scaled.mean()) < 0.01
    assert not model.output_vectors.any()


def test_the_seed_decides_the_initial_vectors():
    first, again, other = (SkipGramNegativeSampling(9, 4, seed=s).input_vectors for s in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


ALPHA = 0.3


def problem(half_step: bool) -> Problem:
    """Sentences in which words come again and again, as centers and as contexts."""
    tokens = np.random.RandomState(0).choice(V, size=40).astype(np.int32)
    noise = NoiseDistribution(np.bincount(tokens, minlength=V), 0.75)
    return Problem(
        tokens, np.array([0, 1, 13, 15, 40]), keep_threshold(np.ones(V)), np.full(V, 1 / V),
        noise.alias_table, window=3, shrink_windows=True, negative=2, block_size=1, pool_size=1,
        seed=1, half_step=half_step,
    )  # fmt: skip


def stepped(W, C, pairs, half_step):
    """W and C after one step on all pairs at once, in float64, a center's pairs seeing half of it."""
    new_W, new_C = W.copy(), C.copy()
    for place in np.unique(pairs.places):
        of = np.flatnonzero(pairs.places == place)
        center, X = pairs.centers[of[0]], W[pairs.contexts[of]]
        g = ALPHA * (1 - sigmoid(X @ C[center]))
        new_C[center] += g @ X
        for j, pair in enumerate(of):
            others = np.delete(g, j) @ np.delete(X, j, axis=0)
            new_W[pairs.contexts[pair]] += g[j] * (C[center] + half_step * others / 2)
            for n in pairs.negatives[pair][pairs.negatives[pair] != center]:
                pushed = ALPHA * sigmoid(C[n] @ X[j])
                new_W[pairs.contexts[pair]] -= pushed * C[n]
                new_C[n] -= pushed * X[j]
    return new_W, new_C


@pytest.mark.parametrize("kernel", [eager, eager_dense])
@pytest.mark.parametrize("half_step", [True, False])
def test_a_batch_steps_down_its_gradient_and_contexts_see_half_of_their_centers_step(
    kernel, half_step, monkeypatch
):
    monkeypatch.setattr(eager, "batch_pairs", lambda *_: 1000)
    p, sentences = problem(half_step), np.array([2, 0, 3, 1])
    W, C = np.random.RandomState(1).randn(2, V, D).astype(np.float32)
    pairs = p.examples(sentences, 0)
    assert len(pairs.centers) > len(np.unique(pairs.places)) > len(np.unique(pairs.centers))
    expected = stepped(W.astype(float), C.astype(float), pairs, half_step)

    session = kernel.start(p, W, C, "cpu")
    session.train(sentences, 0, ALPHA)

    for matrix, actual in zip(expected, session.vectors(), strict=True):
        np.testing.assert_allclose(actual, matrix, atol=2e-5)


def test_batches_of_a_pair_have_no_half_step(monkeypatch):
    monkeypatch.setattr(eager, "batch_pairs", lambda *_: 1)
    W, C = np.random.RandomState(1).randn(2, V, D).astype(np.float32)
    trained = []

    for half_step in (True, False):
        session = eager.start(problem(half_step), W, C, "cpu")
        session.train(np.arange(4), 0, ALPHA)
        trained.append(session.vectors())

    for with_it, without in zip(*trained, strict=True):
        np.testing.assert_allclose(with_it, without, atol=1e-6)
