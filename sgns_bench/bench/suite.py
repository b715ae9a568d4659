"""Suites: trainers, corpora, a grid of settings and evaluation sets; TOML files in ``evals/``."""

import itertools
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sgns_bench import datasets, measures, trainers
from sgns_bench.config import SETTINGS, SkipGramConfig, check_value
from sgns_bench.embeddings import Which
from sgns_bench.errors import ConfigError, UnknownName
from sgns_bench.host import resources
from sgns_bench.tasks import METRICS

Text = Annotated[str, Field(min_length=1)]
Words = Annotated[int, Field(ge=0, strict=True)]
Margin = Annotated[float, Field(gt=0, lt=1)]


def _one_of(kind: str, names: Callable[[], Collection[str]]) -> AfterValidator:
    """Return a validator that accepts only known names, which it looks up when it is called."""

    def check(name: str) -> str:
        if name not in names():
            raise ValueError(str(UnknownName(kind, name, names())))
        return name

    return AfterValidator(check)


def _check_set(name: str) -> str:
    if datasets.load(name).kind == "corpus":
        raise ValueError(f"{name!r} is a corpus, not an evaluation set")
    return name


def _check_axes(axes: dict[str, Any]) -> dict[str, Any]:
    """Return the settings; raise ValueError unless each has a valid value, or a list of them."""
    for name, values in axes.items():
        _check_axis(name, values if isinstance(values, list) else [values])
    return axes


