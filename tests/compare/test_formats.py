"""The outcome of a comparison, as people and logs read it."""

import pytest

from sgns_bench.compare import compare, formats, read_sides


@pytest.fixture
def comparisons(write, suite):
    """Return three gates, of which the speed of the kernel got worse."""
    return compare(*read_sides(write("base"), write("new", times={"kernel": 0.8})), suite)


def test_the_outcome_names_what_got_worse(comparisons):
    assert "1 of 3 gates worse, 0 unclear: planted speedups kernel" == formats.outcome(comparisons)
    assert "0 of 2 gates worse, 0 unclear" == formats.outcome(comparisons[1:])


def test_a_row_has_both_numbers_the_interval_and_the_verdict(comparisons):
    lines = formats.report(comparisons).splitlines()

    (row,) = (line for line in lines if "kernel  " in line)
    judgement = comparisons[0].judgement
    assert [
        "planted", "speedups kernel", f"{judgement.base:.4g}x", f"{judgement.new:.4g}x",
        f"{judgement.change:+.1%}", f"{judgement.low:+.1%} to {judgement.high:+.1%}",
        "< 0.001", "7.0%", "worse",
    ] == [cell.strip() for cell in row.strip("| ").split(" | ")]  # fmt: skip
    assert formats.outcome(comparisons) == lines[-1]


def test_bytes_are_shown_as_megabytes(comparisons):
    assert " MB | " in formats.report(comparisons)
