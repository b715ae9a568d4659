"""Our trainer: the same jobs whatever the workers, and no error lost in a thread."""

import threading
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.kernels import Loss, _block_size
from sgns_bench.trainers import Snapshots, sgns
from sgns_bench.trainers._schedule import Job, job_tokens, jobs, run_jobs


@pytest.fixture(scope="module")
def corpus():
    """30,000 tokens in 300 sentences: three jobs an epoch."""
    random = np.random.RandomState(0)
    zipf = 1 / np.arange(1, 201)
    sentences = random.choice(200, size=(300, 100), p=zipf / zipf.sum()).astype(str).tolist()
    return corpus_from_sentences(sentences, min_count=1)


def config(**settings):
    return SkipGramConfig(**{"vector_size": 16, "epochs": 2, "workers": 1} | settings)


def silent(words, loss):
    pass


def train(corpus, settings, progress=silent, snapshots=None):
    return sgns.prepare(corpus, settings, "cpu", progress, snapshots)()


def test_every_sentence_is_trained_once_per_epoch_in_another_order(corpus):
    epochs = [[], []]

    for job in jobs(corpus, config()):
        epochs[job.epoch].extend(job.sentences)

    assert [sorted(epoch) for epoch in epochs] == [list(range(300))] * 2
    assert epochs[0] != epochs[1]


def test_alpha_falls_linearly_from_alpha_towards_min_alpha_with_the_words_trained(corpus):
    all_jobs = list(jobs(corpus, config(alpha=0.05, min_alpha=0.01)))

    done = np.cumsum([0, *(job.raw_words for job in all_jobs)])
    assert 2 * len(corpus.tokens) == done[-1]
    expected = 0.05 - 0.04 * done[:-1] / done[-1]
    assert expected.tolist() == pytest.approx([job.alpha for job in all_jobs])


def test_memory_mapped_read_only_tokens_are_trained_alike(corpus, tmp_path):
    np.save(tmp_path / "tokens.npy", corpus.tokens)
    mapped = np.load(tmp_path / "tokens.npy", mmap_mode="r")
    expected = train(corpus, config())

    actual = train(type(corpus)("mapped", "", corpus.vocab, mapped, corpus.offsets), config())

    assert (expected.input_vectors == actual.input_vectors).all()


@pytest.mark.parametrize(
    ("worthwhile", "epochs", "expected"),
    [(10_000, 500, 10_000), (2**20, 1, 10_000), (2**20, 500, 150_000), (100_000, 500, 100_000)],
)
def test_large_jobs_are_cut_so_that_alpha_falls_in_many_steps(corpus, worthwhile, epochs, expected):
    assert expected == job_tokens(worthwhile, epochs * len(corpus.tokens))


def test_jobs_are_as_long_as_asked(corpus):
    assert [15_000, 15_000] == [job.raw_words for job in jobs(corpus, config(epochs=1), 15_000)]


def test_as_many_negatives_are_drawn_as_pairs_share_one(corpus):
    problem = sgns.make_problem(corpus, config(alpha=0.001, negative=10, negatives_per_draw=24))

    assert (36, 90) == (problem.block_size, problem.pool_size)  # 36 * 6 pairs * 10 / 24


def test_a_small_block_draws_no_fewer_words_than_share_few_pairs_well():
    assert 90 == _block_size.pool_size(3240, negatives_per_draw=36, min_pool=30)
    assert 30 == _block_size.pool_size(
        240, negatives_per_draw=36, min_pool=30
    )  # 240 / 36 would be 7
    assert 12 == _block_size.pool_size(
        12, negatives_per_draw=36, min_pool=30
    )  # never more than one for each


def test_frequent_words_a_large_alpha_and_many_negatives_make_blocks_smaller(corpus):
    blocks = [
        sgns.make_problem(corpus, config(alpha=alpha, negative=k)).block_size
        for alpha, k in [(0.001, 5), (0.01, 5), (0.05, 5), (0.05, 20), (10.0, 20)]
    ]

    assert [36, 35, 7, 1, 1] == blocks


def test_twenty_negatives_of_the_counts_themselves_do_not_diverge(corpus):
    """In blocks of 36 centers these settings end in NaN."""
    settings = config(alpha=0.1, negative=20, ns_exponent=1.0, epochs=10)

    vectors = train(corpus, settings).input_vectors

    assert np.linalg.norm(vectors, axis=1).max() < 20


@pytest.mark.parametrize("workers", [1, 2])
def test_a_curve_keeps_the_vectors_at_equal_parts_of_the_training(corpus, workers):
    snapshots = Snapshots(2 * len(corpus.tokens), parts=4)

    trained = train(corpus, config(workers=workers), snapshots=snapshots)

    assert [0.25, 0.5, 0.75] == [point.progress for point in snapshots.points]
    assert all(0 < point.loss < 6 * np.log(2) + 1e-6 for point in snapshots.points)
    assert 0 < snapshots.loss < snapshots.points[0].loss
    matrices = [point.input_vectors for point in snapshots.points] + [trained.input_vectors]
    steps = [np.abs(b - a).max() for a, b in pairwise(matrices)]
    assert all(step > 0 for step in steps)


def test_a_curve_changes_nothing_of_what_one_worker_trains(corpus):
    snapshots = Snapshots(2 * len(corpus.tokens), parts=3)

    watched, alone = train(corpus, config(), snapshots=snapshots), train(corpus, config())

    assert (watched.input_vectors == alone.input_vectors).all()


def test_the_first_point_of_a_curve_is_what_its_share_of_the_jobs_trains(corpus):
    half = config(epochs=1, min_alpha=0.025)  # one rate, so that a shorter training begins alike
    snapshots = Snapshots(2 * len(corpus.tokens), parts=2)

    train(corpus, half.replace(epochs=2), snapshots=snapshots)

    assert (snapshots.points[0].input_vectors == train(corpus, half).input_vectors).all()


def test_without_shuffling_sentences_stay_in_the_order_of_the_corpus(corpus):
    epochs = [[], []]

    for job in jobs(corpus, config(shuffle=False)):
        epochs[job.epoch].extend(job.sentences)

    assert [list(range(300))] * 2 == epochs


def test_an_interrupt_while_reporting_stops_the_threads():
    before = threading.active_count()
    endless = (Job(np.arange(1), epoch, 0.1, 1) for epoch in range(10**9))

    def interrupt(words, loss):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_jobs(endless, SimpleNamespace(train=lambda *_: Loss(0.0, 0)), 2, interrupt)

    assert before == threading.active_count()
