"""Suites: what to train, over which grid, scored by what; one TOML file each in ``evals/``."""

import itertools
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sgns_bench import datasets, measures, trainers
from sgns_bench.config import SETTINGS, SkipGramConfig, check_setting
from sgns_bench.embeddings import Which
from sgns_bench.errors import ConfigError, SgnsBenchError, UnknownName
from sgns_bench.host import resources
from sgns_bench.tasks import METRICS

Text = Annotated[str, Field(min_length=1)]
Words = Annotated[int, Field(ge=0, strict=True)]
Margin = Annotated[float, Field(gt=0, lt=1)]


class Limit(BaseModel):
    """What a cell may cost; one that is predicted to cost more is skipped, with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seconds: Annotated[float, Field(gt=0)] = math.inf
    """Of training, as the trainer predicts it."""


class ScoredCorpus(BaseModel):
    """A corpus to train on, and what its vectors are scored on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    """Of a corpus, or the path of a text file."""
    score_on: list[str] = []
    """Evaluation sets; none measures speed alone."""
    methods: list[str] = []
    """Of answering analogies, in place of the task's own choice; see :mod:`sgns_bench.tasks`."""
    words: Annotated[list[Words], Field(min_length=1)] = [0]
    """Train on its first so many words, a cell each; 0, or more than there are: on all of them."""
    measure: list[str] = []
    """What else to learn of each training; see :mod:`sgns_bench.measures`."""


class Variant(BaseModel):
    """What is trained besides the suite's own settings, to compare: settings that replace those.

    A list of values is an axis of the variant's own.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    trainer: str = ""
    """Train this one alone; "" trains the suite's."""
    vectors: Which | None = None
    """Score these; None scores the suite's."""
    measure: list[str] | None = None
    """In place of what the corpus asks for."""

    @property
    def axes(self) -> dict[str, list[Any]]:
        """Its settings, each with its values."""
        return {
            name: value if isinstance(value, list) else [value]
            for name, value in (self.model_extra or {}).items()
        }

    def differs(self, trainers: Sequence[str]) -> bool:
        """Whether it trains or scores anything that a suite of these trainers does not."""
        return bool(self.axes or self.vectors or self.trainer not in ("", *trainers))

    def without(self, settings: Iterable[str]) -> "Variant":
        """Return a copy that leaves some settings to the suite."""
        return Variant(**{k: v for k, v in self.model_dump().items() if k not in settings})


