import numpy as np
import pytest

from sgns_bench.word2vec.encoded import encode
from sgns_bench.word2vec.jobs import Shuffled, Streamed

KNOWN = {number: number for number in range(1000)}
SENTENCES = [[n, n + 1, n + 2] for n in range(0, 900, 3)] + [["unknown"]] * 100


def no_decay(examples, raw_words):
    return 0.025


def text_of(jobs, job):
    """Return the sentences of a job, sorted."""
    offsets = jobs.offsets
    return sorted(jobs.tokens[offsets[s] : offsets[s + 1]].tolist() for s in job.sentences)


@pytest.fixture(params=["shuffled", "streamed"])
def jobs(request):
    if request.param == "shuffled":
        return Shuffled(encode(SENTENCES, KNOWN), job_tokens=50, seed=1)
    return Streamed(SENTENCES, KNOWN, job_tokens=50, in_flight=4)


def test_an_epoch_is_every_known_sentence_once(jobs):
    found = [sentence for job in jobs.epoch(0, no_decay) for sentence in text_of(jobs, job)]

    assert SENTENCES[:300] == sorted(found)


def test_an_epoch_stands_for_all_that_the_user_gave(jobs):
    epoch = list(jobs.epoch(0, no_decay))

    assert pytest.approx(400) == sum(job.examples for job in epoch)
    assert pytest.approx(1000) == sum(job.raw_words for job in epoch)


def test_alpha_is_asked_for_what_came_before(jobs):
    asked = []

    def alpha(examples, raw_words):
        asked.append((examples, raw_words))
        return raw_words

    epoch = list(jobs.epoch(0, alpha))

    before = np.cumsum([0, *(job.raw_words for job in epoch[:-1])])
    np.testing.assert_allclose(before, [job.alpha for job in epoch], atol=1e-9)
    assert (0, 0) == asked[0]
    assert 400 > asked[-1][0] > 250


def test_no_two_trainings_of_the_same_tokens_draw_alike(jobs):
    """The key of a draw is the number of the job and the place of the token."""
    places = [
        (job.number, int(jobs.offsets[sentence]))
        for epoch in range(3)
        for job in jobs.epoch(epoch, no_decay)
        for sentence in job.sentences
    ]

    assert 3 * 300 == len(set(places)) == len(places)


def test_streamed_tokens_stay_while_later_jobs_are_asked_for():
    jobs = Streamed(SENTENCES, KNOWN, job_tokens=50, in_flight=4)
    epoch = jobs.epoch(0, no_decay)
    early = next(epoch)
    before = text_of(jobs, early)

    for _ in range(4):
        next(epoch)

    assert before == text_of(jobs, early)
