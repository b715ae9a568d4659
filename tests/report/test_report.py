"""Reports claim what the records support, and no more."""

import math
import random
from dataclasses import replace

import pandas as pd
import pytest

from sgns_bench import report
from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import Record, append
from sgns_bench.report import markdown

CORPORA = ("lee", "planted")
NOISE = {"low": (0.001, -0.001, 0.0), "high": (0.1, -0.1, 0.0)}
SHARED = {
    "suite": "tiny",
    "corpus": "lee",
    "corpus_sha256": "ab" * 32,
    "corpus_words": 46084,
    "vocabulary": 1762,
    "device": "cpu",
    "run": {
        "title": "Tiny",
        "question": "Is it faster?",
        "baseline": "gensim_sgns",
        "command": "python -m sgns_bench run --suite tiny",
    },
    "machine": {
        "processor": "A chip", "cores": 2, "memory_bytes": 8e9, "system": "Linux",
        "python": "3.11", "versions": {"torch": "2"}, "commit": "c" * 40, "dirty": False,
    },
}  # fmt: skip


def cell(trainer, seed, *, k=5, power=0.75, score=0.5, rate=1e6, dataset="wordsim353", **changes):
    config = {"window": 5} if k is None else {"window": 5, "negative": k, "ns_exponent": power}
    shared = SHARED | {
        "cell": f"{trainer}-{k}-{power}-{seed}",
        "trainer": trainer,
        "seed": seed,
        "config": config,
        "utc": f"2026-01-0{seed}T00:00:00.000+00:00",
    }
    if changes:
        return [Record(**shared | changes)]
    unit = {"wordsim353": "correlation", "google-analogies": "fraction"}[dataset]
    metric = {"wordsim353": "spearman", "google-analogies": "accuracy"}[dataset]
    quality = {"dataset": dataset, "metric": metric, "unit": unit, "n": 45, "coverage": 0.127}
    return [
        Record(**shared, **quality | {"n": 7}, value=score / 2, section="capitals"),
        Record(**shared, **quality, value=score),
        Record(**shared, metric="words_per_second", value=rate, unit="words/s"),
        Record(**shared, metric="prepare_seconds", value=0.5, unit="s"),
        Record(**shared, metric="peak_bytes", value=2e8, unit="bytes"),
        Record(**shared, metric="train_seconds", value=0.046, unit="s"),
    ]


def grid(ours=0.6, theirs=0.5, noise=NOISE["low"], seeds=3, reference=True, **changes):
    """Records of two trainers and perhaps a reference, for some seeds."""
    found = []
    for seed in range(1, seeds + 1):
        e = noise[seed - 1]
        found += cell("sgns", seed, score=ours + e, rate=5e6 * seed, **changes)
        found += cell("gensim_sgns", seed, score=theirs - e, rate=5e5 * seed, **changes)
        if reference:
            found += cell("full_softmax", seed, k=None, score=0.4, rate=1e5 * seed, **changes)
    return found


def rendered(records):
    return markdown.write(report.build(records))


def line(text, start):
    """Return the only line that starts so."""
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return found


def headings(text):
    return [line.strip("# ") for line in text.splitlines() if line.startswith("#")]


def test_the_question_is_answered_in_one_line():
    answer = line(rendered(grid()), "**Answer.**")

    assert "On lee (46,084 words, V = 1,762), sgns (k = 5, power = 0.75)" in answer
    assert "10,000,000 words/s, 10 (10 to 10) times gensim_sgns" in answer
    assert "wordsim353 spearman 0.600 against 0.500 (better, +0.09" in answer
    assert answer.endswith("(3 seeds)")


def test_a_worse_score_is_called_worse():
    answer = line(rendered(grid(ours=0.4)), "**Answer.**")

    assert "0.400 against 0.500 (worse, -0.10" in answer


def test_a_difference_within_the_noise_of_seeds_is_no_difference():
    text = rendered(grid(noise=NOISE["high"]))

    assert "0.600 against 0.500 (no difference beyond seed noise, -0." in text
    assert "**0.6" not in text


def test_one_seed_supports_no_claim():
    text = rendered(grid(seeds=1))

    assert "0.601 against 0.499 (noise unknown: one seed)" in text
    assert "**0.6" not in text


def test_fractions_are_reported_in_per_cent_and_points():
    answer = line(rendered(grid(dataset="google-analogies")), "**Answer.**")

    assert "google-analogies accuracy 60.0 % against 50.0 % (better, +9.8 to +10.2" in answer
    assert "points" in answer


def test_a_ratio_is_taken_within_a_round_and_not_between_medians():
    rates = {1: (8e6, 1e6), 2: (12e6, 2e6), 3: (1e6, 0.5e6)}
    records = [
        record
        for seed, (ours, theirs) in rates.items()
        for name, rate in (("sgns", ours), ("gensim_sgns", theirs))
        for record in cell(name, seed, rate=rate)
    ]

    answer = line(rendered(records), "**Answer.**")

    assert "8,000,000 words/s, 6 (2 to 8) times gensim_sgns" in answer


