"""What somebody adds is checked when it is loaded, in one line that names its file."""

import sys

import pytest

from sgns_bench import corpus_from_sentences, kernels, measures, tasks, trainers
from sgns_bench.errors import ContractError, UnknownName
from sgns_bench.host import plugins

TRAINER = """
IGNORES = frozenset({"negative"})
def prepare(corpus, config, device, progress): return dict
"""


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Return a function that adds a module of that source to a package, under the name "mine"."""

    def write(package, source):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
        monkeypatch.delitem(sys.modules, f"{package.__name__}.mine", raising=False)
        (tmp_path / "mine.py").write_text(source)

    yield write
    for package in (kernels, measures, tasks, trainers):
        sys.modules.pop(f"{package.__name__}.mine", None)


def test_a_file_in_the_folder_is_a_trainer(add):
    add(trainers, TRAINER)

    assert {"negative"} == trainers.load("mine").IGNORES
    assert "mine" in trainers.names()


@pytest.mark.parametrize(
    ("package", "source", "message"),
    [
        (trainers, "", "trainers/mine.py: has no IGNORES; see sgns_bench.trainers.Trainer"),
        (
            trainers,
            TRAINER.replace("frozenset({", "list({"),
            "trainers/mine.py: IGNORES is of type list, not frozenset; see sgns_bench.trainers",
        ),
        (
            trainers,
            TRAINER.replace('"negative"', '"negatives"'),
            "trainers/mine.py: IGNORES: no setting named 'negatives'; did you mean 'negative' or",
        ),
        (trainers, TRAINER.replace("def prep", "def _prep"), "trainers/mine.py: has no prepare; "),
        (trainers, "import n0ne", "trainers/mine.py: cannot be imported: ModuleNotFoundError: No"),
        (trainers, "def f(:", "trainers/mine.py: cannot be imported: SyntaxError: invalid syntax"),
        (trainers, "1 / 0", "trainers/mine.py: cannot be imported: ZeroDivisionError: division"),
        (tasks, "", "tasks/mine.py: has no evaluate; see sgns_bench.tasks.Task"),
        (tasks, "evaluate = 1", "tasks/mine.py: evaluate is of type int, not Callable; see"),
        (measures, "", "measures/mine.py: has no measure; see sgns_bench.measures.Measure"),
        (kernels, "CONCURRENT = True", "kernels/mine.py: has no JOB_TOKENS; see sgns_bench.kern"),
    ],
)
def test_what_a_module_lacks_is_one_line(package, source, message, add):
    add(package, source)

    with pytest.raises(ContractError) as caught:
        package.load("mine")

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_generator_that_is_not_there_is_one_line():
    with pytest.raises(UnknownName, match=r"^no generator named 'maker'; known: .*planted"):
        plugins.load("sgns_bench.datasets", "maker", plugins.Generator)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ("None", "trainers/mine.py: prepare returned something of type NoneType, not Callable; "),
        ("dict", "trainers/mine.py: the training returned something of type dict, not Embeddings"),
    ],
)
def test_a_trainer_that_returns_something_else_is_one_line(training, message, add):
    add(trainers, TRAINER.replace("return dict", f"return {training}"))
    corpus = corpus_from_sentences([["a", "b"]], min_count=1)

    with pytest.raises(ContractError, match=f"^{message}"):
        trainers.train(corpus, trainer="mine", device="cpu")


def test_a_measure_that_returns_something_else_is_one_line(add):
    add(measures, "def measure(training): return 0.5")

    with pytest.raises(ContractError, match=r"^measures/mine\.py: measure returned something of"):
        measures.measure("mine", None)
