"""Gates are found and judged; what must not be set side by side is refused in one clear line."""

import math
from dataclasses import replace

import pytest

from sgns_bench import record
from sgns_bench.compare import compare, read_sides
from sgns_bench.errors import DatasetError, NotComparable


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


def test_every_gate_is_judged(write, suite):
    found = verdicts(write("base"), write("new"), suite)

    assert {
        "speedups kernel": "same",
        "speedups end_to_end_bytes": "same",
        "planted-analogies accuracy": "same",
    } == found


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


def test_speed_cannot_be_bought_with_accuracy(write, suite):
    found = verdicts(write("base"), write("new", times={"kernel": 1.5, "accuracy": 0.9}), suite)

    assert "better" == found["speedups kernel"]
    assert "worse" == found["planted-analogies accuracy"]


def test_a_file_does_as_well_as_its_folder(write, suite):
    base, new = write("base"), write("new")

    assert verdicts(base, new, suite) == verdicts(base / "records.jsonl", new, suite)


def test_records_of_the_schema_before_are_compared_with_those_of_today(write, suite):
    assert 3 == len(verdicts(write("base", schema=2), write("new"), suite))


def test_a_setting_that_one_version_does_not_know_is_overlooked(write, suite):
    new = write("new", config={"epochs": 1, "negative": 5, "shuffle": True})

    assert 3 == len(verdicts(write("base"), new, suite))


def test_a_default_that_changed_is_judged_and_noted(write, suite):
    sides = read_sides(write("base"), write("new", config={"epochs": 1, "negative": 2}))

    assert {"negative 5 in BASE, 2 in NEW"} == {c.note for c in compare(*sides, suite)}


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


def test_an_empty_file_is_refused(write, suite):
    new = write("new")
    (new / "records.jsonl").write_text("")

    with pytest.raises(NotComparable, match=r"records.jsonl: is empty"):
        verdicts(write("base"), new, suite)


def test_a_missing_file_is_refused(write, suite, tmp_path):
    with pytest.raises(DatasetError, match="cannot be read"):
        verdicts(write("base"), tmp_path / "nowhere", suite)


def test_a_truncated_last_line_is_refused_once(write, suite, caplog):
    new = write("new")
    path = new / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(NotComparable, match="the last line is cut short"):
        verdicts(write("base"), new, suite)
    assert not caplog.records  # a warning besides would say it twice


def test_a_schema_that_cannot_be_read_is_refused(write, suite):
    with pytest.raises(NotComparable, match="schema 99, this version reads"):
        verdicts(write("base"), write("new", schema=99), suite)


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


def test_patch_levels_make_no_other_machine(write, suite):
    new = change_machine(write("new"), system="Linux-6.2", python="3.11.9")

    assert 3 == len(verdicts(write("base"), new, suite))


def test_quality_alone_may_come_from_another_machine(write, suite):
    quality = {"planted-analogies": {"accuracy": 0.03}}
    suite = suite.model_copy(update={"gates": quality})
    new = change_machine(write("new"), cores=4)

    assert ["planted-analogies accuracy"] == list(verdicts(write("base"), new, suite))


def test_six_repeats_are_refused(write, suite):
    with pytest.raises(NotComparable, match=r"new: planted: .*: 6 repeats, need 8; run with more"):
        verdicts(write("base"), write("new", seeds=6), suite)


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

    with pytest.raises(NotComparable, match="accuracy: 8 of 16 repeats are no numbers"):
        verdicts(write("base"), new, suite)


def test_a_gate_that_nothing_was_measured_for_is_refused(write, suite):
    suite = suite.model_copy(update={"gates": {"speedups": {"kernle": 0.1}}})

    with pytest.raises(
        NotComparable, match=r"kernle: it has end_to_end_bytes, kernel; mend \[gates\]"
    ):
        verdicts(write("base"), write("new"), suite)


def test_a_run_of_the_baseline_alone_is_refused(write, suite):
    base, new = (write(name, trainer="gensim_sgns") for name in ("base", "new"))

    with pytest.raises(NotComparable, match="every trainer but the baseline, gensim_sgns"):
        verdicts(base, new, suite)


def test_a_suite_without_gates_is_refused(write, suite):
    suite = suite.model_copy(update={"gates": {}})

    with pytest.raises(NotComparable, match=r"has no \[gates\]"):
        verdicts(write("base"), write("new"), suite)
