"""A training that would take too long is ended early, and only then."""

import pytest

from sgns_bench.bench import time_limit
from sgns_bench.bench.time_limit import TimeLimit, TooSlowError


@pytest.mark.parametrize(
    ("reports", "forecast"),
    [
        ([(4, 100), (6, 500)], None),  # seconds, words of 1,000
        ([(4, 10), (6, 100)], 60),  # not judged by the first seconds
        ([(6, 500), (20, 510)], None),  # judged once
        ([(100, 1000)], None),  # done
        ([(6, 0)], None),
    ],
)
def test_a_training_is_ended_where_its_words_would_take_longer_than_the_limit(
    reports, forecast, monkeypatch
):
    now = [0.0]
    monkeypatch.setattr(time_limit, "perf_counter", lambda: now[0])
    shown, ended = [], None
    limited = TimeLimit(lambda *report: shown.append(report), words=1000, seconds=30)

    for now[0], words in reports:
        try:
            limited(words, 1.0)
        except TooSlowError as error:
            ended = error.seconds

    assert forecast == ended
    assert [(words, 1.0) for _, words in reports] == shown
