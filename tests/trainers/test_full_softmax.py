import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.trainers import full_softmax
from sgns_bench.trainers._softmax import Chunk, FullSoftmax, chunks
from sgns_bench.trainers.full_softmax import MAX_CHUNK_STEP, chunk_tokens
from sgns_bench.trainers.sgns import make_problem
from sgns_bench.vocab import Vocab

V, D = 11, 6
CONFIG = SkipGramConfig(vector_size=16, window=3, epochs=3, sample=0.0, workers=1)

SHARES = np.array([0.4, 0.25, 0.15, 0.15, 0.05])  # of two_islands
ISLAND_ENTROPY = -(SHARES * np.log(SHARES)).sum()


@pytest.fixture(autouse=True)
def short_jobs(monkeypatch):
    monkeypatch.setattr(full_softmax, "JOB_TOKENS", 2000)


def random_model(device: str = "cpu", threads: int = 1) -> FullSoftmax:
    rng = np.random.default_rng(1)
    return FullSoftmax(*rng.normal(size=(2, V, D)).astype(np.float32), device, threads)


def random_pairs(n: int = 40, pairs: int = 150) -> tuple[torch.Tensor, ...]:
    rng = np.random.default_rng(0)
    words = torch.from_numpy(rng.integers(0, V, n))  # n > V: words repeat as inputs
    context = np.sort(rng.integers(0, n, pairs))
    return words, torch.from_numpy(rng.integers(0, n, pairs)), torch.from_numpy(context)


def train(corpus, config=CONFIG, progress=lambda words, loss: None, device="cpu"):
    return full_softmax.prepare(corpus, config, device, progress)()


@pytest.mark.parametrize("threads", [1, 2, 3, 20])  # 20: more than words
def test_loss_and_step_equal_cross_entropy_and_its_autograd(threads):
    model, alpha = random_model(threads=threads), 0.1
    words, center, context = random_pairs()
    W = model.input_vectors.clone().requires_grad_()
    C = model.output_vectors.clone().requires_grad_()
    expected = F.cross_entropy(W[words[context]] @ C.T, words[center], reduction="sum")
    expected.backward()

    (chunk,) = chunks(words, center, context, size=40)
    loss = model.train([chunk], alpha)

    assert pytest.approx(expected.item(), rel=1e-5) == loss.item()
    torch.testing.assert_close(model.input_vectors, (W - alpha * W.grad).detach())
    torch.testing.assert_close(model.output_vectors, (C - alpha * C.grad).detach())


def test_huge_logits_neither_overflow_nor_give_an_infinite_loss():
    model = random_model()
    model.input_vectors.mul_(1e4)
    (chunk,) = chunks(*random_pairs(), size=40)

    loss = model.train([chunk], 0.1)

    assert torch.isfinite(loss)
    assert torch.isfinite(model.output_vectors).all()


@pytest.mark.parametrize("size", [1, 7, 20, 40, 100])
def test_chunks_hold_every_pair_once_and_each_word_once(size):
    words, center, context = random_pairs()

    cut = list(chunks(words, center, context, size))

    pairs = [
        (chunk.words[row].item(), to.item())
        for chunk in cut
        for row, to in zip(chunk.row, chunk.center, strict=True)
    ]
    expected = zip(context.tolist(), words[context].tolist(), words[center].tolist(), strict=True)
    by_chunk = sorted(((i // size, word, to) for i, word, to in expected), key=lambda t: t[:2])
    assert [(word, to) for _, word, to in by_chunk] == pairs
    for chunk in cut:
        assert (chunk.row.diff() >= 0).all()
        assert len(chunk.words) == len(set(chunk.words.tolist())) <= size
        assert torch.equal(torch.bincount(chunk.row).float(), chunk.pairs[:, 0])


def test_no_pairs_make_no_chunks():
    nothing = torch.zeros(0, dtype=torch.int64)

    assert [] == list(chunks(nothing, nothing, nothing, size=8))
    assert [] == list(chunks(torch.tensor([3]), nothing, nothing, size=8))


def flat_corpus(V: int) -> Corpus:
    vocab = Vocab(range(V), np.ones(V, dtype=np.int64))
    return Corpus("flat", "", vocab, np.zeros(0, np.int32), np.zeros(1, np.int64))


@pytest.mark.parametrize(("V", "tokens"), [(10**4, 32), (10**6, 16), (10**7, 1)])
def test_a_large_vocabulary_makes_chunks_smaller_so_that_logits_fit_in_memory(V, tokens):
    assert tokens == chunk_tokens(flat_corpus(V), CONFIG, 0.025)


def test_a_frequent_word_or_a_high_rate_makes_chunks_smaller_so_that_steps_stay_safe(two_islands):
    share = two_islands.vocab.counts[0] / 6_000

    sizes = [chunk_tokens(two_islands, CONFIG, alpha) for alpha in (0.002, 0.01, 5)]

    assert [int(MAX_CHUNK_STEP / (alpha * share * 4)) for alpha in (0.002, 0.01)] == sizes[:2]
    assert 1 == sizes[2]


def test_it_trains_on_the_pairs_that_other_trainers_see(two_islands):
    config = CONFIG.replace(window=4, sample=0.1)
    sentences = np.array([5, 0, 7])

    words, center, context = full_softmax.Session(two_islands, config, "cpu").pairs(sentences, 2)

    pairs = make_problem(two_islands, config).examples(sentences, 2)
    expected = zip(pairs.centers.tolist(), pairs.contexts.tolist(), strict=True)
    assert sorted(expected) == sorted(
        zip(words[center].tolist(), words[context].tolist(), strict=True)
    )
    assert (context.diff() >= 0).all()


def test_the_loss_falls_from_log_v_to_the_entropy_of_an_island(two_islands, monkeypatch):
    reports = []
    monkeypatch.setattr("sgns_bench.trainers._schedule.REPORT_SECONDS", 0.001)

    train(two_islands, progress=lambda words, loss: reports.append((words, loss)))

    words, losses = zip(*reports, strict=True)
    finite = [loss for loss in losses if not np.isnan(loss)]
    assert 18_000 == words[-1]
    assert finite[0] < np.log(10)
    assert pytest.approx(ISLAND_ENTROPY, abs=0.02) == finite[-1]


def test_an_error_in_one_thread_stops_them_all(monkeypatch):
    model = random_model(threads=2)
    monkeypatch.setattr(model._parts[1], "see", None)

    with pytest.raises(TypeError, match="not callable"):
        model.train(list(chunks(*random_pairs(), size=10)), 0.1)


@pytest.mark.gpu
def test_a_gpu_takes_the_same_step_as_the_cpu():
    on_cpu, on_gpu = random_model(), random_model("cuda")
    (chunk,) = chunks(*random_pairs(), size=40)

    on_cpu.train([chunk], 0.1)
    on_gpu.train([Chunk(*(tensor.cuda() for tensor in chunk))], 0.1)

    torch.testing.assert_close(on_cpu.input_vectors, on_gpu.input_vectors.cpu())
    torch.testing.assert_close(on_cpu.output_vectors, on_gpu.output_vectors.cpu())
