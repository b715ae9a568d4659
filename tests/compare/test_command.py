"""The command line's verdict is its exit code; what keeps it from one is one line."""

import json
from xml.etree import ElementTree as ET

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


def test_a_regression_fails_and_is_named(write):
    result = call(write("base"), write("new", times={"kernel": 0.85}))

    assert 1 == result.exit_code, result.output
    assert (
        "1 of 3 gates worse, 0 unclear: planted speedups kernel" == result.stdout.splitlines()[-1]
    )


def test_a_setting_that_the_code_changed_is_noted(write, tmp_path):
    summary = tmp_path / "summary.md"
    folders = write("base"), write("new", config={"epochs": 1, "negative": 2})

    result = call(*folders, "--summary", summary)

    note = "note: planted: negative 5 in BASE, 2 in NEW; the suite sets neither"
    assert 0 == result.exit_code, result.output
    assert note == result.stdout.splitlines()[-2]
    assert note == summary.read_text().splitlines()[-1]


def test_the_table_fits_a_log(write):
    result = call(write("base"), write("new"))

    (line,) = (line for line in result.stdout.splitlines() if "end_to_end_bytes" in line)
    assert line.count("MB") == 2
    assert "same" in line


def test_files_are_written_whatever_the_verdict(write, tmp_path):
    junit, summary, benchmark = (tmp_path / name for name in ("j.xml", "s.md", "b.json"))

    call(
        write("base"), write("new", times={"kernel": 0.85}),
        "--junit", junit, "--summary", summary, "--json", benchmark,
    )  # fmt: skip

    assert "1" == ET.parse(junit).getroot().get("failures")
    assert summary.read_text().startswith("### 1 of 3 gates worse")
    assert 2 == len(json.loads(benchmark.read_text()))


def empty(folder):
    (folder / "records.jsonl").write_text("")


def truncate(folder):
    path = folder / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-9])


def spoil(folder):
    (folder / "records.jsonl").write_text("no record\n")


def put(key, value):
    def put(folder):
        path = folder / "records.jsonl"
        entries = [json.loads(line) | {key: value} for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    return put


def remove(folder):
    (folder / "records.jsonl").unlink()


@pytest.mark.parametrize("damage", [empty, truncate, spoil, remove, put("value", "1")])
@pytest.mark.parametrize("side", ["base", "new"])
def test_damaged_files_are_one_line_and_exit_2(damage, side, write):
    folders = {"base": write("base"), "new": write("new")}
    damage(folders[side])

    result = call(*folders.values())

    assert 2 == result.exit_code
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {folders[side] / 'records.jsonl'}: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 99}, {"schema": 1}, {"corpus": "lee"}, {"corpus_sha256": "cd"}, {"machine": {}},
    ],
)  # fmt: skip
def test_runs_of_something_else_are_one_line_and_exit_2(changes, write):
    result = call(write("base"), write("new", **changes))

    assert 2 == result.exit_code
    assert 1 == len(result.stderr.splitlines())
