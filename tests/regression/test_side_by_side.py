"""Several runs side by side: what is common is compared, what differs is listed."""

from dataclasses import replace

import pytest

from sgns_bench.errors import NotComparable
from sgns_bench.record import Record, append
from sgns_bench.regression import side_by_side
from sgns_bench.report import markdown


@pytest.fixture
def runs():
    """Return a function that makes a run: k x power, three seeds, the score of each given."""

    def run(score=0.3, noise=0.0001, **changes):
        return [
            Record(**{
                "cell": f"{k} {power} {seed}", "suite": "tiny", "trainer": "sgns", "corpus": "text",
                "corpus_sha256": "ab" * 32, "corpus_words": 400_000, "vocabulary": 900,
                "config": {"window": 5, "negative": k, "ns_exponent": power}, "seed": seed,
                "device": "cpu", "utc": "2026-01-01T00:00:00.000+00:00",
                "run": {"command": "python -m sgns_bench run --suite tiny"}, "machine": MACHINE,
                "value": value, "metric": metric, "dataset": dataset, "unit": unit,
            } | changes)
            for seed in (1, 2, 3)
            for k in (2, 5, 15)
            for power in (0.0, 0.75, 1.0)
            for dataset, metric, unit, value in (
                ("analogies", "accuracy", "fraction", score + noise * (seed - 2)),
                ("", "words_per_second", "words/s", 1e7 / k),
            )
        ]  # fmt: skip

    return run


MACHINE = {"processor": "A chip", "cores": 2, "system": "Linux", "python": "3.11", "versions": {}}


def changed(records, **config):
    return [replace(record, config=record.config | config) for record in records]


def only(records, **config):
    return [r for r in records if r.config | config == r.config]


def answer(**runs):
    """Return the rows of the answer: metric, run, settings, difference, better at, worse at."""
    (table,) = side_by_side.build(runs).answer.parts
    return table.rows


def test_the_settings_of_both_are_compared_beyond_seed_noise(runs):
    scores, speed = answer(old=runs(), new=runs(0.35))

    expected = ["On text: analogies accuracy", "new", "9", "+5.0 points", "9", "0"]
    assert expected == scores
    assert [
        "On text: words/s",
        "new",
        "9",
        "same within 10 % (1.00 to 1.00 times)",
        "-",
        "-",
    ] == speed


def test_a_difference_that_one_setting_in_many_has_by_chance_is_not_real(runs):
    old, new = runs(noise=0.01), runs(0.33, noise=0.01)  # p = 0.02

    among_nine, _ = answer(old=old, new=new)
    alone, _ = answer(old=old, new=only(new, negative=5, ns_exponent=0.75))

    assert ["+3.0 points", "0", "0"] == among_nine[3:]
    assert ["+3.0 points", "1", "0"] == alone[3:]


def test_two_equal_runs_differ_in_nothing(runs):
    text = markdown.write(side_by_side.build({"a": runs(), "b": runs()}))

    assert ["+0.0 points", "0", "0"] == answer(a=runs(), b=runs())[0][3:]
    assert "**" not in text.split("## On text: analogies accuracy")[1].split("## Conditions")[0]


def test_a_setting_that_differs_throughout_is_a_condition_and_no_obstacle(runs):
    sides = {"short": runs(), "long": changed(runs(), window=20)}

    conditions = markdown.write(side_by_side.build(sides)).split("## Conditions")[1]

    assert "9" == answer(**sides)[0][2]
    (row,) = [line for line in conditions.splitlines() if line.startswith("| window")]
    assert ["window", "5", "20"] == [cell.strip() for cell in row.strip("| ").split("|")]
    assert "- device: cpu" in conditions


def test_others_are_compared_with_the_first_where_both_have_a_setting(runs):
    found = answer(first=only(runs(), negative=15), b=runs(), c=runs())

    assert [["b", "3"], ["c", "3"]] == [row[1:3] for row in found[:2]]


def test_runs_on_one_corpus_each_are_compared_though_it_is_another(runs):
    found = answer(a=runs(), b=runs(corpus="other", corpus_sha256="cd" * 32))

    assert ["On text or other: analogies accuracy", "b", "9"] == found[0][:3]


def test_each_score_has_the_verdict_against_the_first_run(runs):
    scores, *_ = side_by_side.build({"old": runs(), "new": runs(0.35)}).sections

    (cells,) = [row for row in scores.parts[-1].rows if row[0] == "k = 5, power = 0.75"]
    assert "30.0 ± 0.0" == cells[1]
    assert cells[2].startswith("35.0 ± 0.0\n**better** (")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trainer": "other"}, "a and b have no trainer, setting and metric in common"),
        ({"device": "cuda", "seed": 4}, "b: has records of tiny on text"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(changes, message, runs):
    mixed = [*(runs() if "device" in changes else []), *runs(**changes)]

    with pytest.raises(NotComparable, match=message):
        side_by_side.build({"a": runs(), "b": mixed})


def test_runs_are_written_side_by_side(runs, tmp_path):
    folders = [tmp_path / "a" / "run", tmp_path / "b" / "run"]
    for folder in folders:
        folder.mkdir(parents=True)
        append(folder / "records.jsonl", runs())

    found = side_by_side.write(folders, tmp_path / "both", with_latex=True)

    written = {path.name for path in (tmp_path / "both").iterdir()}
    assert {"report.html", "report.md", "tables.tex"} == written
    assert f"difference to {folders[0]}" in found  # two folders of one name
