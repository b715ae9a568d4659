"""Reports claim what the records support, and no more."""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest

from sgns_bench import report
from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import append
from sgns_bench.report import markdown
from sgns_bench.report.figures import heatmap
from sgns_bench.report.results import Results

ACCURACY = {"dataset": "analogies", "metric": "accuracy", "unit": "fraction"}


def rendered(records):
    return markdown.write(report.build(records))


def line(text, start):
    """Return the first line that starts so."""
    return next(line for line in text.splitlines() if line.startswith(start))


def row(text, *first):
    """Return the cells of the first row of a table that begins so."""
    rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines())
    return next(found for found in rows if found[: len(first)] == [*first])


def part(text, heading):
    """Return what stands below a heading, up to the next one."""
    return text.split(f"# {heading}\n")[1].split("\n#")[0]


def failed(records, status="failed", reason="RuntimeError: out of luck", **changes):
    """Return records of the same cells that have no numbers."""
    changes = {"kind": "finished", "metric": "", "dataset": ""} | changes
    ends = {r.cell: r for r in records}.values()
    return [replace(r, status=status, reason=reason, value=math.nan, **changes) for r in ends]


def answer(records, first="trainer"):
    """Return the rows of the answer's table that begins with such a column, by their first cell."""
    tables = [
        t for t in report.build(records).answer.parts if getattr(t, "header", [""])[0] == first
    ]
    return {row[0]: row[1:] for row in tables[0].rows}


def folded(records, title):
    """Return the tables of a folded section, by their first column's name."""
    sections = (part for section in report.build(records).sections for part in section.parts)
    (found,) = [s for s in sections if getattr(s, "folded", False) and s.title == title]
    return {table.header[0]: table for table in found.parts}


def test_the_answer_is_a_table_of_trainers_with_their_speed_and_their_scores(duel):
    text = part(rendered(duel()), "Answer")

    assert "On text (400,000 words, V = 900), k = 5, power = 0.75, 3 seeds: compared with" in text
    assert ["1,000,000", "0.500"] == answer(duel())["gensim_sgns"]
    speed, score = answer(duel())["sgns"]
    assert "10,000,000\n**10 times faster**" == speed
    assert "0.600\n**better** (+0.098 to +0.102)" == score


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ours": 0.4}, "*worse* (-0.10"),
        ({"noise": 0.1}, "3 seeds cannot tell (-0."),
        ({"ours": 0.51}, "same within 0.02 (+0.008 to +0.012)"),
        ({"seeds": 1}, "1 seed cannot tell"),
        ({"ours": 0.505} | ACCURACY, "same within 1 point (+0.3 to +0.7)"),
        ({"unit": "x"}, "**better** ("),
    ],
)
def test_a_verdict_needs_an_interval_beside_zero_or_within_the_margin(changes, says, duel):
    assert answer(duel(**changes))["sgns"][-1].split("\n")[1].startswith(says)


@pytest.mark.parametrize(
    ("ratios", "says"),
    [
        ([8, 6, 2], "**6 times faster** (2 to 8)"),
        ([0.04, 0.02, 0.05], "*25 times slower* (20 to 50)"),
        ([0.99, 1.05, 1.0], "same within 10 % (0.99 to 1.05 times)"),
        ([0.5, 1.5, 1.2], "cannot tell (0.5 to 1.5 times)"),
        ([1.01, 1.05, 2.1], "cannot tell (1.01 to 2.1 times)"),
    ],
)
def test_a_ratio_of_speed_is_taken_within_a_round_and_said_alike_everywhere(ratios, says, duel):
    base = (1e6, 3e6, 2e6)
    records = duel()
    for i, r in enumerate(records):
        if r.metric == "words_per_second":
            times = ratios[r.seed - 1] if r.trainer == "sgns" else 1
            records[i] = replace(r, value=base[r.seed - 1] * times)
    records += duel(config={"ns_exponent": 1.0})  # another power is no noise

    assert answer(records)["sgns"][0].endswith(f"\n{says}")
    assert says in row(part(rendered(records), "Speed at every setting"), "5", "0.75", "sgns")


def test_variants_are_compared_with_the_default_and_what_matters_comes_first(practice):
    rows = answer(practice, "change")

    assert ["default", "no decay", "a trick", "no shuffling"] == [*rows]
    assert rows["no decay"][1].startswith("20.0\n*worse* (-10.")
    assert rows["no shuffling"] == [
        "1,000,000\nsame training",
        "30.0\nsame within 1 point (-0.5 to +0.3)",
    ]
    assert rows["no decay"][0].endswith("same within 10 % (1.00 to 1.00 times)")


def test_each_power_and_each_k_is_compared_with_the_best_over_all_others(grid):
    powers, ks = answer(grid, "power"), answer(grid, "k")

    assert powers["power = 0.75"][1].endswith("\n**best**")
    assert powers["power = 1"][1].endswith("\n*worse* (-5.1 to -4.9)")
    assert ["power = 0.75", "power = 0", "power = 1"] == [*powers]  # what nothing beats comes first
    assert ["5,000,000", "2,000,000"] == [ks["k = 2"][0], ks["k = 5"][0]]


def test_cells_that_are_not_there_count_for_no_power(grid):
    some = [r for r in grid if (r.config["negative"], r.config["ns_exponent"]) != (15, 1.0)]

    assert (
        "(-5.1 to -4.8)" in answer(some, "power")["power = 1"][1]
    )  # of k = 2 and k = 5, which have all


