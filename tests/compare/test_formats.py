"""The same outcome for people, for CI and for charts."""

import json
from xml.etree import ElementTree as ET

import pytest

from sgns_bench.compare import compare, formats, read_sides
from sgns_bench.errors import ConfigError


@pytest.fixture
def comparisons(write, suite):
    """Return three gates, of which the speed of the kernel got worse."""
    return compare(*read_sides(write("base"), write("new", times={"kernel": 0.8})), suite)


def test_the_table_has_a_line_for_each_gate(comparisons):
    table = formats.table(comparisons)

    assert len(comparisons) == table.row_count
    assert list(formats.COLUMNS) == [column.header for column in table.columns]


def test_the_outcome_names_what_got_worse(comparisons):
    assert "1 of 3 gates worse, 0 unclear: planted speedups kernel" == formats.outcome(comparisons)


def test_the_outcome_of_nothing_worse_names_nothing(comparisons):
    assert "0 of 2 gates worse, 0 unclear" == formats.outcome(comparisons[1:])


def test_markdown_has_both_numbers_the_interval_and_the_verdict(comparisons):
    lines = formats.markdown(comparisons).splitlines()

    assert "### 1 of 3 gates worse, 0 unclear: planted speedups kernel" == lines[0]
    cells = next(line for line in lines if "kernel |" in line).strip("| ").split(" | ")
    judgement = comparisons[0].judgement
    assert ["planted", "speedups kernel", f"{judgement.base:.4g}x"] == cells[:3]
    assert [f"{judgement.new:.4g}x", f"{judgement.change:+.1%}"] == cells[3:5]
    assert f"{judgement.low:+.1%} to {judgement.high:+.1%}" == cells[5]
    assert ["< 0.001", "7.0%", "worse"] == cells[6:]
    assert {len(formats.COLUMNS) + 1} == {line.count("|") for line in lines[2:]}


def test_bytes_are_shown_as_megabytes(comparisons):
    assert " MB | " in formats.markdown(comparisons)


def test_junit_has_a_test_for_each_gate_that_fails_if_it_got_worse(comparisons):
    suite = ET.fromstring(formats.to_junit(comparisons))

    assert ("3", "1") == (suite.get("tests"), suite.get("failures"))
    cases = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    failed = {name for name, failure in cases.items() if failure is not None}
    assert {"speedups kernel"} == failed
    assert "verdict: worse" in cases["speedups kernel"].get("message")


@pytest.mark.parametrize(
    ("higher_is_better", "names"),
    [
        (True, ["planted: speedups kernel", "planted: planted-analogies accuracy"]),
        (False, ["planted: speedups end_to_end_bytes"]),
    ],
)
def test_json_is_what_github_action_benchmark_takes(higher_is_better, names, comparisons):
    entries = json.loads(formats.benchmark_json(comparisons, higher_is_better=higher_is_better))

    assert names == [entry["name"] for entry in entries]
    for entry in entries:
        assert {"name", "unit", "value", "extra"} == set(entry)
        assert isinstance(entry["value"], float)


def test_files_are_written_and_a_summary_is_appended_to(comparisons, tmp_path):
    junit, summary, benchmark = (tmp_path / name for name in ("j.xml", "s.md", "b.json"))
    summary.write_text("before\n")

    formats.write(comparisons, junit=junit, summary=summary, benchmark=benchmark)

    assert formats.to_junit(comparisons) == junit.read_text()
    assert f"before\n{formats.markdown(comparisons)}" == summary.read_text()
    sizes = [len(json.loads((tmp_path / f).read_text())) for f in ("b.json", "b-smaller.json")]
    assert [2, 1] == sizes


def test_a_file_that_cannot_be_written_is_named(comparisons, tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        formats.write(comparisons, junit=tmp_path / "nowhere" / "j.xml")
