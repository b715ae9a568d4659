"""Reports claim what the records support, and no more."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from sgns_bench import report
from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import append
from sgns_bench.report import markdown

ACCURACY = {"dataset": "analogies", "metric": "accuracy", "unit": "fraction"}


def rendered(records):
    return markdown.write(report.build(records))


def line(text, start):
    """Return the first line that starts so."""
    return next(line for line in text.splitlines() if line.startswith(start))


def cells(text, start):
    return [cell.strip() for cell in line(text, start).strip("| ").split(" | ")]


def part(text, heading):
    """Return what stands below a heading, up to the next one."""
    return text.split(f"# {heading}\n")[1].split("\n#")[0]


def failed(records, status="failed", reason="RuntimeError: out of luck", **changes):
    """Return records of the same cells that have no numbers."""
    changes = {"kind": "finished", "metric": "", "dataset": ""} | changes
    ends = {r.cell: r for r in records}.values()
    return [replace(r, status=status, reason=reason, value=math.nan, **changes) for r in ends]


def test_the_answer_is_a_table_of_trainers_with_their_speed_and_their_scores(duel):
    answer = part(rendered(duel()), "Answer")

    assert "On text (400,000 words, V = 900); k = 5, power = 0.75; seeds: 3" in answer
    assert ["gensim_sgns", "1,000,000", "1", "0.500"] == cells(answer, "| gensim_sgns")
    ours = ["sgns", "10,000,000", "10", "0.600 (better: +0.098 to +0.102)"]
    assert ours == cells(answer, "| sgns")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ours": 0.4}, "0.400 (worse: -0.10"),
        ({"noise": 0.1}, "0.600 (cannot tell: -0."),
        ({"seeds": 1}, "0.601 (cannot tell: one seed)"),
        (ACCURACY, "60.0 (better: +9.8 to +10.2)"),
    ],
)
def test_a_score_is_better_or_worse_if_it_differs_beyond_the_noise_of_seeds(changes, says, duel):
    assert cells(rendered(duel(**changes)), "| sgns")[-1].startswith(says)


def test_a_ratio_is_taken_within_a_round_and_not_between_medians(duel):
    rates = {"sgns": (8e6, 12e6, 1e6), "gensim_sgns": (1e6, 2e6, 0.5e6)}
    records = [
        replace(r, value=rates[r.trainer][r.seed - 1]) if r.metric == "words_per_second" else r
        for r in duel()
    ]

    assert ["8,000,000", "6 (2 to 8)"] == cells(rendered(records), "| sgns")[1:3]


def test_scores_are_tabulated_by_k_and_power_and_winners_are_bold(duel):
    records = duel(reference=True) + duel(config={"negative": 15})
    records += duel(config={"ns_exponent": 0.0}, noise=0.1)

    scores = part(rendered(records), "wordsim353: spearman")

    assert ["k", "trainer", "power 0", "power 0.75"] == cells(scores, "| k ")
    assert ["5", "sgns", "0.600 ± 0.100", "**0.600 ± 0.001**"] == cells(scores, "| 5   | sgns")
    assert ["15", "gensim_sgns", "-", "0.500 ± 0.001"] == cells(scores, "| 15  | gensim_sgns")
    assert ["-", "full_softmax", *["0.400 ± 0.000"] * 2] == cells(scores, "| -   | full_softmax")
    assert "100 items scored, coverage 12.7%" in scores


def test_a_trainer_without_k_has_one_row_of_speeds(duel):
    speeds = part(rendered(duel(reference=True) + duel(config={"negative": 15})), "Speed")

    rows = [row for row in speeds.splitlines() if row.startswith("| ")][2:]
    assert 5 == len(rows)
    assert ["-", "full_softmax", "3", "200,000 (100,000 to 300,000)"] == cells(rows[-1], "| -")[:4]
    assert ["200"] == cells(speeds, "| 5   | sgns")[-1:]


def test_each_power_and_each_k_is_set_beside_the_best_over_all_others(grid):
    k_and_power = part(rendered(grid), "k and power, one by one")

    assert ["0.75", "best"] == cells(k_and_power, "| 0.75 ")
    assert ["1", "-5.0 points, -5.1 to -4.9"] == cells(k_and_power, "| 1 ")


def test_cells_that_are_not_there_count_for_no_power(grid):
    some = [r for r in grid if (r.config["negative"], r.config["ns_exponent"]) != (15, 1.0)]

    found = cells(part(rendered(some), "k and power, one by one"), "| 1 ")

    assert found[1].startswith("-5.0 points")  # of k = 2 and k = 5, for which all powers are there


def test_any_other_setting_that_varies_is_reported_too(duel):
    text = rendered(duel(config={"vector_size": 300}) + duel())

    assert ["trainer", "vector_size", "words/s"] == cells(text, "| trainer ")[:3]
    assert ["k", "vector_size", "trainer"] == cells(text, "| k ")[:3]


def test_parts_of_a_set_have_a_table_and_so_have_several_metrics(duel):
    multiplied = [
        replace(r, metric="accuracy_3cosmul", value=r.value / 2)
        for r in duel(**ACCURACY)
        if r.dataset and not r.section
    ]

    text = rendered([*duel(), *duel(**ACCURACY), *multiplied])

    by_section = part(text, "wordsim353 by section")
    assert ["capitals", "7", "13%", "0.300 ± 0.001"] == cells(by_section, "| capitals")[:4]
    by_metric = part(text, "analogies by metric")
    assert "60.0 ± 0.1" == cells(by_metric, "| accuracy, %")[3]
    assert "30.0 ± 0.1" == cells(by_metric, "| accuracy_3cosmul, %")[3]
    assert "wordsim353 by metric" not in text


def test_failed_and_skipped_cells_are_listed_with_their_reasons(duel):
    ours = [r for r in duel(reference=True) if r.trainer == "full_softmax"]
    text = rendered([*duel(), *failed(ours, "skipped", "predicted to train for 900 s")])

    row = ["full_softmax", "", "-", "-", "1", "skipped", "predicted to train for 900 s"]
    assert row == cells(part(text, "Not measured"), "| full_softmax")


def test_a_run_in_which_nothing_succeeded_has_a_report(duel):
    text = rendered(failed(duel()))

    assert "Nothing could be measured" in part(text, "Answer")
    assert "RuntimeError: out of luck" in part(text, "Not measured")


@pytest.mark.parametrize("trainer", ["sgns", "full_softmax"])
def test_a_trainer_alone_has_a_report(trainer, duel):
    alone = [r for r in duel(reference=True) if r.trainer == trainer]

    text = rendered(alone)

    assert [trainer, "-"] == cells(part(text, "Answer"), f"| {trainer}")[::2][:2]


def test_the_report_says_where_its_numbers_come_from(duel):
    card = [replace(r, machine=r.machine | {"gpu": "NVIDIA H100"}) for r in duel()]

    text = rendered(card)

    for fact in (
        "ab" * 32, "A chip, 2 cores, 8 GB, NVIDIA H100, Linux", "torch 2", "c" * 12, "2026-01-01T00:00:00",
        "window = 5", "To repeat it:\n\n```\npython -m sgns_bench run --suite tiny\n```",
    ):  # fmt: skip
        assert fact in part(text, "Conditions")


def test_conditions_say_what_a_variant_changes_and_not_what_the_grid_does(half, practice):
    own = [
        replace(r, trainer="pytorch", config={"window": 5}) if r.variant == "a trick" else r
        for r in practice
    ]

    same, changed, trainer = (line(rendered(x), "- variants:") for x in (half, practice, own))

    assert "- variants: an average (same settings, other vectors or measures)" == same
    assert "w (window = 1, 2, 10)" in changed
    assert "a trick (trainer = pytorch); " in trainer


def test_all_commands_of_a_folder_that_has_several_runs_are_given_in_their_order(half):
    run = half[0].run | {"command": "python -m sgns_bench run --suite tiny --trainer late"}
    late = {"trainer": "late", "utc": "2026-01-02T00:00:00.000+00:00", "run": run}
    others = [replace(r, cell=f"late {r.cell}", **late) for r in half if r.trainer == "sgns"]

    both = f"{half[0].run['command']}\n{run['command']}"
    assert f"To repeat it, 2 runs in one folder:\n\n```\n{both}\n```" in rendered([*others, *half])


def test_a_set_of_unknown_words_is_not_scored_and_says_why(duel):
    unknown = [replace(r, value=math.nan, n=0, coverage=0.0) if r.dataset else r for r in duel()]

    text = rendered(unknown)

    assert "not scored" == cells(text, "| sgns")[-1]
    assert "no item has all its words in the vocabulary" in part(text, "wordsim353")


def test_write_makes_a_report_and_a_tidy_table(tmp_path, duel):
    append(tmp_path / "records.jsonl", duel())

    answer = report.write(tmp_path)

    table = pd.read_csv(tmp_path / "results.csv")
    assert len([r for r in duel() if r.kind != "finished"]) == len(table)
    assert {5} == {*table["negative"]}
    assert answer in (tmp_path / "report.md").read_text("utf-8")


def on_planted(records, **config):
    changes = {"corpus": "planted", "corpus_sha256": "cd" * 32, "corpus_words": 780_000}
    run = records[0].run | {"corpus_title": "Text drawn from known vectors"}
    return [
        replace(r, cell=f"planted-{r.cell}", run=run, config=r.config | config, **changes)
        for r in records
    ]


def test_every_corpus_has_an_answer_and_a_part_of_its_own(duel):
    text = rendered(duel() + on_planted(duel(ours=0.8), window=7))

    answers = [line for line in part(text, "Answer").splitlines() if line.startswith("On ")]
    starts = ["On text (400,000 words", "On planted (780,000 words"]
    assert starts == [answer.split(", V")[0] for answer in answers]
    ours, planted = (
        text.split(f"\n## On {name}\n")[1].split("\n## ")[0] for name in ("text", "planted")
    )
    assert ("0.600" in ours, "0.800" in ours, "0.800" in planted) == (True, False, True)
    assert planted.startswith("\nText drawn from known vectors\n")
    settings = line(text, "- settings:")
    assert "on text, window = 5" in settings
    assert "on planted, window = 7" in settings


@pytest.mark.parametrize(
    "changes", [{"corpus_sha256": "cd" * 32}, {"device": "cuda"}, {"suite": "other"}]
)
def test_records_that_cannot_be_compared_are_not_mixed(changes, duel):
    other = [replace(r, cell=f"other {r.cell}", **changes) for r in duel()]

    with pytest.raises(NotComparable, match=r"records of tiny on text .* and of (tiny|other) on"):
        rendered(duel() + other)


def test_no_records_make_no_report():
    with pytest.raises(DatasetError, match="there are no records"):
        rendered([])
