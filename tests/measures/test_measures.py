"""Measures are found by the names of their files."""

import pytest

from sgns_bench import measures
from sgns_bench.errors import UnknownName


def test_every_file_is_a_measure():
    assert {"cost", "pmi"} <= set(measures.names())
    assert all(callable(measures.load(name).measure) for name in measures.names())


def test_an_unknown_measure_is_answered_by_the_nearest():
    with pytest.raises(UnknownName, match="no measure named 'pmj'; did you mean 'pmi'"):
        measures.load("pmj")
