"""The exceptions that this package raises on purpose.

Each message is one line: what is wrong, the value, where it came from, what to do. The command
line prints it after ``error:`` and exits with 2; any other exception is a bug.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MAX_SHOWN: Final = 100  # characters of a name in a message


class SgnsBenchError(Exception):
    """Base class: catch this to catch all of them."""


class UnknownName(SgnsBenchError, LookupError):  # noqa: N818
    """A trainer, suite, dataset or setting does not exist; the message suggests names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        begun = {each for each in known if name and each.startswith(name)}
        close = sorted(begun.union(get_close_matches(name, known, n=1)))
        meant = " or ".join(map(repr, close))
        hint = f"did you mean {meant}?" if close else f"known: {', '.join(known)}"
        shown = name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}..."
        super().__init__(f"no {kind} named {shown!r}; {hint}")


class UnknownWord(SgnsBenchError, KeyError):  # noqa: N818
    """A word is not in the vocabulary."""

    def __init__(self, word: str, words: int) -> None:
        super().__init__(f"no word {word!r} among the {words:,} words of the vocabulary")

    __str__ = Exception.__str__  # KeyError's is a repr, with quotes around the sentence


class ConfigError(SgnsBenchError, ValueError):
    """A setting is out of its range, or a suite contradicts itself."""


class DatasetError(SgnsBenchError, ValueError):
    """A corpus or evaluation set cannot be read or trained on."""


class ContractError(SgnsBenchError, TypeError):
    """A trainer, kernel, task or measure lacks a required member or returns a wrong type."""


class Unavailable(SgnsBenchError, RuntimeError):  # noqa: N818
    """A device or package is not available."""


class NotComparable(SgnsBenchError, ValueError):  # noqa: N818
    """Records or vectors must not be compared with each other."""
