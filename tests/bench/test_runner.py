"""The runner: every number is on disk at once, and no failure costs more than its cell."""

import json
import re
from collections import Counter
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from sgns_bench import measures, record
from sgns_bench.bench import runner, suite, time_limit, train_and_score
from sgns_bench.bench.suite import Limit, Variant
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ConfigError, DatasetError, NotComparable
from sgns_bench.kernels import cpu
from sgns_bench.tasks import Evaluation, Score

CELLS = 2 * (2 + 2 + 1)  # seeds x (k for two trainers, full softmax once)
SPEED = {"words_per_second", "prepare_seconds", "peak_bytes", "train_seconds"}


@pytest.fixture
def tiny(suite_file, fakes):
    return suite.load(str(suite_file))


def records(out):
    return record.read(out / "records.jsonl")


def trained(fakes):
    return sum(len(trainer.runs) for trainer in vars(fakes).values())


def test_every_cell_is_trained_and_timed(tiny, tmp_path, fakes):
    summary = runner.run(tiny, tmp_path / "out", device="cpu")

    found = records(tmp_path / "out")
    assert runner.Summary(cells=CELLS, resumed=0, trained=CELLS, skipped=0, failed=0) == summary
    assert CELLS == len({r.cell for r in found})
    assert SPEED == {r.metric for r in found if r.kind == "training"}
    assert {"training", "finished"} == {r.kind for r in found}


def test_every_cell_is_scored_on_every_set_by_the_methods_that_the_corpus_names(
    tiny, tmp_path, fakes
):
    asked = {"score_on": ["wordsim353", "google-analogies"], "methods": ["lrcos", "3cosmul"]}
    corpora = [tiny.corpora[0].model_copy(update=asked)]
    scored = tiny.override(seeds=1).model_copy(update={"corpora": corpora})

    runner.run(scored, tmp_path / "out", device="cpu")

    heads = Counter(r.metric for r in records(tmp_path / "out") if r.dataset and not r.section)
    assert dict.fromkeys(["spearman", "accuracy_lrcos", "accuracy_3cosmul"], CELLS // 2) == {
        metric: n for metric, n in heads.items() if metric != "pearson"
    }


def test_words_per_second_counts_raw_words_of_all_epochs(tiny, tmp_path, fakes):
    runner.run(tiny.override(settings={"epochs": [3]}), tmp_path / "out", device="cpu")

    by_metric = {r.metric: r for r in records(tmp_path / "out") if r.trainer == "sgns"}
    rate, seconds = by_metric["words_per_second"], by_metric["train_seconds"]
    assert 3 * 100 == rate.n
    assert rate.value == pytest.approx(300 / seconds.value)


def test_a_trainer_without_epochs_reads_the_words_once(tiny, tmp_path, fakes):
    fakes.full_softmax.IGNORES |= {"epochs"}

    runner.run(tiny, tmp_path / "out", device="cpu")

    rates = [r for r in records(tmp_path / "out") if r.metric == "words_per_second"]
    assert {100} == {r.n for r in rates if r.trainer == "full_softmax"}


def test_a_second_call_trains_nothing(tiny, tmp_path, fakes):
    runner.run(tiny, tmp_path / "out", device="cpu")
    before = (tmp_path / "out" / "records.jsonl").read_bytes()

    summary = runner.run(tiny, tmp_path / "out", device="cpu")

    assert CELLS == summary.resumed == trained(fakes)
    assert before == (tmp_path / "out" / "records.jsonl").read_bytes()


def test_cells_that_the_suite_no_longer_plans_are_spoken_of_before_training(tiny, tmp_path, fakes):
    runner.run(tiny, tmp_path / "out", device="cpu")
    screen = StringIO()

    edited = tiny.override(settings={"epochs": [3]})
    runner.run(edited, tmp_path / "out", device="cpu", console=Console(file=screen))

    note, *_ = screen.getvalue().splitlines()
    assert note.startswith(
        f"note: {tmp_path / 'out'} has {CELLS} cells that this run does not plan"
    )
    assert "--fresh" in note


