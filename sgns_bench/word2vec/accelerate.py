"""Makes calls of ``gensim.models.Word2Vec`` return our class."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, ClassVar, Self

from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.host.machine import resolve_device
from sgns_bench.word2vec.fallback import warn_of_gensim
from sgns_bench.word2vec.model import Word2Vec


class accelerate_gensim:  # noqa: N801  # used like a function
    """Let libraries that train with gensim's ``Word2Vec`` train with ours.

    >>> with accelerate_gensim():
    ...     model = Node2Vec(graph).fit()

    Without ``with`` it stays in force until ``restore()`` is called. Every call of gensim's class, in
    any thread, then returns a model of ours. Subclasses of gensim's class are not accelerated, and
    the log says so; nor are models that are loaded, unpickled or copied.

    Args:
        device: default device of the models: "auto", "cpu" or "cuda". If several contexts are in
            force, the latest counts.

    Raises:
        Unavailable: the device is not available.
    """

    _in_force: ClassVar[list[accelerate_gensim]] = []
    _gensims: ClassVar[Any]  # gensim's __init__, kept while ours replaces it
    _lock: ClassVar = Lock()

    def __init__(self, device: str = "auto") -> None:
        if device != "auto":
            resolve_device(device)
        self.device = device
        with self._lock:
            if not self._in_force:
                accelerate_gensim._gensims = GensimWord2Vec.__init__
                GensimWord2Vec.__init__ = _handing_out(GensimWord2Vec.__init__)
            self._in_force.append(self)

    def restore(self) -> None:
        """End this acceleration; after the last one gensim's class is unchanged again."""
        with self._lock:
            if self not in self._in_force:
                return
            self._in_force.remove(self)
            if not self._in_force:
                GensimWord2Vec.__init__ = accelerate_gensim._gensims

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()


def _handing_out(gensims: Callable[..., None]) -> Callable[..., None]:
    """Return an ``__init__`` that makes new instances of exactly gensim's class instances of ours.

    ``__new__`` cannot be replaced instead: unpickling, copying and ``to_gensim`` call it too.
    """

    @wraps(gensims)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        latest = accelerate_gensim._in_force[-1:]  # empty if another thread has just called restore
        if not latest or isinstance(self, Word2Vec):  # ours calls gensim's __init__ itself
            gensims(self, *args, **kwargs)
        elif type(self) is GensimWord2Vec:
            self.__class__ = Word2Vec
            Word2Vec.__init__(self, *args, **{"device": latest[0].device} | kwargs)
        else:
            name = type(self).__name__
            warn_of_gensim(
                f"{name} derives from gensim's class; derive it from sgns_bench.Word2Vec"
            )
            gensims(self, *args, **kwargs)

    return init