def test_the_summary_for_a_terminal_has_a_line_for_each_number(duel):
    title, *lines = report.summary(duel(config={"vector_size": 300}) + duel())[:5]

    assert title.startswith("On text (400,000 words")
    name, what, speed, says = re.split(r"  +", lines[2])
    assert ("sgns, vector_size = 100", "words/s") == (name, what)
    assert ("10,000,000", "10 times faster") == (speed, says)
    assert ["", "wordsim353 spearman", "0.600", "better (+0.098 to +0.102)"] == re.split(
        "  +", lines[3]
    )
    assert lines[3].index("0.600") + len("0.600") == lines[2].index(speed) + len(speed)


def test_a_trainer_without_k_has_one_row_of_speeds(duel):
    text = rendered(duel(reference=True) + duel(config={"negative": 15}))
    speeds = part(text, "Speed at every setting")

    found = row(speeds, "-", "-", "full_softmax")
    assert ["200,000 (100,000 to 300,000)", "*5 times slower*"] == found[3:5]
    assert 1 == speeds.count("full_softmax")
    assert "200" == row(speeds, "5", "0.75", "sgns")[-1]


def test_any_other_setting_that_varies_is_reported_too(duel):
    text = rendered(duel(config={"vector_size": 300}) + duel())

    assert ["trainer", "vector_size", "words/s"] == row(text, "trainer")[:3]
    assert ["k", "power", "vector_size", "trainer"] == row(text, "k")[:4]


def test_each_value_of_any_other_setting_is_compared_with_the_default_one(duel):
    records = duel(ours=0.4, noise=0.002, config={"window": 2}) + duel(config={"window": 5})

    text = part(rendered(records), "Answer")

    assert "each window compared with window = 5" in text
    table = text.split("each window compared with window = 5")[1]
    assert row(table, "sgns", "2")[3].startswith("0.400; *worse* (-0.2")
    assert row(table, "sgns", "5")[3] == "0.600"
    assert row(table, "gensim_sgns", "2")[3].startswith("0.500; same within 0.02 (")


def test_the_answer_says_how_many_items_are_known(duel):
    text = part(rendered(duel()), "Answer")

    assert re.search(r"Items whose words are all known: wordsim353 \d+ \(13%\)", text)


def test_sections_metrics_and_coverage_are_folded(duel):
    multiplied = [
        replace(r, metric="accuracy_3cosmul", value=r.value / 2)
        for r in duel(**ACCURACY)
        if r.dataset and not r.section
    ]

    records = [*duel(), *duel(**ACCURACY), *multiplied]

    tables = folded(records, "Metrics, sections and coverage")
    assert ["capitals", "7", "13%", "0.300 ± 0.001"] == tables["wordsim353"].rows[1][:4]
    found = {row[0]: row[3] for row in tables["analogies"].rows}
    assert "60.0 ± 0.1" == found["accuracy, %"]
    assert "30.0 ± 0.1" == found["accuracy_3cosmul, %"]
    assert "capitals" not in rendered(records)


def test_heat_maps_of_other_trainers_are_folded_and_share_the_colours(grid):
    theirs = [replace(r, trainer="gensim_sgns", cell=f"gensim {r.cell}") for r in grid]
    lower = [replace(r, value=r.value / 2) if r.metric == "accuracy" else r for r in theirs]

    spans = [figure.draw.keywords["span"] for figure in heatmap.figures(Results([*grid, *lower]))]

    scores, rates = spans[:2]
    assert spans == [scores, rates, scores, rates]
    assert scores[0] < 0.1 < 0.29 < scores[1]
    text = rendered([*grid, *lower])
    assert "of sgns, by k and power" in text
    assert "of gensim_sgns, by k and power" not in text


def test_failed_and_skipped_cells_are_listed_with_their_reasons(duel):
    ours = [r for r in duel(reference=True) if r.trainer == "full_softmax"]
    text = rendered([*duel(), *failed(ours, "skipped", "predicted to train for 900 s")])

    expected = ["full_softmax", "", "-", "-", "1", "skipped", "predicted to train for 900 s"]
    assert expected == row(part(text, "Not measured"), "full_softmax")


def test_a_run_in_which_nothing_succeeded_has_a_report(duel):
    text = rendered(failed(duel()))

    assert "Nothing could be measured" in part(text, "Answer")
    assert "RuntimeError: out of luck" in part(text, "Not measured")


@pytest.mark.parametrize("trainer", ["sgns", "full_softmax"])
def test_a_trainer_alone_has_a_report(trainer, duel):
    alone = [r for r in duel(reference=True) if r.trainer == trainer]

    text = rendered(alone)

    assert row(part(text, "Answer"), trainer)


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


def test_a_set_of_unknown_words_is_not_scored_and_has_no_coverage(duel):
    unknown = [replace(r, value=math.nan, n=0, coverage=0.0) if r.dataset else r for r in duel()]

    text = rendered(unknown)

    assert "not scored" == row(text, "sgns")[-1]
    first, *_ = folded(unknown, "Metrics, sections and coverage")["wordsim353"].rows
    assert ["spearman", "0", "0%", "-", "-"] == first


def test_write_makes_a_report_and_a_tidy_table(tmp_path, duel):
    append(tmp_path / "records.jsonl", duel())

    summary = report.write(tmp_path)

    table = pd.read_csv(tmp_path / "results.csv")
    assert len([r for r in duel() if r.kind != "finished"]) == len(table)
    assert {5} == {*table["negative"]}
    assert summary.splitlines() == report.summary(duel())
    assert (tmp_path / "report.md").is_file()


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
    ours, planted = part(text, "Answer").split("On planted")
    assert ("0.600" in ours, "0.800" in ours, "0.800" in planted) == (True, False, True)
    assert "\n## On planted\n\nText drawn from known vectors\n" in text
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
