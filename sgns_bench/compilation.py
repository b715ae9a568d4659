"""A numba decorator whose cache on disk is renewed when any source of the machine code changes."""

import inspect
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from zlib import crc32

import numba
from numba.core import event

from sgns_bench.host.resources import cache_folder

logger = logging.getLogger("sgns_bench")


def cached_njit(depends_on: Sequence[ModuleType]) -> Callable[[Any], Any]:
    """Compile a function with numba, without the GIL, and cache its machine code on disk.

    numba recompiles a function when its own file changes. Its machine code also contains functions
    and constants of other modules, so this decorator recompiles when those change, too:
    ``depends_on`` names all that it uses, directly or indirectly. The function must not allocate
    arrays: reference counting is off.

    Where neither the package's folder nor numba's own is writable, the cache is in
    ``$SGNS_BENCH_CACHE``; where that is not either, each process compiles for itself. A damaged
    cache is renewed.
    """

    def compile_(function: Any) -> Any:
        # Its own source, too: numba cannot read what it kept for types that have gone since.
        sources = "".join(map(inspect.getsource, [sys.modules[function.__module__], *depends_on]))
        # numba derives the name of the cache file from the function's qualified name.
        function.__qualname__ += f"-{crc32(sources.encode()):08x}"
        try:
            return _renewing(_njit(function, cache=True))
        except RuntimeError:  # "cannot cache function": numba found no folder
            pass
        try:
            with _own_cache_folder():
                return _renewing(_njit(function, cache=True))
        except (RuntimeError, OSError):
            return _njit(function, cache=False)

    return compile_


def _njit(function: Any, *, cache: bool) -> Any:
    return numba.njit(nogil=True, cache=cache, _nrt=False)(function)


@contextmanager
def _own_cache_folder() -> Iterator[None]:
    folder = cache_folder() / "numba"
    folder.mkdir(parents=True, exist_ok=True)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def _renewing(dispatcher: Any) -> Any:
    """Return a compiled function that compiles anew where its cache cannot be read."""
    cache = dispatcher._cache
    load = cache.load_overload

    def load_or_flush(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except Exception as error:  # a damaged pickle raises anything at all
            logger.info("the cached machine code of %s is damaged: %r", dispatcher, error)
            cache.flush()
            return None

    cache.load_overload = load_or_flush
    return dispatcher


class _CompilationLog(event.Listener):  # type: ignore[misc]  # numba is untyped
    """Logs a line when numba starts to compile the first of this package's functions."""

    def __init__(self) -> None:
        self.is_logged = False

    def on_start(self, event: event.Event) -> None:
        function = event.data["dispatcher"].py_func
        if not self.is_logged and function.__module__.startswith("sgns_bench."):
            self.is_logged = True
            logger.info("compiling, for some seconds; the machine code is kept for the next time")

    def on_end(self, event: event.Event) -> None:
        """Do nothing; numba asks for this method."""


event.register("numba:compile", _CompilationLog())
