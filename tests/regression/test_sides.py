"""Gates are found and judged; what must not be set side by side is refused in one clear line."""

import math
from dataclasses import replace

import pytest

from sgns_bench import record
from sgns_bench.errors import NotComparable
from sgns_bench.regression import compare, read_sides


def verdicts(base, new, suite):
    comparisons = compare(*read_sides(base, new), suite)
    return {comparison.gate: comparison.judgement.verdict for comparison in comparisons}


def change_machine(folder, **changes):
    """Let the records of a folder come from another machine."""
    path = folder / "records.jsonl"
    records = record.read(path)
    path.unlink()
    for r in records:
        r.machine.update(changes)
    record.append(path, records)
    return folder


@pytest.mark.parametrize(
    ("metric", "times", "verdict"),
    [
        ("kernel", 0.85, "worse"),
        ("kernel", 1.15, "better"),
        ("kernel", 0.95, "same"),  # within its margin
        ("end_to_end_bytes", 1.2, "worse"),
        ("end_to_end_bytes", 0.8, "better"),
        ("accuracy", 0.95, "worse"),
    ],
)
def test_a_gate_that_moves_is_told_from_others(metric, times, verdict, write, suite):
    found = verdicts(write("base"), write("new", times={metric: times}), suite)

    changed = {gate: v for gate, v in found.items() if gate.endswith(metric)}
    assert [verdict] == list(changed.values())
    assert {"same"} == {v for gate, v in found.items() if gate not in changed}


def test_a_file_does_as_well_as_its_folder(write, suite):
    base, new = write("base"), write("new")

    assert verdicts(base, new, suite) == verdicts(base / "records.jsonl", new, suite)


@pytest.mark.parametrize(
    "changes", [{"schema": 2}, {"config": {"epochs": 1, "negative": 5, "shuffle": True}}]
)
def test_an_older_schema_and_a_setting_that_one_version_does_not_know_are_overlooked(
    changes, write, suite
):
    assert 3 == len(verdicts(write("base"), write("new", **changes), suite))


def test_settings_that_a_run_varies_are_compared_one_by_one(write, suite):
    sides = []
    for name in ("base", "new"):
        folder = write(name)
        more = write(f"{name}-2", cell="d", config={"epochs": 1, "negative": 2})
        record.append(folder / "records.jsonl", record.read(more / "records.jsonl"))
        sides.append(folder)

    assert {"planted-analogies accuracy k = 5", "planted-analogies accuracy k = 2"} <= set(
        verdicts(*sides, suite)
    )


def test_a_seed_is_one_repeat_however_often_it_ran(write, suite):
    base, new = write("base"), write("new", seeds=4)
    again = write("again", seeds=4, cell="d")  # after the suite was edited
    record.append(new / "records.jsonl", record.read(again / "records.jsonl"))

    with pytest.raises(NotComparable, match="4 repeats, need 8"):
        verdicts(base, new, suite)


def test_the_baseline_trainer_has_no_gates(write, suite):
    base, new = write("base"), write("new")
    record.append(
        new / "records.jsonl", record.read(write("g", trainer="gensim_sgns") / "records.jsonl")
    )

    assert 3 == len(verdicts(base, new, suite))


def test_numbers_of_the_training_itself_can_be_gates(write, suite):
    suite = suite.model_copy(update={"gates": {"training": {"peak_bytes": 0.1}}})
    base, new = (write(name, dataset="", metric="peak_bytes") for name in ("base", "new"))

    assert ["training peak_bytes"] == list(verdicts(base, new, suite))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"suite": "smoke"}, r"suite: 'regression' in .*base, 'smoke' in .*new"),
        ({"device": "cuda"}, r"device: 'cpu' in .*base, 'cuda' in .*new"),
        ({"corpus_sha256": "cd" * 32}, r"planted: .*: sha256: 'abababababab' in .*base, 'cdcd"),
        ({"corpus_words": 5}, r"planted: .*: words: 10 in .*base, 5 in .*new"),
        ({"vocabulary": 2}, r"planted: .*: vocabulary: 3 in .*base, 2 in .*new"),
        ({"corpus": "lee"}, "have no cell in common: corpus 'planted' and 'lee'; run"),
        ({"config": {"epochs": 2}}, "have no cell in common: epochs 1 and 2; run both alike"),
        ({"trainer": "full_softmax"}, "have no cell in common"),
    ],
)
def test_runs_of_something_else_are_refused(changes, message, write, suite):
    with pytest.raises(NotComparable, match=message):
        verdicts(write("base"), write("new", **changes), suite)


