"""The settings of one training run, under gensim's names."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sgns_bench.errors import ConfigError, UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipGramConfig:
    """Settings shared by every trainer; each trainer lists those it has no use for as IGNORES.

    Raises:
        ConfigError: a value is of the wrong type or out of its range.
    """

    vector_size: int = 100
    """D, dimensions of a vector, >= 1."""
    window: int = 5
    """w, largest distance between center and context, >= 1."""
    shrink_windows: bool = True
    """Draw each center's window from 1..window (word2vec.c), or keep it fixed."""
    min_count: int = 5
    """Words seen less often are left out of the corpus, >= 1."""
    sample: float = 1e-3
    """Subsampling threshold t, a corpus frequency in [0, 1]; 0 keeps every token."""
    negative: int = 5
    """k, noise words per pair, >= 1."""
    ns_exponent: float = 0.75
    """Exponent of the noise distribution ("power"), any finite number."""
    alpha: float = 0.025
    """Learning rate at the start, > 0."""
    min_alpha: float = 1e-4
    """Learning rate at the end, in [0, alpha]."""
    epochs: int = 5
    """Passes over the corpus, >= 1."""
    workers: int = 2
    """Threads, >= 1."""
    seed: int = 1
    """Seeds the initial vectors and every draw, >= 0."""
    shuffle: bool = True
    """Train sentences in a new random order each epoch, or in the corpus's."""
    skip_center: bool = True
    """Leave out a negative that is the pair's center, or push it away like any other."""
    half_step: bool = True
    """Give contexts half of their center's step, as training pair by pair does on average, or none."""
    block_size: int = 36
    """T, most consecutive centers that the block kernel updates together, >= 1."""
    sharing: int = 36
    """Most negatives for which one drawn word stands in the block kernel, >= 1: fewer is slower and
    nearer to a draw per pair."""
    min_flatness: float = 0.25
    """Each pair draws its own negatives, as in gensim, where there are 1,000 words or more and their
    perplexity is at least this share of them, as of items and nodes: 0 always, 1 hardly ever."""

    cbow_mean: bool = True
    """CBOW averages the contexts of a center, or adds them."""
    cbow_gradient: str = "gensim"
    """Step of CBOW's contexts: "gensim" (word2vec.c's, too) or "corrected", the loss's gradient."""

    def __post_init__(self) -> None:
        for name, value in self.as_dict().items():
            check_value(name, value)
        if self.min_alpha > self.alpha:
            raise ConfigError(f"min_alpha = {self.min_alpha}: must lie in [0, alpha]")

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Build from a table of a TOML file.

        Raises:
            UnknownName: a key is no setting; the message names the nearest one.
            ConfigError: as the constructor.
        """
        for key in settings:
            check_setting(key)
        return cls(**settings)

    def replace(self, **settings: Any) -> Self:
        """Return a copy with some settings changed, checked as the constructor checks them."""
        for key in settings:
            check_setting(key)
        return dataclasses.replace(self, **settings)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a plain dictionary, in the order of the fields."""
        return dataclasses.asdict(self)


_AT_LEAST_ONE = (
    "vector_size", "window", "min_count", "negative", "epochs", "workers", "block_size", "sharing",
)  # fmt: skip

KINDS: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(SkipGramConfig)}
SETTINGS = tuple(KINDS)
PROSE = {"negative": "k", "ns_exponent": "power"}  # their names in reports


def check_setting(name: str) -> None:
    """Raise UnknownName unless ``name`` is a field of :class:`SkipGramConfig`."""
    if name not in SETTINGS:
        raise UnknownName("setting", name, SETTINGS)


def check_value(name: str, value: object) -> None:
    """Raise ConfigError if a setting cannot have this value, whatever the others are."""
    check_type(name, value, KINDS[name])
    number: Any = value
    if name in _AT_LEAST_ONE and number < 1:
        must = "be at least 1"
    elif name == "min_flatness" and not 0 <= number <= 1:
        must = "lie in [0, 1]"
    elif name == "sample" and not 0 <= number <= 1:
        must = "be a frequency in [0, 1]"
    elif name == "ns_exponent" and not math.isfinite(number):
        must = "be a finite number"
    elif name == "alpha" and not (math.isfinite(number) and number > 0):
        must = "be a positive number"
    elif name == "min_alpha" and not number >= 0:
        must = "lie in [0, alpha]"
    elif name == "seed" and number < 0:
        must = "not be negative"
    elif name == "cbow_gradient" and value not in ("gensim", "corrected"):
        must = 'be "gensim" or "corrected"'
    else:
        return
    raise ConfigError(f"{name} = {value}: must {must}")


def parse_setting(text: str) -> tuple[str, list[Any]]:
    """Read ``key=value`` or ``key=value,value`` as the command line has it.

    Raises:
        UnknownName: the key is no setting.
        ConfigError: there is no value, or one of the wrong type.
    """
    name, _, values = text.partition("=")
    check_setting(name)
    if not values:
        raise ConfigError(f"--set {text}: must be of the form key=value or key=value,value")
    return name, [_parse(name, value.strip()) for value in values.split(",")]


def _parse(name: str, value: str) -> Any:
    kind = KINDS[name]
    try:
        return {"true": True, "false": False}[value.lower()] if kind is bool else kind(value)
    except (KeyError, ValueError):
        raise ConfigError(f"--set {name}={value}: must be of type {kind.__name__}") from None


def check_type(name: str, value: object, expected: Any) -> None:
    """Raise ConfigError unless ``value`` is a bool, int, float or str as ``expected``."""
    # bool is an int in Python; a float setting takes an int; nothing else converts silently.
    kinds = {bool: (bool,), int: (int,), float: (int, float), str: (str,)}[expected]
    if not isinstance(value, kinds) or (isinstance(value, bool) and expected is not bool):
        raise ConfigError(f"{name} = {value!r}: must be of type {expected.__name__}")
