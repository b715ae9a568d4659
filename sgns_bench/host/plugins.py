"""Plugins: modules registered by their place in a folder and checked against a protocol."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO, Any, Protocol, TypeVar, get_origin, get_type_hints

from sgns_bench.errors import ContractError, SgnsBenchError, UnknownName

T = TypeVar("T")


class Generator(Protocol):
    """The interface of a module that generates data sets."""

    def write(self, folder: Path) -> object:
        """Write the files into an existing empty folder, identical on every machine."""


class Filter(Protocol):
    """The interface of a module that converts a member of an archive to text."""

    def write(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Read the member and write text with one sentence per line."""


def names(folders: Iterable[str]) -> list[str]:
    """Return the sorted names of the modules in the folders, except names that begin with "_"."""
    return sorted(m.name for m in iter_modules(folders) if not m.name.startswith("_"))


def load(package: str, name: str, contract: type) -> Any:
    """Import a module of a package such as "sgns_bench.trainers" and check its members.

    ``contract`` is the protocol that it must satisfy, named after what the modules are.

    Raises:
        UnknownName: the package has no such module.
        ContractError: the module cannot be imported, or a member is missing or of a wrong type.
    """
    if name not in (known := names(import_module(package).__path__)):
        raise UnknownName(contract.__name__.lower(), name, known)
    file = f"{package.removeprefix('sgns_bench.')}/{name}.py"
    try:
        module = import_module(f"{package}.{name}")
    except SgnsBenchError:
        raise
    except Exception as error:  # a plugin may raise anything
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
    """Return a member or a result of a plugin after checking that it has the type ``kind``.

    ``what`` starts the error message, for instance "tasks/analogy.py: evaluate returned"; ``help_``
    ends it.

    Raises:
        ContractError: the value has another type.
    """
    if not isinstance(value, kind):
        name = getattr(kind, "__name__", str(kind))
        raise ContractError(f"{what} of type {type(value).__name__}, not {name}; {help_}")
    return value


def _members(contract: type) -> dict[str, Any]:
    """Return the members of a protocol with their types: attributes first, then functions."""
    hints = get_type_hints(contract)
    functions = [name for name in vars(contract) if not name.startswith("_")]
    attributes = {name: get_origin(hint) or hint for name, hint in hints.items()}
    return attributes | dict.fromkeys(functions, Callable)
