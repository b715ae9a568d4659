"""What a cell says, whatever the task that was written for it returns."""

import json
import math

import numpy as np
import pytest

from sgns_bench import measures, record, tasks
from sgns_bench.bench import runner, suite
from sgns_bench.bench.train_and_score import CellResult, CellScore, summary
from sgns_bench.errors import ContractError
from sgns_bench.tasks import Evaluation, Items, Score


@pytest.fixture
def run(suite_file, fakes, tmp_path, monkeypatch):
    """Return a function that runs one cell, scored by a task that returns what it is given."""

    def one(evaluation):
        tiny = suite.load(str(suite_file)).override(
            trainers=["sgns"], settings={"negative": [2]}, seeds=1
        )
        corpora = [tiny.corpora[0].model_copy(update={"score_on": ["wordsim353"]})]
        task = tasks.load("similarity")
        monkeypatch.setattr(task, "evaluate", lambda vectors, path: evaluation)
        runner.run(tiny.model_copy(update={"corpora": corpora}), tmp_path / "out", device="cpu")
        return record.read(tmp_path / "out" / "records.jsonl")

    return one


def score(value, **others):
    return Score(
        **{"metric": "m", "unit": "", "higher_is_better": True, "n": 2, "coverage": 1.0}
        | {"value": value}
        | others
    )


def test_numbers_of_numpy_are_recorded_as_numbers(run, tmp_path):
    scores = [score(np.float32(0.5), n=np.int64(2), coverage=np.float32(1), low=np.float32("nan"))]
    items = [Items("m", [np.float32(0.25), None], [np.bool_(True), None])]

    found = run(Evaluation(scores, items))

    (entry,) = map(json.loads, (tmp_path / "out" / "items.jsonl").read_text().splitlines())
    assert (0.5, 2, 1.0) == (found[0].value, found[0].n, found[0].coverage)
    assert math.isnan(found[0].low)
    assert ([0.25, None], [True, None]) == (entry["items"], entry["correct"])


@pytest.mark.parametrize(
    ("evaluation", "reason"),
    [
        (Evaluation([score("high")], []), "TypeError: must be real number, not str"),
        (Evaluation([score(math.inf)], []), "ValueError: Out of range float values are not"),
        (Evaluation([score(0.5, n={1})], []), "TypeError: {1} cannot be recorded; give numbers"),
        (Evaluation([], []), "tasks/similarity.py: evaluate returned no scores"),
        (0.5, "tasks/similarity.py: evaluate returned something of type float, not Evaluation"),
    ],
)
def test_what_cannot_be_recorded_fails_the_cell_in_one_line(run, evaluation, reason):
    (failed,) = run(evaluation)

    assert "failed" == failed.status
    assert failed.reason.startswith(reason)


def test_a_set_of_unknown_words_is_said_to_be_not_scored():
    speed = CellScore(score(1234567.0, metric="words_per_second"))
    unknown = CellScore(score(math.nan), "sims")

    result = CellResult(scores=[unknown, speed])

    assert " 1,230,000 words/s  twice  sims not scored" == summary(result, "twice")


@pytest.mark.parametrize(
    ("package", "asked"), [(tasks, {"score_on": ["wordsim353"]}), (measures, {"measure": ["pmi"]})]
)
def test_what_a_task_or_measure_lacks_shows_before_any_training(
    package, asked, suite_file, fakes, tmp_path, monkeypatch
):
    def lacks(name):
        raise ContractError("mine.py: has no such thing")

    monkeypatch.setattr(package, "load", lacks)
    tiny = suite.load(str(suite_file))
    asking = tiny.model_copy(update={"corpora": [tiny.corpora[0].model_copy(update=asked)]})

    with pytest.raises(ContractError, match="has no such thing"):
        runner.run(asking, tmp_path / "out", device="cpu")

    assert [] == fakes.sgns.runs