def test_an_interruption_loses_the_cell_in_flight_and_no_other(tiny, tmp_path, fakes):
    fakes.sgns.fail(KeyboardInterrupt(), after=2)  # its third cell is the seventh of all

    with pytest.raises(KeyboardInterrupt):
        runner.run(tiny, tmp_path / "out", device="cpu")

    assert 6 == len({r.cell for r in records(tmp_path / "out")}) == trained(fakes)
    fakes.sgns.error = None
    assert 6 == runner.run(tiny, tmp_path / "out", device="cpu").resumed


def test_a_cell_of_which_only_some_lines_were_written_is_trained_again(tiny, tmp_path, fakes):
    runner.run(tiny, tmp_path / "out", device="cpu")
    path = tmp_path / "out" / "records.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    summary = runner.run(tiny, tmp_path / "out", device="cpu")

    assert 1 == summary.trained


def test_a_failing_trainer_costs_only_its_own_cells(tiny, tmp_path, fakes):
    fakes.gensim_sgns.fail(RuntimeError("out of\nluck"))

    summary = runner.run(tiny, tmp_path / "out", device="cpu")

    failed = [r for r in records(tmp_path / "out") if r.status == "failed"]
    assert (4, CELLS - 4) == (summary.failed, summary.trained)
    assert {"gensim_sgns"} == {r.trainer for r in failed}
    assert {"RuntimeError: out of luck"} == {r.reason for r in failed}
    assert "Traceback" in (tmp_path / "out" / "failures.log").read_text()


def test_failed_cells_are_tried_again_and_replaced(tiny, tmp_path, fakes):
    fakes.gensim_sgns.fail(RuntimeError("out of luck"))
    runner.run(tiny, tmp_path / "out", device="cpu")
    fakes.gensim_sgns.error = None

    summary = runner.run(tiny, tmp_path / "out", device="cpu")

    assert (4, 0) == (summary.trained, summary.failed)
    assert {"ok"} == {r.status for r in record.latest(records(tmp_path / "out"))}


def test_vectors_that_are_not_finite_fail_the_cell(tiny, tmp_path, fakes, monkeypatch):
    def diverged(corpus, config, device, progress):
        vectors = np.full((len(corpus.vocab), 2), np.nan, dtype=np.float32)
        return lambda: Embeddings(corpus.vocab, vectors, vectors)

    monkeypatch.setattr(fakes.sgns, "prepare", diverged, raising=False)

    runner.run(tiny.override(trainers=["sgns"], seeds=1), tmp_path / "out", device="cpu")

    assert "the training diverged; lower alpha" in records(tmp_path / "out")[0].reason


