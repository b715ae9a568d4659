"""A numba decorator whose cache on disk is renewed when any source of the machine code changes."""

import inspect
import logging
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any
from zlib import crc32

import numba
from numba.core import event

logger = logging.getLogger("sgns_bench")


def cached_njit(depends_on: Sequence[ModuleType]) -> Callable[[Any], Any]:
    """Compile a function with numba, without the GIL, and cache its machine code on disk.

    numba recompiles a function when its own file changes. Its machine code also contains functions
    and constants of other modules, so this decorator recompiles when those change, too. The
    function must not allocate arrays: reference counting is off.

    Args:
        depends_on: all other modules that the function uses, directly or indirectly.
    """

    def compile_(function: Any) -> Any:
        # Its own source, too: numba cannot read what it kept for types that have gone since.
        sources = "".join(map(inspect.getsource, [sys.modules[function.__module__], *depends_on]))
        # numba derives the name of the cache file from the function's qualified name.
        function.__qualname__ += f"-{crc32(sources.encode()):08x}"
        return numba.njit(nogil=True, cache=True, _nrt=False)(function)

    return compile_


class _CompilationLog(event.Listener):  # type: ignore[misc]  # numba is untyped
    """Logs a line when numba starts to compile the first of this package's functions."""

    def __init__(self) -> None:
        self.is_logged = False

    def on_start(self, event: event.Event) -> None:
        function = event.data["dispatcher"].py_func
        if not self.is_logged and function.__module__.startswith("sgns_bench."):
            self.is_logged = True
            logger.info("compiling, once on this machine: this takes some seconds")

    def on_end(self, event: event.Event) -> None:
        """Do nothing; numba asks for this method."""


event.register("numba:compile", _CompilationLog())