def test_scores_are_tabulated_by_k_and_power():
    records = grid(reference=False) + grid(k=15, reference=False)
    records += grid(power=0.0, reference=False)

    text = rendered(records)

    table = text.split("## wordsim353: spearman\n")[1].split("##")[0]
    assert "| k   | trainer     |           power 0 |        power 0.75 |" in table
    assert "| 5   | sgns        | **0.600 ± 0.001** | **0.600 ± 0.001** |" in table
    assert "| 15  | gensim_sgns |                 - |     0.500 ± 0.001 |" in table


def test_a_trainer_without_k_and_power_is_a_line_of_reference():
    text = rendered(grid() + grid(power=0.0, reference=False))

    assert "For reference, full_softmax, which has no power: 0.400 ± 0.000." in text
    assert line(text, "| -   | full_softmax |")


def test_a_trainer_without_k_has_one_row_of_speeds_beside_the_usual_k():
    text = rendered(grid() + grid(k=15, reference=False))

    speeds = text.split("## Speed")[1].split("##")[0].splitlines()
    trainers = [row.split("|")[2].strip() for row in speeds if row.startswith("| ")][2:]
    pair = ["sgns", "gensim_sgns"]
    assert [*pair, "full_softmax", *pair] == trainers


def test_any_other_setting_that_varies_is_reported_too():
    records = [
        Record(**{f: getattr(r, f) for f in r.__slots__} | {
            "cell": f"{r.cell}-{size}", "config": r.config | {"vector_size": size},
        })
        for size in (100, 300)
        for r in grid()
    ]  # fmt: skip

    text = rendered(records)

    assert "| k   | vector_size | trainer" in text
    assert "sgns (vector_size = 300, k = 5, power = 0.75) trains" in text


def test_sections_have_a_table():
    text = rendered(grid())

    cells = [cell.strip() for cell in line(text, "| capitals | ").strip("| ").split("|")]
    assert ["capitals", "7", "13%", "0.300", "0.250", "0.200"] == cells


def test_a_set_with_several_metrics_has_a_table_of_them():
    multiplied = [
        replace(r, metric="accuracy_3cosmul", value=r.value / 2)
        for r in grid(dataset="google-analogies")
        if r.dataset and not r.section
    ]

    text = rendered([*grid(), *grid(dataset="google-analogies"), *multiplied])

    table = text.split("### google-analogies by metric")[1].splitlines()
    rows = [[cell.strip() for cell in row.strip("|").split("|")[:2]] for row in table]
    assert ["accuracy, %", "60.0 ± 0.1"] in rows
    assert ["accuracy_3cosmul, %", "30.0 ± 0.1"] in rows
    assert "wordsim353 by metric" not in text


def test_coverage_is_that_of_the_whole_set():
    coverage = rendered(grid()).split("## Coverage")[1]

    assert line(coverage, "| wordsim353     | spearman |           45 |    12.7% |")


def test_failed_and_skipped_cells_are_listed_with_their_reasons():
    reason = {"status": "skipped", "value": 900.0, "reason": "predicted to train for 900 s"}
    skipped = [r for seed in (1, 2) for r in cell("full_softmax", seed, k=None, **reason)]
    failed = cell("sgns", 3, status="failed", reason="RuntimeError: out of luck")

    text = rendered(cell("sgns", 1) + cell("gensim_sgns", 1) + skipped + failed)

    missing = text.split("## Not measured")[1]
    assert line(missing, "| full_softmax | -   | -     | 1, 2  | skipped | predicted to train for")
    assert line(
        missing, "| sgns         | 5   | 0.75  | 3     | failed  | RuntimeError: out of luck"
    )


def test_a_run_in_which_nothing_succeeded_has_a_report():
    text = rendered(cell("sgns", 1, status="failed", reason="RuntimeError: out of luck"))

    assert "Nothing could be measured" in line(text, "**Answer.**")
    assert "RuntimeError: out of luck" in text


def test_a_reference_trainer_alone_has_a_report():
    text = rendered(cell("full_softmax", 1, k=None, score=0.4))

    assert "For reference, full_softmax, which has no power: 0.400" in text
    assert "| full_softmax |" in text


def test_a_run_without_the_baseline_says_so():
    answer = line(rendered(cell("sgns", 1)), "**Answer.**")

    assert "(gensim_sgns was not measured beside it)" in answer


def test_the_report_says_where_its_numbers_come_from():
    text = rendered(grid())

    for fact in ("ab" * 32, "A chip, 2 cores, 8 GB", "torch 2", "c" * 12, "2026-01-01T00:00:00"):
        assert fact in text
    assert "python -m sgns_bench run --suite tiny" in text


def test_conditions_say_what_a_variant_changes_and_not_what_the_grid_does(half, practice):
    same, changed = (line(rendered(x), "- variants:") for x in (half, practice))

    assert "- variants: an average (same settings, other vectors or measures)" == same
    assert "w (window = 1, 2, 10)" in changed