@pytest.fixture
def slow(fakes, monkeypatch):
    """Let full softmax take 100 seconds for a tenth of its words."""
    now, prepare = [0.0], fakes.full_softmax.prepare
    monkeypatch.setattr(time_limit, "perf_counter", lambda: now[0])

    def prepare_slow(corpus, config, device, progress):
        def train():
            now[0] += 100.0
            progress(config.epochs * len(corpus.tokens) // 10, 1.0)
            return prepare(corpus, config, device, progress)()

        return train

    monkeypatch.setattr(fakes.full_softmax, "prepare", prepare_slow, raising=False)


def test_a_cell_beyond_the_limit_is_skipped_with_its_forecast_until_the_limit_allows_it(
    tiny, tmp_path, slow
):
    limited = tiny.model_copy(update={"limit": Limit(seconds=60)})

    summary = runner.run(limited, tmp_path / "out", device="cpu")

    skipped = [r for r in records(tmp_path / "out") if r.status == "skipped"]
    assert 2 == summary.skipped == len(skipped)
    assert ("full_softmax", 1000.0, "s") == (
        skipped[0].trainer, skipped[0].value, skipped[0].unit,
    )  # fmt: skip
    assert "predicted to train for 1,000 s, the limit is 60 s" == skipped[0].reason

    same = runner.run(limited, tmp_path / "out", device="cpu")
    raised = runner.run(tiny, tmp_path / "out", device="cpu")

    assert (0, 0) == (same.skipped, same.trained)
    assert 2 == raised.trained


def test_fresh_starts_anew_and_loses_nothing(tiny, tmp_path, fakes):
    runner.run(tiny, tmp_path / "out", device="cpu")

    summary = runner.run(tiny, tmp_path / "out", device="cpu", fresh=True)

    assert CELLS == summary.trained
    assert 2 == len(list((tmp_path / "out").glob("records*.jsonl")))


def test_records_of_another_corpus_are_not_added_to(tiny, tmp_path, fakes, corpus_file):
    runner.run(tiny, tmp_path / "out", device="cpu")
    corpus_file.write_text(corpus_file.read_text() * 2)

    with pytest.raises(NotComparable, match="has records of tiny on tiny"):
        runner.run(tiny, tmp_path / "out", device="cpu")

    assert CELLS == trained(fakes)


@pytest.fixture
def double(tiny, corpus_file):
    """Return the tiny suite over two texts."""
    other = corpus_file.with_name("other.txt")
    other.write_text(corpus_file.read_text() * 2)
    corpora = [*tiny.corpora, tiny.corpora[0].model_copy(update={"name": str(other)})]
    return tiny.model_copy(update={"corpora": corpora})


def test_a_run_over_two_corpora_goes_on_where_it_stopped(double, tmp_path, fakes):
    runner.run(double.override(corpus=double.corpora[0].name), tmp_path / "out", device="cpu")

    both = runner.run(double, tmp_path / "out", device="cpu")
    second = runner.run(
        double.override(corpus=double.corpora[1].name), tmp_path / "out", device="cpu"
    )

    assert (CELLS, CELLS) == (both.resumed, both.trained)
    assert (CELLS, 0) == (second.resumed, second.trained)
    sizes = {r.corpus: r.corpus_words for r in records(tmp_path / "out")}
    assert [("tiny.txt", 100), ("other.txt", 200)] == list(sizes.items())


def test_progress_names_the_corpus_where_there_are_several(double, tmp_path, fakes):
    shown = StringIO()

    runner.run(double, tmp_path / "out", device="cpu", console=Console(file=shown))

    starts = [line.split()[1:3] for line in shown.getvalue().replace("[ ", "[").splitlines()]
    assert ["tiny.txt", "sgns"] in starts
    assert ["other.txt", "sgns"] in starts


def test_each_cell_is_an_aligned_line_with_its_number_and_its_speed_times_the_baselines(
    tiny, tmp_path, fakes
):
    shown = StringIO()
    runner.run(tiny.override(seeds=1), tmp_path / "out", device="cpu")

    runner.run(tiny, tmp_path / "out", device="cpu", console=Console(file=shown))

    lines = shown.getvalue().splitlines()
    assert [f"[{number:>2}/10]" for number in range(6, 11)] == [line[:7] for line in lines]
    assert 1 == len({line.index(" words/s  ") for line in lines})
    assert all(re.search(r" [\d.]+ times (slower than )?gensim_sgns$", line) for line in lines)
    assert lines[0].split()[2:5] == ["gensim_sgns", "k=2", "seed=2"]
    assert lines[0].endswith("     1 times gensim_sgns")


def test_a_run_that_is_refused_leaves_no_folder(tiny, tmp_path, fakes):
    with pytest.raises(DatasetError):
        runner.run(tiny.override(settings={"min_count": [99]}), tmp_path / "new" / "out")

    assert not (tmp_path / "new").exists()


def test_two_runs_do_not_write_to_one_folder(tiny, tmp_path, fakes):
    refused = []

    def run_another():
        with pytest.raises(
            ConfigError, match=r"--out .*out: another run writes there; wait"
        ) as caught:
            runner.run(tiny, tmp_path / "out", device="cpu")
        refused.append(caught)

    fakes.sgns.runs = Watched(run_another)
    runner.run(tiny, tmp_path / "out", device="cpu")

    assert refused
    assert runner.run(tiny, tmp_path / "out", device="cpu").resumed == CELLS


class Watched(list):
    """A list that calls a function at each append."""

    def __init__(self, call):
        super().__init__()
        self.call = call

    def append(self, config):
        super().append(config)
        self.call()


def test_a_cell_that_trains_long_goes_on_where_it_was_interrupted(
    suite_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(train_and_score, "CHECKPOINT_SECONDS", 1e-9)
    one = suite.load(str(suite_file)).override(
        trainers=["sgns"], seeds=1, settings={"negative": [2], "epochs": [50]}
    )
    whole = runner.run(one, tmp_path / "whole", device="cpu")
    calls = iter(range(1, 100))

    def interrupt(session, *job):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return train(session, *job)

    train = cpu.Session.train
    with monkeypatch.context() as patch:
        patch.setattr(cpu.Session, "train", interrupt)
        with pytest.raises(KeyboardInterrupt):
            runner.run(one, tmp_path / "out", device="cpu")
    (checkpoint,) = (tmp_path / "out" / "checkpoints").iterdir()

    resumed = runner.run(one, tmp_path / "out", device="cpu")

    assert (whole.trained, resumed.trained) == (1, 1)
    assert not checkpoint.parent.exists()


def test_one_text_under_two_names_is_refused_before_any_training(
    double, corpus_file, tmp_path, fakes
):
    corpus_file.with_name("other.txt").write_text(corpus_file.read_text())

    with pytest.raises(ConfigError, match=r"tiny\.txt, .*other\.txt: hold the same text"):
        runner.run(double, tmp_path / "out", device="cpu")

    assert 0 == trained(fakes)


def test_two_files_of_one_name_are_refused_before_any_training(double, tmp_path, fakes):
    namesake = tmp_path / "elsewhere" / "tiny.txt"
    namesake.parent.mkdir()
    namesake.write_text("tiger cat\n" * 10)
    corpora = [double.corpora[0], double.corpora[1].model_copy(update={"name": str(namesake)})]

    with pytest.raises(
        ConfigError, match=r"tiny on tiny\.txt .*: two texts of one name; rename one"
    ):
        runner.run(double.model_copy(update={"corpora": corpora}), tmp_path / "out", device="cpu")

    assert 0 == trained(fakes)


def test_every_trainer_gets_the_very_same_tokens(tiny, tmp_path, fakes, monkeypatch):
    seen = []
    for trainer in vars(fakes).values():
        prepare = trainer.prepare

        def spy(corpus, *rest, prepare=prepare):
            seen.append(corpus)
            return prepare(corpus, *rest)

        monkeypatch.setattr(trainer, "prepare", spy, raising=False)

    runner.run(tiny, tmp_path / "out", device="cpu")

    assert CELLS == len(seen)
    assert 1 == len(set(map(id, seen)))


def test_a_folder_that_cannot_be_written_is_refused_before_any_training(tiny, tmp_path, fakes):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be written"):
        runner.run(tiny, tmp_path / "file" / "out", device="cpu")

    assert 0 == trained(fakes)


def test_a_corpus_that_fails_for_one_min_count_is_refused_before_any_training(
    tiny, tmp_path, fakes
):
    with pytest.raises(DatasetError):
        runner.run(tiny.override(settings={"min_count": [1, 99]}), tmp_path / "out", device="cpu")

    assert 0 == trained(fakes)


def scored(tiny, **changes):
    """One seed and trainer, scored on one set."""
    corpora = [tiny.corpora[0].model_copy(update={"score_on": ["wordsim353"]})]
    one = tiny.override(trainers=["sgns"], seeds=1, settings={"negative": [2]})
    return one.model_copy(update={"corpora": corpora} | changes)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_curve_has_scores_loss_and_time_at_each_part_of_the_training(tiny, tmp_path, fakes):
    runner.run(scored(tiny, curve=4), tmp_path / "out", device="cpu")

    found = records(tmp_path / "out")
    for progress in (0.25, 0.5, 0.75, 1.0):
        metrics = [r.metric for r in found if r.progress == progress and not r.section]
        assert {"spearman", "loss", "train_seconds"} <= set(metrics)
        assert len(metrics) == len(set(metrics))
    assert [2.0, 2.0, 2.0, 1.0] == [r.value for r in found if r.metric == "loss"]
    assert ("finished", 1.0) == (found[-1].kind, found[-1].progress)


def test_an_interruption_within_a_curve_is_seen_when_run_again(tiny, tmp_path, fakes):
    runner.run(scored(tiny, curve=2), tmp_path / "out", device="cpu")
    path = tmp_path / "out" / "records.jsonl"
    kept = [line for line in path.read_text().splitlines(True) if '"progress":0.5' in line]
    path.write_text("".join(kept))

    assert 1 == runner.run(scored(tiny, curve=2), tmp_path / "out", device="cpu").trained


def test_what_became_of_every_item_is_kept_beside_the_records(tiny, tmp_path, fakes):
    runner.run(scored(tiny), tmp_path / "out", device="cpu")

    (entry,) = lines(tmp_path / "out" / "items.jsonl")
    cell = records(tmp_path / "out")[0].cell
    assert (cell, "wordsim353", "spearman") == (entry["cell"], entry["dataset"], entry["metric"])
    assert 353 == len(entry["items"])


def test_the_average_of_both_matrices_is_scored_where_a_variant_says_so(
    tiny, tmp_path, fakes, monkeypatch
):
    seen = []
    monkeypatch.setattr(Embeddings, "word_vectors", lambda self, which: seen.append(which))
    monkeypatch.setattr(
        "sgns_bench.bench.train_and_score.evaluate", lambda *asked: Evaluation([], [])
    )
    average = scored(tiny, variants={"both": Variant(vectors="average")})

    runner.run(average, tmp_path / "out", device="cpu")

    assert ["input", "average"] == seen
    assert ["", "both"] == list(dict.fromkeys(r.variant for r in records(tmp_path / "out")))


def test_records_say_on_how_much_of_a_corpus_was_trained(tiny, tmp_path, fakes):
    ladder = tiny.corpora[0].model_copy(update={"words": [50, 0]})

    runner.run(scored(tiny, corpora=[ladder]), tmp_path / "out", device="cpu")

    sizes = {(r.max_words, r.corpus_words) for r in records(tmp_path / "out")}
    assert {(50, 50), (0, 100)} == sizes


def test_measures_are_recorded_with_their_points(tiny, tmp_path, fakes, monkeypatch):
    score = Score(metric="r2", value=0.5, unit="", higher_is_better=True, n=3, coverage=1.0)
    found = measures.Measurement([score], {"x": [1.0], "y": [2.0]})
    monkeypatch.setattr(measures.load("pmi"), "measure", lambda training: found, raising=False)
    corpora = [tiny.corpora[0].model_copy(update={"measure": ["pmi"]})]

    runner.run(scored(tiny, corpora=corpora), tmp_path / "out", device="cpu")

    (measured,) = [r for r in records(tmp_path / "out") if r.dataset == "pmi"]
    (entry,) = lines(tmp_path / "out" / "points.jsonl")
    assert ("r2", 0.5) == (measured.metric, measured.value)
    about = {"cell": measured.cell, "utc": measured.utc, "dataset": "pmi"}
    assert about | {"x": [1.0], "y": [2.0]} == entry
