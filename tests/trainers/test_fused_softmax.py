import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sgns_bench.errors import Unavailable
from sgns_bench.trainers import _fused_softmax
from sgns_bench.trainers._fused_softmax import FusedSoftmax
from sgns_bench.trainers._softmax import Chunk, FullSoftmax, chunks

triton = pytest.importorskip("triton")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ALPHA = 0.1
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(autouse=True)
def exact_products(monkeypatch):
    monkeypatch.setattr(_fused_softmax, "PRECISION", "ieee")


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


def test_calls_with_few_chunks_and_many_follow_each_other():
    some = list(chunks(*random_pairs(50, n=60, pairs=200), 10))
    plain = FullSoftmax(*random_vectors(50, 8), "cpu")
    fused = FusedSoftmax(*random_vectors(50, 8), DEVICE, most_rows=10)

    for part, alpha in ((some[:1], 0.1), (some[1:6], 0.2), ([], 0.1), (some[:2], 0.05)):
        expected = plain.train(part, alpha)
        loss = fused.train(on_device(part), alpha)

        assert pytest.approx(expected.item(), rel=1e-5) == loss.item()
    assert_close(plain.input_vectors, fused.input_vectors)
    assert_close(plain.output_vectors, fused.output_vectors)


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


def test_the_widest_tiles_that_fit_are_taken(monkeypatch):
    tried = []

    def launch(model, most, ahead):
        tile = model._tiles[most]
        tried.append((most, tile))
        if most * tile[0] > 2048:
            raise triton.runtime.errors.OutOfResources(300, 200, "shared memory")

    monkeypatch.setattr(FusedSoftmax, "_launch", launch)

    FusedSoftmax(*random_vectors(20, 8), DEVICE, most_rows=100)

    assert [
        *[(16, (128, 64))],
        *[(32, (128, 64)), (32, (64, 64))],
        *[(64, (128, 64)), (64, (64, 64)), (64, (32, 32))],
        *[(128, (64, 64)), (128, (32, 32)), (128, (16, 16))],  # not wider: for its registers
    ] == tried


def test_chunks_too_large_for_the_card_are_refused(monkeypatch):
    monkeypatch.setattr(_fused_softmax, "TILES", ())

    with pytest.raises(Unavailable, match="chunks of 16 inputs are too large for this card"):
        FusedSoftmax(*random_vectors(20, 8), DEVICE, most_rows=40)


COMPILE = """
import subprocess
import sys
from pathlib import Path
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from sgns_bench.trainers import _fused_softmax, _fused_softmax_triton

pointers = {
    **dict.fromkeys(["W", "C", "parts", "log_sums", "dX", "alpha"], "*fp32"),
    **dict.fromkeys(["words", "starts", "centers", "bounds", "next_chunk"], "*i64"),
    "loss": "*fp64",
}
types = pointers | {"ahead": "i32", "V": "i32"}

def compiled(name, **known):
    kernel = getattr(_fused_softmax_triton, name)
    names = [p.name for p in kernel.params]
    fixed = {n: known[n] for n in names if n in known}
    signature = {n: "constexpr" if n in fixed else types[n] for n in names}
    aligned = {(i,): [["tt.divisibility", 16]] for i, n in enumerate(names) if n in pointers}
    source = ASTSource(fn=kernel, signature=signature, constexprs=fixed, attrs=aligned)
    options = _fused_softmax.OPTIONS if "TILE" in fixed else {"enable_fp_fusion": True}
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)

def show(name, **known):
    code = compiled(name, **known)
    Path(sys.argv[1]).write_bytes(code.asm["cubin"])
    command = [triton.knobs.nvidia.cuobjdump.path, "-res-usage", sys.argv[1]]
    usage = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print(name, *(s in code.asm["ptx"] for s in ("wgmma", ".add.v4.f32")), "STACK:0 " in usage)

for width in 104, 304:
    for rows, words in (32, 128), (128, 64):
        tile = {"B_PAD": rows, "TILE": words, "COLUMNS": 64, "PRECISION": _fused_softmax.PRECISION}
        show("sum_parts", WIDTH=width, **tile)
        show("step_all_words", WIDTH=width, **tile)
    row = {"WIDTH": width, "WIDTH_PAD": 512, "PARTS": 132, "PARTS_PAD": 256}
    show("add_positives", **row)
    show("step_pairs", **row)
"""


def test_the_code_for_an_h100_multiplies_on_tensor_cores_and_keeps_to_its_registers(tmp_path):
    """Compiled by Triton and its own assembler, which need no card."""
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}

    lines = subprocess.run(
        [sys.executable, "-c", COMPILE, str(tmp_path / "code.cubin")],
        capture_output=True, text=True, check=True, env=environment,
    ).stdout.splitlines()  # fmt: skip

    tiled = ["sum_parts True False True", "step_all_words True True True"]
    rowwise = ["add_positives False False True", "step_pairs False True True"]
    assert (tiled * 2 + rowwise) * 2 == lines  # tensor cores, four floats at a time, no stack