def test_conditions_say_that_a_variant_has_a_trainer_of_its_own(practice):
    changes = {"trainer": "pytorch", "config": {"window": 5}}
    own = [replace(r, **changes) if r.variant == "a trick" else r for r in practice]

    assert "a trick (trainer = pytorch); " in line(rendered(own), "- variants:")


def test_a_set_of_unknown_words_is_not_scored_and_says_why():
    unknown = [replace(r, value=math.nan, n=0, coverage=0.0) if r.dataset else r for r in grid()]

    text = rendered(unknown)

    reason = "not scored: no item has all its words in the vocabulary"
    assert f"; wordsim353 {reason}" in line(text, "**Answer.**")
    assert reason.capitalize() in text.split("### wordsim353\n")[1].split("###")[0]
    assert "spearman -" not in text


def test_all_commands_of_a_folder_that_has_several_runs_are_given_in_their_order(half):
    run = half[0].run | {"command": "python -m sgns_bench run --suite tiny --trainer late"}
    late = {"trainer": "late", "utc": "2026-01-02T00:00:00.000+00:00", "run": run}
    others = [replace(r, cell=f"late {r.cell}", **late) for r in half if r.trainer == "sgns"]

    one, two = rendered(half), rendered([*others, *half])

    assert "To repeat it:\n\n```\npython -m sgns_bench run --suite tiny\n```" in one
    both = "python -m sgns_bench run --suite tiny\npython -m sgns_bench run --suite tiny --trainer late"
    assert f"To repeat it, 2 runs in one folder:\n\n```\n{both}\n```" in two


def test_a_card_is_named_beside_the_processor():
    machine = SHARED["machine"] | {"gpu": "NVIDIA H100"}

    text = rendered([replace(record, machine=machine) for record in grid()])

    assert "A chip, 2 cores, 8 GB, NVIDIA H100, Linux" in text


def test_the_same_records_give_the_same_report():
    records = grid() + grid(power=0.0, reference=False)
    random.seed(3)

    assert rendered(records) == rendered(list(records))


def test_write_makes_a_report_and_a_tidy_table(tmp_path):
    append(tmp_path / "records.jsonl", grid())

    answer = report.write(tmp_path)

    table = pd.read_csv(tmp_path / "results.csv")
    assert len(grid()) == len(table)
    assert [5, 5] == table["negative"].dropna().unique().tolist() * 2
    assert f"**Answer.** {answer.splitlines()[0]}" in (tmp_path / "report.md").read_text("utf-8")


def on_planted(records):
    changes = {"corpus": "planted", "corpus_sha256": "cd" * 32, "corpus_words": 780_000}
    run = SHARED["run"] | {"corpus_title": "Text drawn from known vectors"}
    return [replace(r, cell=f"planted-{r.cell}", run=run, **changes) for r in records]


def test_two_corpora_are_answered_one_after_the_other_before_any_table():
    text = rendered(grid() + on_planted(grid(ours=0.8)))

    answers = [line for line in text.split("\n## ")[0].splitlines() if "On " in line]
    assert 4 == len(answers)
    assert "On lee (46,084 words" in answers[0]
    assert "spearman 0.600 against 0.500" in answers[0]
    assert "On planted (780,000 words" in answers[2]
    assert "spearman 0.800 against 0.500" in answers[2]


def test_every_corpus_has_a_part_of_its_own():
    text = rendered(grid() + on_planted(grid(ours=0.8)))

    lee, planted = (text.split(f"## On {name}\n")[1].split("\n## ")[0] for name in CORPORA)
    assert "0.600" in lee
    assert "0.800" not in lee
    assert planted.startswith("\nText drawn from known vectors\n")
    assert "0.800" in planted
    for part in (lee, planted):
        assert {"wordsim353: spearman", "Speed", "Coverage"} < set(headings(part))


def test_settings_are_given_for_each_corpus_where_they_differ():
    other = on_planted(grid())
    longer = [replace(r, config=r.config | {"window": 7}) for r in other]

    same = line(rendered(grid() + other), "- settings:")
    different = line(rendered(grid() + longer), "- settings:")

    assert 1 == same.count("window")
    assert "on lee, window = 5" in different
    assert "on planted, window = 7" in different


@pytest.mark.parametrize(
    "changes", [{"corpus_sha256": "cd" * 32}, {"device": "cuda"}, {"suite": "other"}]
)
def test_records_that_cannot_be_compared_are_not_mixed(changes):
    other = cell("sgns", 2, status="failed", reason="", **changes)

    with pytest.raises(
        NotComparable, match=r"records of tiny on lee .* and of (tiny|other) on lee"
    ):
        rendered(cell("sgns", 1) + other)


def test_no_records_make_no_report():
    with pytest.raises(DatasetError, match="there are no records"):
        rendered([])
