"""Threads for jobs."""

import threading
from itertools import count

import pytest

from sgns_bench.host.threads import AHEAD, in_threads


def test_results_come_in_the_order_of_the_jobs():
    begun = threading.Barrier(2)

    def work(job):
        begun.wait(10)  # both threads are at work
        return job

    assert list(range(8)) == list(in_threads(range(8), work, 2))


def test_no_more_jobs_are_asked_for_than_are_ahead():
    asked = count()
    jobs = (next(asked) for _ in range(100))

    next(in_threads(jobs, lambda job: job, 3))

    assert 3 * AHEAD == next(asked)


def test_an_error_in_a_thread_reaches_the_caller_and_ends_the_others():
    started = []

    def fail(job):
        started.append(job)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_threads(count(), fail, 2))

    assert len(started) <= 2 * AHEAD


def test_an_error_in_the_jobs_reaches_the_caller_and_ends_the_threads():
    before = threading.active_count()

    def jobs():
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_threads(jobs(), lambda job: job, 2))

    assert before == threading.active_count()


def test_closing_ends_the_threads():
    before = threading.active_count()
    results = in_threads(count(), lambda job: job, 2)
    next(results)

    results.close()

    assert before == threading.active_count()
