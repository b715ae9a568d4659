"""The settings of one training run, under gensim's names."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from sgns_bench.errors import ConfigError, UnknownName
from sgns_bench.host.machine import usable_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipGramConfig:
    """Settings that all trainers share; a trainer lists the ones it ignores in ``IGNORES``.

    Raises:
        ConfigError: a value has the wrong type or is out of its range.
    """

    vector_size: int = 100
    """D, number of dimensions of a vector, >= 1."""
    window: int = 5
    """w, largest distance between center and context in tokens, >= 1."""
    shrink_windows: bool = True
    """True: draw each center's window uniformly from 1..window (word2vec.c); False: fixed."""
    min_count: int = 5
    """Words with fewer occurrences are removed from the corpus, >= 1."""
    sample: float = 1e-3
    """Subsampling threshold t, a relative word frequency in [0, 1]; 0 keeps every token."""
    negative: int = 5
    """k, number of noise words per pair, >= 1."""
    ns_exponent: float = 0.75
    """Exponent of the noise distribution ("power"), finite; 1 is unigram, 0 uniform."""
    alpha: float = 0.025
    """Learning rate at the start, > 0."""
    min_alpha: float = 1e-4
    """Learning rate at the end, in [0, alpha]."""
    epochs: int = 5
    """Number of passes over the corpus, >= 1."""
    workers: int = field(default_factory=usable_cores)
    """Number of threads, >= 1; by default all cores that this process may use."""
    seed: int = 1
    """Seed of the initial vectors and of all draws, >= 0."""
    shuffle: bool = True
    """True: visit sentences in a new random order each epoch; False: in the corpus's order."""
    skip_center: bool = True
    """True: skip a negative that equals the pair's center; False: train on it like any other."""
    half_step: bool = True
    """True: contexts see half of their center's update, the average when training pair by pair;
    False: they see none of it."""
    block_size: int = 36
    """T, largest number of consecutive centers that the block kernel updates together, >= 1."""
    negatives_per_draw: int = 36
    """Largest number of negatives that the block kernel takes from one drawn word, >= 1; a smaller
    number is slower and closer to one draw per negative."""
    min_flatness: float = 0.25
    """Draw negatives for each pair, as gensim does, if V >= 1,000 and the perplexity of the word
    frequencies is at least this share of V, in [0, 1]; typical of items and nodes, not of text."""

    cbow_mean: bool = True
    """CBOW. True: average the vectors of a center's contexts; False: add them."""
    cbow_gradient: str = "gensim"
    """CBOW. Gradient of the contexts: "gensim" (also word2vec.c) or "corrected", the exact one."""

    def __post_init__(self) -> None:
        for name, value in self.as_dict().items():
            check_value(name, value)
        if self.min_alpha > self.alpha:
            raise ConfigError(f"min_alpha = {self.min_alpha}: must be in [0, alpha]")

    def replace(self, **settings: Any) -> Self:
        """Return a validated copy with some settings changed; an unknown one raises UnknownName."""
        for key in settings:
            check_setting(key)
        return dataclasses.replace(self, **settings)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary, in field order."""
        return dataclasses.asdict(self)


KINDS: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(SkipGramConfig)}
SETTINGS = tuple(KINDS)
MAX_INT = 2**31 - 1  # kernels count in 32 bits
_ANY_BOOL: Any = (lambda flag: True, "true or false")
_POSITIVE_INT: Any = (lambda n: n >= 1, "a whole number, at least 1")
_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **{name: _ANY_BOOL if kind is bool else _POSITIVE_INT for name, kind in KINDS.items()},
    "sample": (lambda x: 0 <= x <= 1, "a frequency in [0, 1]"),
    "ns_exponent": (math.isfinite, "a finite number"),
    "alpha": (lambda x: math.isfinite(x) and x > 0, "a positive number"),
    "min_alpha": (lambda x: x >= 0, "in [0, alpha]"),
    "seed": (lambda n: n >= 0, "a whole number, at least 0"),
    "min_flatness": (lambda x: 0 <= x <= 1, "a number in [0, 1]"),
    "cbow_gradient": (("gensim", "corrected").__contains__, '"gensim" or "corrected"'),
}
PROSE = {"negative": "k", "ns_exponent": "power"}  # their names in reports


def check_setting(name: str) -> None:
    """Raise UnknownName unless ``name`` is a field of :class:`SkipGramConfig`."""
    if name not in SETTINGS:
        raise UnknownName("setting", name, SETTINGS)


def check_value(name: str, value: object) -> None:
    """Raise ConfigError if this value is invalid for a setting, regardless of other settings."""
    check_type(name, value, KINDS[name])
    is_valid, must = _RANGES[name]
    if not is_valid(value):
        raise ConfigError(f"{name} = {value}: must be {must}")
    if KINDS[name] is int and value > MAX_INT and name != "seed":  # type: ignore[operator]
        raise ConfigError(f"{name} = {value}: must be a whole number, at most {MAX_INT}")


def parse_setting(text: str) -> tuple[str, list[Any]]:
    """Parse a command-line setting, ``key=value`` or ``key=value,value``, into name and values.

    Raises:
        UnknownName: the key is not a setting.
        ConfigError: a value is missing, has the wrong type or is out of its range.
    """
    name, _, values = text.partition("=")
    check_setting(name)
    if not values:
        raise ConfigError(f"--set {text}: must be of the form key=value or key=value,value")
    return name, [_parse(name, value.strip()) for value in values.split(",")]


def _parse(name: str, text: str) -> Any:
    kind = KINDS[name]
    try:
        value = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ConfigError(f"{name} = {text}: must be {_RANGES[name][1]}") from None
    check_value(name, value)
    return value


def check_type(name: str, value: object, expected: Any) -> None:
    """Raise ConfigError unless ``value`` has the ``expected`` type: bool, int, float or str."""
    # bool is a subclass of int, so exclude it; a float setting also accepts an int.
    kinds = {bool: (bool,), int: (int,), float: (int, float), str: (str,)}[expected]
    if not isinstance(value, kinds) or (isinstance(value, bool) and expected is not bool):
        raise ConfigError(f"{name} = {value!r}: must be of type {expected.__name__}")
