"""Puts our Word2Vec where other libraries look for gensim's."""

from __future__ import annotations

import logging
import sys
from types import ModuleType, TracebackType
from typing import Final, Self

import gensim.models
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.machine import resolve_device
from sgns_bench.word2vec.model import Word2Vec

logger = logging.getLogger(__name__)

OURS: Final = ("gensim", "sgns_bench")  # whose modules derive from gensim's class, or test for it


class accelerate_gensim:  # noqa: N801  # used like a function
    """Let libraries that train with ``gensim.models.Word2Vec`` train with ours.

    >>> with accelerate_gensim():
    ...     model = Node2Vec(graph).fit()

    Or without ``with``, until ``restore()`` is called. The name is replaced in ``gensim.models`` and in
    every module that has imported it, which the log says. What a module calls by another name stays
    gensim's, and so does ``gensim.models.word2vec.Word2Vec``: its own methods look the class up
    there. Classes that were derived from gensim's before stay so: import what derives from it
    inside. A module that first imports our class itself inside has gensim's afterwards.

    Args:
        device: what models train on that are not told otherwise: "auto", "cpu" or "cuda".

    Raises:
        Unavailable: the device is not there.
    """

    def __init__(self, device: str = "auto") -> None:
        if device != "auto":
            resolve_device(device)
        self._before: str | None = Word2Vec.auto_device
        Word2Vec.auto_device = device
        self._ours = _users(Word2Vec)
        for module in _users(GensimWord2Vec):
            module.__dict__["Word2Vec"] = Word2Vec
            logger.info("accelerated: %s", module.__name__)

    def restore(self) -> None:
        """Put gensim's class back, also into modules that were imported since; do it once."""
        if self._before is None:
            return
        Word2Vec.auto_device, self._before = self._before, None
        for module in _users(Word2Vec):
            if module not in self._ours:
                module.__dict__["Word2Vec"] = GensimWord2Vec

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()


def _users(cls: type) -> list[ModuleType]:
    """Return the modules in which ``Word2Vec`` is that class: ``gensim.models``, and importers."""
    # Not everything there is a module.
    modules = [(name, m) for name, m in [*sys.modules.items()] if isinstance(m, ModuleType)]
    others = [m for name, m in modules if name.partition(".")[0] not in OURS]
    return [m for m in [gensim.models, *others] if m.__dict__.get("Word2Vec") is cls]