def _check_shared(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings; raise ValueError unless each has one valid value."""
    for name, value in settings.items():
        _check_axis(name, [value])
    return settings


def _check_axis(name: str, values: Sequence[Any]) -> None:
    if name not in SETTINGS:
        raise ValueError(str(UnknownName("setting", name, SETTINGS)))
    if name == "seed":
        raise ValueError("seed: seeds are counted from 1; say how many with seeds")
    if not values:
        raise ValueError(f"{name} = []: give it a value")
    for value in values:
        check_value(name, value)


def _check_distinct(names: Iterable[object]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{name!r} is there twice; keep one of them")


TrainerName = Annotated[str, _one_of("trainer", lambda: trainers.names())]
MeasureName = Annotated[str, _one_of("measure", lambda: measures.names())]
MethodName = Annotated[str, _one_of("method", lambda: METRICS)]
SetName = Annotated[str, _one_of("dataset", lambda: datasets.names()), AfterValidator(_check_set)]
Settings = Annotated[dict[str, Any], AfterValidator(_check_shared)]
Axes = Annotated[dict[str, list[Any]], AfterValidator(_check_axes)]


class Limit(BaseModel):
    """Limit on the cost of a cell; a cell whose forecast exceeds it is ended and skipped."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seconds: Annotated[float, Field(gt=0)] = math.inf
    """Training time, forecast from the first seconds, or the first epoch if reports are rarer."""


class ScoredCorpus(BaseModel):
    """A corpus to train on, and the evaluation sets of its vectors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    """Name of a corpus, or path of a text file."""
    score_on: list[SetName] = []
    """Evaluation sets; empty: measure speed alone."""
    methods: list[MethodName] = []
    """Methods of answering analogies; empty: the task's default; see :mod:`sgns_bench.tasks`."""
    words: Annotated[list[Words], Field(min_length=1)] = [0]
    """Lengths of prefixes to train on, in words, one cell each; 0, or too many: the whole."""
    measure: list[MeasureName] = []
    """Measures of each training; see :mod:`sgns_bench.measures`."""


class Variant(BaseModel):
    """Settings that replace the suite's own, trained beside them for comparison.

    A list of values is a grid axis of this variant.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    trainer: TrainerName = ""
    """The only trainer of the variant; "": the suite's trainers."""
    vectors: Which | None = None
    """The matrix to score; None: the suite's choice."""
    measure: list[MeasureName] | None = None
    """Measures that replace those of the corpus; None: the same."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.axes.keys() - {*SETTINGS}:
            raise ValueError(str(UnknownName("key", name, [*SETTINGS, *Variant.model_fields])))
        _check_axes(self.axes)
        return self

    @property
    def axes(self) -> dict[str, list[Any]]:
        """The values of each setting of this variant."""
        return {
            name: value if isinstance(value, list) else [value]
            for name, value in (self.model_extra or {}).items()
        }

    def differs(self, trainers: Sequence[str]) -> bool:
        """Return whether the variant adds anything to a suite with these trainers."""
        return bool(self.axes or self.vectors or self.trainer not in ("", *trainers))

    def without(self, settings: Iterable[str]) -> "Variant":
        """Return a copy without some settings, which then are the suite's."""
        return Variant(
            **{k: v for k, v in self.model_dump(exclude_defaults=True).items() if k not in settings}
        )


class GridPoint(NamedTuple):
    """What to train with every seed: a point of the grid, or of a variant's."""

    variant: str
    config: SkipGramConfig
    trainers: Sequence[str]
    vectors: Which
    measure: Sequence[str] | None


class Suite(BaseModel):
    """A question, and the grid of training runs that answers it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    """The file's name, less ``.toml``."""
    title: Text
    question: Text
    """A sentence that ends with a question mark."""
    corpora: Annotated[list[ScoredCorpus], Field(min_length=1)]
    """Corpora; the whole grid is trained on each."""
    trainers: Annotated[list[TrainerName], Field(min_length=1)]
    seeds: Annotated[int, Field(ge=1, strict=True)] = 3
    """Number of seeds; every point of the grid is trained with seeds 1 to ``seeds``."""
    baseline: TrainerName = "gensim_sgns"
    """The trainer that the report compares the others with."""
    config: Settings = {}
    """Settings that all cells share."""
    grid: Axes = {}
    """The values of each grid setting; the grid is their product."""
    variants: dict[Text, Variant] = {}
    """Variants to compare with the grid, by name."""
    vectors: Which = "input"
    """The matrix to score, or the average of both."""
    curve: Annotated[int, Field(ge=1, strict=True)] = 1
    """Number of equal parts of a training, each scored at its end if the trainer can."""
    gates: dict[Text, dict[Text, Margin]] = {}
    """Largest relative change for the worse of each metric, by evaluation set, measure or
    "training"; see :mod:`sgns_bench.regression`."""
    limit: Limit = Limit()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_distinct(self.trainers)
        _check_distinct(corpus.name for corpus in self.corpora)
        for name in self.config.keys() & self.grid.keys():
            raise ValueError(f"[grid] {name}: it is in [config] too; keep it in one of them")
        known = _measured(self.corpora)
        for name in self.gates.keys() - known:
            unknown = UnknownName("evaluation set or measure of this suite", name, known)
            raise ValueError(f"[gates]: {unknown}")
        for _ in self.points():  # building a point checks that its settings go together
            pass
        return self

    def points(self) -> Iterator[GridPoint]:
        """Yield each point of the grid, then of each variant; the last setting changes fastest."""
        for name, variant in {"": Variant(), **self.variants}.items():
            axes = self.grid | variant.axes
            for values in itertools.product(*axes.values()):
                settings = self.config | dict(zip(axes, values, strict=True))
                yield GridPoint(
                    variant=name,
                    config=SkipGramConfig(**settings),
                    trainers=[variant.trainer] if variant.trainer else self.trainers,
                    vectors=variant.vectors or self.vectors,
                    measure=variant.measure,
                )

    def override(
        self,
        *,
        trainers: Sequence[str] = (),
        settings: Mapping[str, Sequence[Any]] | None = None,
        seeds: int | None = None,
        corpus: str | None = None,
    ) -> "Suite":
        """Return a copy in which options of the command line replace those of the file.

        ``trainers`` are those to keep, also among those of variants. A setting with one value holds
        for all cells, variants included; several values become a grid axis. ``corpus``, a name or
        path, is the only corpus to train on; it is scored as the suite says if it is one of the
        suite's, otherwise as the suite's first corpus.

        Raises:
            ConfigError: a trainer or setting does not exist, or a value is out of its range.
        """
        settings = settings or {}
        shared = {name: values[0] for name, values in settings.items() if len(values) == 1}
        axes = {name: list(values) for name, values in settings.items() if len(values) > 1}
        of_trainers = {
            name: variant.without(settings)
            for name, variant in self.variants.items()
            if not trainers or variant.trainer in ("", *trainers)
        }
        kept = {name: v for name, v in of_trainers.items() if v.differs(self.trainers)}
        corpora = self._only(corpus) if corpus else self.corpora
        changed = {
            "variants": kept,
            "trainers": list(trainers) or self.trainers,
            "config": _without(self.config, settings) | shared,
            "grid": _without(self.grid, settings) | axes,
            "seeds": self.seeds if seeds is None else seeds,
            "corpora": corpora,
            "gates": {
                name: gate for name, gate in self.gates.items() if name in _measured(corpora)
            },
        }
        return _checked(dict(self) | changed, "command line")

    def _only(self, corpus: str) -> list[ScoredCorpus]:
        named = [entry for entry in self.corpora if entry.name == corpus]
        return named or [self.corpora[0].model_copy(update={"name": corpus})]


def names() -> list[str]:
    """Return the names of the shipped suites."""
    return resources.names("evals")


def load(source: str) -> Suite:
    """Read a shipped suite by its name, or any suite by its path.

    Raises:
        UnknownName: no suite has this name.
        ConfigError: the file cannot be read or is not valid; the message names file and key.
    """
    file, shown = _find(source)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{shown}: looks binary; a suite is a TOML file") from None
    except (OSError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{shown}: cannot be read as TOML: {error}") from None
    if "name" in table:
        raise ConfigError(f"{shown}: name: the file's name is the name; remove the key")
    return _checked({"name": Path(file.name).stem, **table}, shown)


def _find(source: str) -> tuple[Traversable, str]:
    """Return the file of a suite, and its name for error messages."""
    if source in names():
        return resources.shipped("evals") / f"{source}.toml", f"evals/{source}.toml"
    path = Path(source)
    if path.is_file():
        return path, source
    if path.suffix == ".toml" or path.name != source:
        raise ConfigError(f"no suite file {source}; give a path, or a name from list suites")
    raise UnknownName("suite", source, names())


def _measured(corpora: Iterable[ScoredCorpus]) -> set[str]:
    """Return the names that ``[gates]`` may have: evaluation sets, measures and "training"."""
    return {"training", *itertools.chain(*(c.score_on + c.measure for c in corpora))}


def _checked(table: Mapping[str, Any], shown: str) -> Suite:
    """Return a suite from a parsed table, or raise ConfigError with the key that is wrong."""
    try:
        return Suite(**table)
    except ValidationError as error:
        raise ConfigError(f"{shown}: {_first_line(error)}") from None


def _first_line(error: ValidationError) -> str:
    # Prefer an unknown key: if a misspelt key also shows as missing, its name says more.
    first = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    key = ".".join(map(str, first["loc"]))
    match first["type"], first["loc"]:
        case "extra_forbidden", (*_, name):
            tables: dict[Any, type[BaseModel]] = {"limit": Limit, "corpora": ScoredCorpus}
            known = {*tables.get(first["loc"][0], Suite).model_fields}
            return str(UnknownName("key", str(name), known - {"name"} if key == name else known))
        case "value_error", () | ("trainers" | "baseline", *_):
            return str(first["ctx"]["error"])
        case "value_error", ("config" | "grid" | "variants", *_):
            return f"[{key}] {first['ctx']['error']}"
        case "value_error", _:
            return f"{key}: {first['ctx']['error']}"
        case "missing", _:
            return f"{key}: is missing"
    must = re.sub("^.* should ", "must ", first["msg"])
    return f"{key} = {first['input']!r}: {must}"


def _without(table: Mapping[str, Any], names_: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names_}
