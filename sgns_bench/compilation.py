"""Compiled functions whose machine code is kept on disk, and renewed when a source of it changes."""

import inspect
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any
from zlib import crc32

import numba


def cached_njit(depends_on: Sequence[ModuleType]) -> Callable[[Any], Any]:
    """Compile a function with numba, to run without the GIL, and keep its machine code on disk.

    numba compiles it anew when its own file changes. What it calls in other modules, and reads of
    their constants, is part of its machine code, too: so this compiles anew when they change.
    Nothing in it may allocate, for its arrays have no reference counts.

    Args:
        depends_on: the other modules, also those behind the ones that it calls.
    """

    def compile_(function: Any) -> Any:
        sources = "".join(map(inspect.getsource, depends_on))
        # numba names the file on disk by the function's qualified name.
        function.__qualname__ += f"-{crc32(sources.encode()):08x}"
        return numba.njit(nogil=True, cache=True, _nrt=False)(function)

    return compile_
