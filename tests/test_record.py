"""Records survive the disk, and processes that die while they write."""

import json
import math
from dataclasses import replace

import pytest

from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import Record, append, latest, read


def record(**changes):
    return Record(
        **{
            "cell": "c1",
            "suite": "s",
            "trainer": "sgns",
            "corpus": "lee",
            "corpus_sha256": "00",
            "corpus_words": 10,
            "vocabulary": 3,
            "config": {"negative": 5},
            "seed": 1,
            "device": "cpu",
            "metric": "accuracy",
            "value": 0.5,
            "coverage": 1.0,
            "low": 0.4,
            "high": 0.6,
            "utc": "2026-01-01T00:00:00.000+00:00",
            "run": {"title": "T"},
            "machine": {"cores": 2},
        }
        | changes
    )


def test_records_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "records.jsonl"
    written = [record(), record(metric="ärger", value=-1.5)]

    append(path, written[:1])
    append(path, written[1:])

    assert written == read(path)


def test_nan_is_null_in_lines_of_strict_json_and_comes_back(tmp_path):
    path = tmp_path / "records.jsonl"

    append(path, [record(value=math.nan), record()])

    lines = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    assert [None, 0.5] == [line["value"] for line in lines]
    assert math.isnan(read(path)[0].value)


def test_a_last_line_cut_short_is_left_out_with_a_warning(tmp_path, caplog):
    path = tmp_path / "records.jsonl"
    append(path, [record(), record(seed=2)])
    path.write_bytes(path.read_bytes()[:-10])

    back = read(path)

    assert [record()] == back
    assert "cut short" in caplog.text


def test_the_next_append_repairs_a_last_line_cut_short(tmp_path, caplog):
    path = tmp_path / "records.jsonl"
    append(path, [record(), record(seed=2)])
    path.write_bytes(path.read_bytes()[:-10])

    append(path, [record(seed=3)])

    assert [record(), record(seed=3)] == read(path)
    assert "" == caplog.text


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("}\n", "}\nnonsense\n", DatasetError, r"records\.jsonl: line 2: is no record"),
        ('"metric"', '"metrik"', DatasetError, "metrik"),
        ('"schema":4', '"schema":1', NotComparable, "line 1: schema 1, this version reads"),
    ],
)
def test_a_file_of_something_else_is_refused(old, new, error, message, tmp_path):
    path = tmp_path / "records.jsonl"
    append(path, [record()])
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(error, match=message):
        read(path)


def test_records_of_schema_2_get_their_kind_and_their_cells_an_end(tmp_path):
    path = tmp_path / "records.jsonl"
    speed = {"dataset": "", "metric": "train_seconds"}
    written = [
        record(dataset="lee"), record(dataset="pmi"), record(dataset="cost"),
        record(**speed, progress=0.5), record(**speed),
        record(cell="c2", dataset="", metric="", status="failed", reason="out of luck"),
    ]  # fmt: skip
    append(path, [replace(each, schema=2) for each in written])

    back = read(path)

    kinds = ["score", "fit", "scaling", "training", "training", "finished", "finished"]
    assert kinds == [each.kind for each in back]
    assert {4} == {each.schema for each in back}
    assert [("c1", "ok"), ("c2", "failed")] == [(each.cell, each.status) for each in back[-2:]]


def test_a_record_of_schema_3_gets_the_names_of_today(tmp_path):
    path = tmp_path / "records.jsonl"
    config = {"negative": 5, "negatives_per_draw": 36}
    append(path, [record(schema=3, max_words=10, config=config)])
    text = path.read_text().replace('"max_words"', '"prefix"')
    path.write_text(text.replace('"negatives_per_draw"', '"sharing"'))

    assert [record(max_words=10, config=config)] == read(path)


def test_only_the_last_attempt_at_a_cell_counts():
    failed = record(status="failed", utc="2026-01-01T00:00:00.000+00:00")
    retried = record(utc="2026-01-02T00:00:00.000+00:00")
    other = record(cell="c2", utc="2026-01-01T00:00:00.000+00:00")

    assert [other, retried] == latest([failed, other, retried])
