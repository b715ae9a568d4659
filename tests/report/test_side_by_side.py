"""Several runs side by side: what is common is compared, what differs is listed."""

from dataclasses import replace

import pytest

from sgns_bench import report
from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import append
from sgns_bench.report import markdown, side_by_side


def changed(records, *, config=None, gain=0.0, **changes):
    return [
        replace(
            record,
            config=record.config | (config or {}),
            value=record.value + (gain if record.metric == "accuracy" else 0),
            **changes,
        )
        for record in records
    ]


def line(text, start):
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return found


def test_the_settings_of_both_are_compared_seed_by_seed_noise(grid):
    better = changed(grid, gain=0.05)

    answers = side_by_side.build({"old": grid, "new": better}).answers

    expected = (
        "On text: analogies accuracy of new against old, 9 common settings: +5.0 points on average;"
        " better at 9, worse at 0 beyond noise."
    )
    assert expected == answers[0]
    assert "words/s of new against old, 9 common settings: 1 (1 to 1) times." in answers[1]


def test_a_difference_that_one_setting_in_many_has_by_chance_is_not_real(grid):
    old = [
        replace(r, value=0.3 + 0.01 * (r.seed - 2)) if r.metric == "accuracy" else r for r in grid
    ]
    new = changed(old, gain=0.03)  # p = 0.02
    one = [r for r in new if (r.config["negative"], r.config["ns_exponent"]) == (5, 0.75)]

    among_nine = side_by_side.build({"old": old, "new": new}).answers[0]
    alone = side_by_side.build({"old": old, "new": one}).answers[0]

    assert "+3.0 points on average; better at 0," in among_nine
    assert "+3.0 points on average; better at 1," in alone


def test_two_equal_runs_differ_in_nothing(grid):
    text = markdown.write(side_by_side.build({"a": grid, "b": grid}))

    assert "+0.0 points on average; better at 0, worse at 0 beyond noise" in text
    assert "**" not in text.split("## On text: analogies accuracy")[1].split("## Conditions")[0]


def test_a_setting_that_differs_throughout_is_a_condition_and_no_obstacle(grid):
    longer = changed(grid, config={"epochs": 20}, gain=0.1)

    text = markdown.write(side_by_side.build({"short": grid, "long": longer}))

    assert "9 common settings" in text
    conditions = text.split("## Conditions")[1]
    assert ["epochs", "5", "20"] == [
        cell.strip() for cell in line(conditions, "| epochs").strip("| ").split("|")
    ]
    assert "- window: 5" in conditions


def test_settings_of_one_run_alone_are_left_out(grid):
    some = [record for record in grid if record.config["negative"] == 5]

    answers = side_by_side.build({"all": grid, "k5": some}).answers

    assert "3 common settings" in answers[0]


def test_runs_on_one_corpus_each_are_compared_though_it_is_another(grid):
    other = changed(grid, corpus="other", corpus_sha256="cd" * 32)

    answers = side_by_side.build({"a": grid, "b": other}).answers

    assert answers[0].startswith("On text or other: analogies accuracy of b against a, 9 common")


def test_the_others_are_compared_with_the_first_even_where_it_has_gaps(grid):
    some = [record for record in grid if record.config["negative"] == 15]

    answers = side_by_side.build({"first": some, "b": grid, "c": grid}).answers

    assert ["b against first, 3", "c against first, 3"] == [
        answer.split("accuracy of ")[1].split(" common")[0] for answer in answers[:2]
    ]


def test_runs_that_have_nothing_in_common_are_not_compared(grid):
    with pytest.raises(NotComparable, match="a and b have no trainer, setting and metric in commo"):
        side_by_side.build({"a": grid, "b": changed(grid, trainer="other")})


def test_a_winner_beyond_the_noise_is_bold(grid):
    scores, *_ = side_by_side.build({"old": grid, "new": changed(grid, gain=0.05)}).sections

    (cells,) = [row for row in scores.parts[-1].rows if row[0] == "sgns, k = 5, power = 0.75"]
    assert ["30.0 ± 0.0", "**35.0 ± 0.0**"] == cells[1:]


def test_runs_are_written_side_by_side(grid, tmp_path):
    folders = [tmp_path / "a" / "run", tmp_path / "b" / "run"]
    for folder in folders:
        folder.mkdir(parents=True)
        append(folder / "records.jsonl", grid)

    answer = report.write_comparison(folders, tmp_path / "both", with_latex=True)

    assert {"report.html", "report.md", "tables.tex"} == {
        path.name for path in (tmp_path / "both").iterdir()
    }
    assert f"{folders[1]} against {folders[0]}" in answer  # two folders of one name


def test_a_folder_without_records_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"none.records\.jsonl: cannot be read"):
        report.write_comparison([tmp_path / "none", tmp_path], tmp_path / "both")
