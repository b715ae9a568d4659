"""Suites: what to train, over which grid, scored by what; one TOML file each in ``evals/``."""

import hashlib
import itertools
import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sgns_bench import datasets, trainers
from sgns_bench.config import KINDS, SkipGramConfig, check_setting
from sgns_bench.errors import ConfigError, SgnsBenchError, UnknownName
from sgns_bench.resources import shipped

Text = Annotated[str, Field(min_length=1)]

DEFAULTS: Final = SkipGramConfig()


class Limit(BaseModel):
    """What a cell may cost; one that is predicted to cost more is skipped, with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seconds: Annotated[float, Field(gt=0)] = math.inf
    """Of training, as the trainer predicts it."""


class Suite(BaseModel):
    """A question, and the grid of training runs that answers it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    """The file's name, less ``.toml``."""
    title: Text
    question: Text
    """A sentence that ends with a question mark."""
    corpus: Text
    """Name of a corpus, or the path of a text file."""
    trainers: Annotated[list[str], Field(min_length=1)]
    score_on: list[str] = []
    """Evaluation sets; none measures speed alone."""
    seeds: Annotated[int, Field(ge=1, strict=True)] = 3
    """Every point of the grid is trained with seeds 1 to this."""
    baseline: str = "gensim_sgns"
    """The trainer that the report compares the others with."""
    config: dict[str, Any] = {}
    """Settings that every cell shares."""
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = {}
    """Settings that are crossed, each with its values."""
    limit: Limit = Limit()

    def points(self) -> Iterator[SkipGramConfig]:
        """Yield each point of the grid, the last setting changing fastest."""
        for values in itertools.product(*self.grid.values()):
            yield SkipGramConfig.from_mapping(
                {**self.config, **dict(zip(self.grid, values, strict=True))}
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
            trainers: train these; none keeps the suite's.
            settings: values by name; one value is shared by all cells, several become a grid axis.
            seeds: how many.
            corpus: a name or a path.

        Raises:
            UnknownName: a trainer or setting that does not exist.
            ConfigError: a value out of its range.
        """
        settings = settings or {}
        shared = {name: values[0] for name, values in settings.items() if len(values) == 1}
        axes = {name: list(values) for name, values in settings.items() if len(values) > 1}
        changed = {
            "trainers": list(trainers) or self.trainers,
            "config": _without(self.config, settings) | shared,
            "grid": _without(self.grid, settings) | axes,
            "seeds": self.seeds if seeds is None else seeds,
            "corpus": corpus or self.corpus,
        }
        return _checked(self.model_copy(update=changed), "command line")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training run: trainer, corpus, settings, seed.

    Attributes:
        trainer: its name.
        config: all settings; those in ``ignores`` at their defaults.
        ignores: settings that make no difference to the trainer.
        corpus_sha256: of the bytes the corpus was read from.
        device: "cpu" or "cuda".
        score_on: evaluation sets.
    """

    trainer: str
    config: SkipGramConfig
    ignores: frozenset[str]
    corpus_sha256: str
    device: str
    score_on: tuple[str, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that matter to this trainer, without the seed."""
        return {
            name: KINDS[name](value)  # 1 and 1.0 are the same exponent
            for name, value in self.config.as_dict().items()
            if name not in self.ignores and name != "seed"
        }

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that are the same for the same run, on any machine."""
        where = (self.corpus_sha256, self.device, sorted(self.score_on))
        content = (self.trainer, self.settings, self.config.seed, where)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def names() -> list[str]:
    """Return the names of the shipped suites."""
    files = (Path(file.name) for file in shipped("evals").iterdir())
    return sorted(file.stem for file in files if file.suffix == ".toml")


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
    return _checked(suite, shown)


def cells(suite: Suite, *, corpus_sha256: str, device: str) -> list[Cell]:
    """Return the training runs of a suite, in the order in which to run them.

    Trainers take turns: the seed changes slowest and the trainer fastest, so that a machine that
    slows down for a minute slows them all. A trainer is run once for all values of a setting
    that makes no difference to it.
    """
    ignores = {name: trainers.load(name).IGNORES for name in suite.trainers}
    plan = (
        Cell(
            trainer=name,
            config=_with_defaults(point, ignores[name]).replace(seed=seed),
            ignores=ignores[name],
            corpus_sha256=corpus_sha256,
            device=device,
            score_on=tuple(suite.score_on),
        )
        for seed in range(1, suite.seeds + 1)
        for point in suite.points()
        for name in suite.trainers
    )
    return list(dict.fromkeys(plan))


def _find(source: str) -> tuple[Traversable, str]:
    """Return the file of a suite, and how messages call it."""
    if source in names():
        return shipped("evals") / f"{source}.toml", f"evals/{source}.toml"
    path = Path(source)
    if path.is_file():
        return path, source
    if path.suffix == ".toml" or path.name != source:
        raise ConfigError(f"--suite {source}: no such file; give a path or one of {names()}")
    raise UnknownName("suite", source, names())


def _first_line(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg']}"
    model = Limit if first["loc"][0] == "limit" else Suite
    return str(UnknownName("key", key.removeprefix("limit."), set(model.model_fields) - {"name"}))


def _checked(suite: Suite, shown: str) -> Suite:
    """Return the suite, or say where and why it cannot be run."""
    try:
        _check_names(suite)
        _check_settings(suite)
    except SgnsBenchError as error:
        raise ConfigError(f"{shown}: {error}") from None
    return suite


def _check_names(suite: Suite) -> None:
    for name in [*suite.trainers, suite.baseline]:
        if name not in trainers.names():
            raise UnknownName("trainer", name, trainers.names())
    for name in suite.score_on:
        if datasets.load(name).kind == "corpus":
            raise ConfigError(f"score_on: {name!r} is a corpus, not an evaluation set")
    if suite.seeds < 1:
        raise ConfigError(f"seeds = {suite.seeds}: must be at least 1")


def _check_settings(suite: Suite) -> None:
    for name in [*suite.config, *suite.grid]:
        check_setting(name)
        if name == "seed":
            raise ConfigError("seed: seeds are counted from 1; say how many with seeds")
        if name in suite.config and name in suite.grid:
            raise ConfigError(f"[grid] {name}: it is in [config] too; keep it in one of them")
    try:
        list(suite.points())
    except ConfigError as error:
        culprit = str(error).split(" = ")[0]
        table = "grid" if culprit in suite.grid else "config"
        raise ConfigError(f"[{table}] {error}") from None


def _with_defaults(config: SkipGramConfig, ignored: frozenset[str]) -> SkipGramConfig:
    return config.replace(**{name: getattr(DEFAULTS, name) for name in ignored})


def _without(table: Mapping[str, Any], names_: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names_}