class Point(NamedTuple):
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
    """The whole grid is trained on each of them."""
    trainers: Annotated[list[str], Field(min_length=1)]
    seeds: Annotated[int, Field(ge=1, strict=True)] = 3
    """Every point of the grid is trained with seeds 1 to this."""
    baseline: str = "gensim_sgns"
    """The trainer that the report compares the others with."""
    config: dict[str, Any] = {}
    """Settings that every cell shares."""
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = {}
    """Settings that are crossed, each with its values."""
    variants: dict[Text, Variant] = {}
    """What to compare the grid with, by the names that the report gives them."""
    vectors: Which = "input"
    """Which of the two matrices is scored, or their average."""
    curve: Annotated[int, Field(ge=1, strict=True)] = 1
    """Score at the end of so many equal parts of a training, if the trainer can."""
    gates: dict[Text, dict[Text, Margin]] = {}
    """By evaluation set or measure, or under "training", metrics that must not get worse, and by
    what share of itself each may; see :mod:`sgns_bench.compare`."""
    limit: Limit = Limit()

    def points(self) -> Iterator[Point]:
        """Yield each point of the grid, then of each variant; the last setting changes fastest."""
        for name, variant in {"": Variant(), **self.variants}.items():
            yield from self.points_of(name, variant)

    def points_of(self, name: str, variant: Variant) -> Iterator[Point]:
        """Yield each point of the grid with what the variant replaces."""
        axes = self.grid | variant.axes
        for values in itertools.product(*axes.values()):
            settings = self.config | dict(zip(axes, values, strict=True))
            yield Point(
                variant=name,
                config=SkipGramConfig.from_mapping(settings),
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
        """Return a copy with what the command line says in place of what the file says.

        Args:
            trainers: train these, and of the variants' own trainers no other; none keeps all.
            settings: values by name; one value is shared by all cells, those of variants too,
                several become a grid axis.
            seeds: how many.
            corpus: train on it alone: that of the suite which has this name, or else any by name
                or path, scored as the suite's first.

        Raises:
            UnknownName: a trainer or setting that does not exist.
            ConfigError: a value out of its range.
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
        changed = {
            "variants": kept,
            "trainers": list(trainers) or self.trainers,
            "config": _without(self.config, settings) | shared,
            "grid": _without(self.grid, settings) | axes,
            "seeds": self.seeds if seeds is None else seeds,
            "corpora": self._only(corpus) if corpus else self.corpora,
        }
        return _checked(self.model_copy(update=changed), "command line")

    def _only(self, corpus: str) -> list[ScoredCorpus]:
        named = [entry for entry in self.corpora if entry.name == corpus]
        return named or [self.corpora[0].model_copy(update={"name": corpus})]


def names() -> list[str]:
    """Return the names of the shipped suites."""
    return resources.names("evals")


def load(source: str) -> Suite:
    """Read a shipped suite by its name, or any suite by its path.

    Raises:
        UnknownName: there is no such suite.
        ConfigError: the file cannot be read, or contradicts itself; the message names file and key.
    """
    file, shown = _find(source)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:  # TOML and Unicode errors are ValueErrors
        raise ConfigError(f"{shown}: cannot be read as TOML: {error}") from None
    if "name" in table:
        raise ConfigError(f"{shown}: name: the file's name is the name; remove the key")
    try:
        suite = Suite(name=Path(file.name).stem, **table)
    except ValidationError as error:
        raise ConfigError(f"{shown}: {_first_line(error)}") from None
    _check_gates(suite, shown)
    return _checked(suite, shown)


def _find(source: str) -> tuple[Traversable, str]:
    """Return the file of a suite, and how messages call it."""
    if source in names():
        return resources.shipped("evals") / f"{source}.toml", f"evals/{source}.toml"
    path = Path(source)
    if path.is_file():
        return path, source
    if path.suffix == ".toml" or path.name != source:
        raise ConfigError(f"--suite {source}: no such file; give a path or one of {names()}")
    raise UnknownName("suite", source, names())


def _first_line(error: ValidationError) -> str:
    # A key that is unknown explains one that is missing.
    first = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    key = ".".join(map(str, first["loc"]))
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg']}"
    table, name = first["loc"][0], str(first["loc"][-1])
    tables: dict[Any, type[BaseModel]] = {"limit": Limit, "corpora": ScoredCorpus}
    known = tables[table].model_fields if table in tables else {*Suite.model_fields} - {"name"}
    return str(UnknownName("key", name, known))


def _checked(suite: Suite, shown: str) -> Suite:
    """Return the suite, or say where and why it cannot be run."""
    try:
        _check_names(suite)
        _check_settings(suite)
    except SgnsBenchError as error:
        raise ConfigError(f"{shown}: {error}") from None
    return suite


def _check_names(suite: Suite) -> None:
    own = [variant.trainer for variant in suite.variants.values() if variant.trainer]
    for name in [*suite.trainers, suite.baseline, *own]:
        if name not in trainers.names():
            raise UnknownName("trainer", name, trainers.names())
    for name in suite.trainers:
        if suite.trainers.count(name) > 1:
            raise ConfigError(f"trainers: {name!r} is there twice; keep one of them")
    asked = [corpus.measure for corpus in suite.corpora]
    asked += [variant.measure or [] for variant in suite.variants.values()]
    for name in itertools.chain.from_iterable(asked):
        if name not in measures.names():
            raise UnknownName("measure", name, measures.names())
    for corpus, other in itertools.combinations(suite.corpora, 2):
        if corpus.name == other.name:
            raise ConfigError(f"[[corpora]] {corpus.name!r} is there twice; keep one of them")
    for name in itertools.chain.from_iterable(corpus.score_on for corpus in suite.corpora):
        if datasets.load(name).kind == "corpus":
            raise ConfigError(f"score_on: {name!r} is a corpus, not an evaluation set")
    for name in itertools.chain.from_iterable(corpus.methods for corpus in suite.corpora):
        if name not in METRICS:
            raise UnknownName("method", name, METRICS)
    if suite.seeds < 1:
        raise ConfigError(f"seeds = {suite.seeds}: must be at least 1")


def _check_gates(suite: Suite, shown: str) -> None:
    known = {"training", *itertools.chain(*(c.score_on + c.measure for c in suite.corpora))}
    for name in suite.gates.keys() - known:
        error = UnknownName("evaluation set or measure of this suite", name, known)
        raise ConfigError(f"{shown}: [gates]: {error}")


def _check_settings(suite: Suite) -> None:
    for title, variant in suite.variants.items():
        for name in variant.axes.keys() - {*SETTINGS}:
            unknown = UnknownName("key", name, [*SETTINGS, *Variant.model_fields])
            raise ConfigError(f"[variants.{title}] {unknown}")
    own = itertools.chain.from_iterable(v.axes for v in suite.variants.values())
    for name in [*suite.config, *suite.grid, *own]:
        check_setting(name)
        if name == "seed":
            raise ConfigError("seed: seeds are counted from 1; say how many with seeds")
        if name in suite.config and name in suite.grid:
            raise ConfigError(f"[grid] {name}: it is in [config] too; keep it in one of them")
    for title, variant in {"": Variant(), **suite.variants}.items():
        _check_points(suite, title, variant)


def _check_points(suite: Suite, name: str, variant: Variant) -> None:
    for setting, values in variant.axes.items():
        if not values:
            raise ConfigError(f"[variants.{name}] {setting} = []: give it a value")
    try:
        list(suite.points_of(name, variant))
    except ConfigError as error:
        culprit = str(error).split(" = ")[0]
        tables = {f"variants.{name}": variant.axes, "grid": suite.grid}
        table = next((table for table, keys in tables.items() if culprit in keys), "config")
        raise ConfigError(f"[{table}] {error}") from None


def _without(table: Mapping[str, Any], names_: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names_}
