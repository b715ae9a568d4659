"""Modules that are registered by lying in a folder, and checked when they are loaded."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO, Any, Protocol, TypeVar, get_origin, get_type_hints

from sgns_bench.errors import ContractError, SgnsBenchError

T = TypeVar("T")


class Generator(Protocol):
    """What a module that makes data sets provides."""

    def write(self, folder: Path) -> object:
        """Write the files, the same on every machine, into a folder that is there and empty."""


class Filter(Protocol):
    """What a module that makes a corpus of an archive's member provides."""

    def write(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Read the member, write text with a sentence a line."""


def names(folders: Iterable[str]) -> list[str]:
    """Return the names of the modules in some folders, less those that begin with "_"."""
    return sorted(m.name for m in iter_modules(folders) if not m.name.startswith("_"))


def load(package: str, name: str, contract: type) -> Any:
    """Import a module, and see that it has what a protocol asks for.

    Args:
        package: dotted, for instance "sgns_bench.trainers".
        name: of the module in it.
        contract: the protocol.

    Raises:
        ContractError: the module cannot be imported, or lacks something; one line, with its file.
    """
    file = f"{package.removeprefix('sgns_bench.')}/{name}.py"
    try:
        module = import_module(f"{package}.{name}")
    except SgnsBenchError:
        raise
    except Exception as error:  # it is somebody's code that runs here
        text = " ".join(str(error).split())
        raise ContractError(
            f"{file}: cannot be imported: {type(error).__name__}: {text}"
        ) from error
    help_ = f"see {contract.__module__}.{contract.__name__}"
    for member, kind in _members(contract).items():
        if not hasattr(module, member):
            raise ContractError(f"{file}: has no {member}; {help_}")
        expect(getattr(module, member), kind, f"{file}: {member} is", help_)
    return module


def expect(value: T, kind: Any, what: str, help_: str) -> T:
    """Return the value if it is of that kind.

    Args:
        value: what somebody's module has or returned.
        kind: a type.
        what: begins the message, for instance "tasks/analogy.py: evaluate returned".
        help_: ends it.

    Raises:
        ContractError: it is of another kind.
    """
    if not isinstance(value, kind):
        name = getattr(kind, "__name__", str(kind))
        raise ContractError(f"{what} of type {type(value).__name__}, not {name}; {help_}")
    return value


def _members(contract: type) -> dict[str, Any]:
    """What a protocol declares: types of its attributes, then functions."""
    hints = get_type_hints(contract)
    functions = [name for name in vars(contract) if not name.startswith("_")]
    attributes = {name: get_origin(hint) or hint for name, hint in hints.items()}
    return attributes | dict.fromkeys(functions, Callable)
