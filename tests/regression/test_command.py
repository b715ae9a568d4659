"""The command line's verdict is its exit code; what keeps it from one is one line."""

import re

import pytest
from typer.testing import CliRunner

from sgns_bench.bench import suite as suites
from sgns_bench.cli.app import app


@pytest.fixture(autouse=True)
def shipped(monkeypatch, suite):
    """Let the suite of the records be found under its name, or any."""
    monkeypatch.setattr(suites, "load", lambda source: suite)


def call(*words):
    return CliRunner().invoke(app, ["compare", *map(str, words)])


def test_unchanged_code_passes(write):
    result = call(write("base"), write("new"))

    assert 0 == result.exit_code, result.output
    assert "0 of 3 gates worse, 0 unclear" == result.stdout.splitlines()[-1]


def test_a_regression_fails_and_is_named_below_a_table_of_the_gates(write):
    result = call(write("base"), write("new", times={"kernel": 0.8}))

    assert 1 == result.exit_code, result.output
    *lines, outcome = result.stdout.splitlines()
    assert "1 of 3 gates worse, 0 unclear: planted speedups kernel" == outcome
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    (kernel,) = (row for row in cells if row[1:2] == ["speedups kernel"])
    assert ["7.0%", "worse"] == kernel[-2:]
    assert [True, True] == [cell.endswith("x") for cell in kernel[2:4]]
    (memory,) = (row for row in cells if row[1:2] == ["speedups end_to_end_bytes"])
    assert [True, True] == [cell.endswith(" MB") for cell in memory[2:4]]


def test_a_setting_that_the_code_changed_is_noted(write):
    result = call(write("base"), write("new", config={"epochs": 1, "negative": 2}))

    note = "note: planted: negative 5 in BASE, 2 in NEW; the suite sets neither"
    assert 0 == result.exit_code, result.output
    assert note in result.stdout.splitlines()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text(""),
        lambda path: path.write_text("no record\n"),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_text(re.sub(r'("value": ?)[^,]+', r'\1"1"', path.read_text())),
    ],
    ids=["removed", "empty", "spoilt", "cut short", "a value that is no number"],
)
@pytest.mark.parametrize("side", ["base", "new"])
def test_damaged_files_are_one_line_and_exit_2(damage, side, write):
    folders = {"base": write("base"), "new": write("new")}
    damage(folders[side] / "records.jsonl")

    result = call(*folders.values())

    assert 2 == result.exit_code
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {folders[side] / 'records.jsonl'}: ")
