"""Ends a command in the same orderly way by Ctrl-C and by SIGTERM."""

import signal
from types import FrameType
from typing import NoReturn


class Terminated(KeyboardInterrupt):
    """SIGTERM, by which a scheduler or ``kill`` asks a process to end."""


def heed_sigterm() -> None:
    """Raise :class:`Terminated` in the main thread at SIGTERM."""
    signal.signal(signal.SIGTERM, _raise)


def _raise(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """Return the exit code that shells give a process that such a signal ended."""
    ended_by = signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT
    return 128 + ended_by
