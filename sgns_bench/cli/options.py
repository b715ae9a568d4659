"""Options that several verbs share, and settings as options of their own."""

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeVar

import typer

from sgns_bench import config
from sgns_bench.config import parse_setting
from sgns_bench.errors import ConfigError

T = TypeVar("T")

COMMON: Final = (
    "vector_size", "window", "min_count", "sample", "negative", "ns_exponent", "alpha", "epochs",
    "workers",
)  # fmt: skip
"""Settings with an option of their own; --set takes the others, too."""

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting of list settings; repeatable."),
]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Device to train on.")]


def descriptions() -> dict[str, str]:
    """Return the docstring of each setting, as one line."""
    (body,) = (
        node.body
        for node in ast.parse(inspect.getsource(config)).body
        if isinstance(node, ast.ClassDef) and node.name == config.SkipGramConfig.__name__
    )
    found = {}
    for field, text in pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(value=str(said))):
                found[name] = " ".join(said.split())
    return found


def with_settings(verb: Callable[..., None]) -> Callable[..., None]:
    """Add options for the common settings to a verb: --window 3 stands for --set window=3."""
    own = inspect.signature(verb)
    said = descriptions()
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[list[str] | None, typer.Option(metavar="N", help=said[name])],
        )
        for name in COMMON
    ]

    @wraps(verb)
    def with_options(*, settings: list[str] | None, **given: Any) -> None:
        named = [f"{name}={value}" for name in COMMON for value in given.pop(name) or ()]
        verb(settings=[*(settings or ()), *named], **given)

    with_options.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*own.parameters.values(), *options]
    )
    return with_options


def parse_settings(settings: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each setting, from ``key=value`` or ``key=value,value``.

    Raises:
        UnknownName: a key is not a setting.
        ConfigError: a value is missing, of the wrong type or out of its range, or a setting is
            given twice.
    """
    found: dict[str, list[Any]] = {}
    for text in settings:
        name, values = parse_setting(text)
        if name in found:
            raise ConfigError(f"{name} is set twice, the second time by {text}; set it once")
        found[name] = values
    return found


def one_of(name: str, argument: T | None, option: T | None) -> T:
    """Return what was given as an argument or as the option of the same name.

    Raises:
        ConfigError: it was given in both ways, or in neither.
    """
    given = argument or option
    if not given or (argument and option):
        how = "twice" if given else "nowhere"
        raise ConfigError(f"the {name} is given {how}; give it as {name.upper()} or as --{name}")
    return given
