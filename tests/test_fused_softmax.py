import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sgns_bench import fused_softmax
from sgns_bench.fused_softmax import FusedSoftmax
from sgns_bench.softmax import Chunk, FullSoftmax, chunks

pytest.importorskip("triton")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ALPHA = 0.1
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(autouse=True)
def exact_products(monkeypatch):
    monkeypatch.setattr(fused_softmax, "PRECISION", "ieee")


def random_vectors(V: int, D: int) -> np.ndarray:
    """W and C whose logits are around 1."""
    return np.random.default_rng(1).normal(size=(2, V, D), scale=D**-0.25).astype(np.float32)


def random_pairs(V: int, n: int, pairs: int) -> tuple[torch.Tensor, ...]:
    """Pairs of n tokens: words repeat as inputs where n > V, and as centers."""
    rng = np.random.default_rng(0)
    words = torch.from_numpy(rng.integers(0, V, n))
    context = np.sort(rng.integers(0, n, pairs))
    return words, torch.from_numpy(rng.integers(0, n, pairs)), torch.from_numpy(context)


def on_device(some: list[Chunk]) -> list[Chunk]:
    return [Chunk(*(tensor.to(DEVICE) for tensor in chunk)) for chunk in some]


def assert_close(expected: torch.Tensor, actual: torch.Tensor) -> None:
    torch.testing.assert_close(actual.cpu(), expected, **CLOSE)


@pytest.mark.parametrize(
    ("V", "D", "size"),
    [(11, 6, 40), (11, 1, 40), (150, 7, 40), (64, 100, 20), (70, 300, 1), (1, 5, 3), (200, 8, 128)],
)
def test_steps_are_those_of_the_unfused_softmax(V, D, size):
    some = list(chunks(*random_pairs(V, n=150, pairs=400), size))[:3]
    plain = FullSoftmax(*random_vectors(V, D), "cpu")
    fused = FusedSoftmax(*random_vectors(V, D), DEVICE, most_rows=size)

    expected = plain.train(some, ALPHA)
    loss = fused.train(on_device(some), ALPHA)

    assert pytest.approx(expected.item(), rel=1e-5, abs=1e-5) == loss.item()
    assert_close(plain.input_vectors, fused.input_vectors)
    assert_close(plain.output_vectors, fused.output_vectors)


def test_a_step_is_cross_entropy_and_its_autograd():
    words, center, context = random_pairs(V=90, n=40, pairs=150)
    W, C = (torch.from_numpy(m).requires_grad_() for m in random_vectors(90, 20))
    expected = F.cross_entropy(W[words[context]] @ C.T, words[center], reduction="sum")
    expected.backward()
    fused = FusedSoftmax(*random_vectors(90, 20), DEVICE, most_rows=40)

    loss = fused.train(on_device(list(chunks(words, center, context, 40))), ALPHA)

    assert pytest.approx(expected.item(), rel=1e-5) == loss.item()
    assert_close((W - ALPHA * W.grad).detach(), fused.input_vectors)
    assert_close((C - ALPHA * C.grad).detach(), fused.output_vectors)


def test_factors_shrink_the_steps_of_their_rows():
    vectors = random_vectors(50, 12)
    some = list(chunks(*random_pairs(50, n=30, pairs=100), 30))
    plain, fused = FullSoftmax(*vectors, "cpu"), FusedSoftmax(*vectors, DEVICE, most_rows=30)
    factors = torch.rand(2, 50, generator=torch.Generator().manual_seed(0))
    fused.input_factor, fused.output_factor = factors.to(DEVICE)

    plain.train(some, ALPHA)
    fused.train(on_device(some), ALPHA)

    W, C = (torch.from_numpy(m) for m in random_vectors(50, 12))
    assert_close(W + factors[0, :, None] * (plain.input_vectors - W), fused.input_vectors)
    assert_close(C + factors[1, :, None] * (plain.output_vectors - C), fused.output_vectors)


def test_huge_logits_neither_overflow_nor_give_an_infinite_loss():
    W, C = random_vectors(40, 8)
    fused = FusedSoftmax(W * 1e4, C, DEVICE, most_rows=20)

    loss = fused.train(on_device(list(chunks(*random_pairs(40, 20, 60), 20))), ALPHA)

    assert torch.isfinite(loss)
    assert torch.isfinite(fused.output_vectors).all()


def test_no_chunks_are_no_loss_and_setting_up_changes_nothing():
    vectors = random_vectors(20, 8)
    fused = FusedSoftmax(*vectors, DEVICE, most_rows=16)

    assert 0 == fused.train([], ALPHA).item()
    assert np.array_equal(vectors[0], fused.input_vectors.cpu())
    assert np.array_equal(vectors[1], fused.output_vectors.cpu())