def test_both_runs_are_to_be_of_the_suite_whose_gates_are_asked_for(write, suite):
    other = suite.model_copy(update={"name": "gates"})

    with pytest.raises(NotComparable, match=r"suite: 'regression' in .*base, not 'gates'"):
        verdicts(write("base"), write("new"), other)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("processor", "Q"), ("cores", 4), ("gpu", "H100"), ("system", "Darwin-1"),
        ("python", "3.12.7"), ("versions", {"gensim": "4.3.3", "numpy": "2.4.0", "torch": "2.13.0"}),
    ],
)  # fmt: skip
def test_speed_on_another_class_of_machine_is_refused(fact, value, write, suite):
    new = change_machine(write("new"), **{fact: value})

    with pytest.raises(NotComparable, match=f"{'gensim' if fact == 'versions' else fact}: "):
        verdicts(write("base"), new, suite)


def test_patch_levels_make_no_other_machine_and_quality_may_come_from_another(write, suite):
    quality = suite.model_copy(update={"gates": {"planted-analogies": {"accuracy": 0.03}}})
    base = write("base")
    patched = change_machine(write("new"), system="Linux-6.2", python="3.11.9")
    other = change_machine(write("other"), cores=4)

    assert 3 == len(verdicts(base, patched, suite))
    assert ["planted-analogies accuracy"] == list(verdicts(base, other, quality))


@pytest.mark.parametrize("left", [7, 9])
def test_repeats_that_failed_are_not_passed_over(left, write, suite):
    new = write("new", seeds=left)
    failed = {"status": "failed", "dataset": "", "metric": "", "reason": "it diverged"}
    lost = write("lost", seeds=1, cell="lost", seed=99, **failed)
    record.append(new / "records.jsonl", record.read(lost / "records.jsonl"))

    with pytest.raises(NotComparable, match=r"new: planted: .*: a cell has failed: it diverged"):
        verdicts(write("base"), new, suite)


def test_a_run_that_failed_altogether_says_why(write, suite):
    new = write("new", status="failed", reason="it diverged")

    with pytest.raises(NotComparable, match="new: no speedups kernel: a cell has failed: it div"):
        verdicts(write("base"), new, suite)


def test_repeats_that_are_no_numbers_are_not_passed_over(write, suite):
    new = write("new", seeds=16)
    path = new / "records.jsonl"
    records = record.read(path)
    path.unlink()
    spoilt = [replace(r, value=math.nan) for r in records if r.seed > 8 and r.metric == "accuracy"]
    record.append(path, records + spoilt)

    with pytest.raises(NotComparable, match="accuracy: 8 of 16 repeats are not finite"):
        verdicts(write("base"), new, suite)


@pytest.mark.parametrize(
    ("gates", "trainer", "message"),
    [
        ({"speedups": {"kernle": 0.1}}, "sgns", r"kernle: it has end_to_end_bytes, kernel; fix"),
        ({}, "sgns", r"has no \[gates\]"),
        (
            {"speedups": {"kernel": 0.1}},
            "gensim_sgns",
            "only the baseline gensim_sgns ran",
        ),
    ],
)
def test_gates_that_nothing_was_measured_for_are_refused(gates, trainer, message, write, suite):
    base, new = (write(name, trainer=trainer) for name in ("base", "new"))

    with pytest.raises(NotComparable, match=message):
        verdicts(base, new, suite.model_copy(update={"gates": gates}))
