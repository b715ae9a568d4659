"""Every exception this package raises on purpose.

::

    SgnsBenchError
    ├── UnknownName    (LookupError)   a trainer, suite, dataset or setting that does not exist
    ├── ConfigError    (ValueError)    a setting out of its range, a suite that contradicts itself
    ├── DatasetError   (ValueError)    a corpus or evaluation set that cannot be read or trained on
    ├── ContractError  (TypeError)     a trainer, kernel, task or measure that lacks what it needs
    ├── Unavailable    (RuntimeError)  a device or package that is not there
    └── NotComparable  (ValueError)    records that must not be set side by side

Each message is one line: what is wrong, the value, where it came from, what to do. The command
line prints it after ``error:`` and exits with 2; any other exception is a bug.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class SgnsBenchError(Exception):
    """Base class: catch this to catch all of them."""


class UnknownName(SgnsBenchError, LookupError):  # noqa: N818
    """A trainer, suite, dataset or setting that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        super().__init__(f"no {kind} named {name!r}; {hint}")


class ConfigError(SgnsBenchError, ValueError):
    """A setting out of its range, or a suite that contradicts itself."""


class DatasetError(SgnsBenchError, ValueError):
    """A corpus or evaluation set that cannot be read or trained on."""


class ContractError(SgnsBenchError, TypeError):
    """A trainer, kernel, task or measure that lacks what it needs, or returns something else."""


class Unavailable(SgnsBenchError, RuntimeError):  # noqa: N818
    """A device or package that is not there."""


class NotComparable(SgnsBenchError, ValueError):  # noqa: N818
    """Records that must not be set side by side."""
