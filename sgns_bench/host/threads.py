"""Run jobs in threads and return their results in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

AHEAD: Final = 8  # largest number of pending jobs per thread

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_threads(
    jobs: Iterable[Job], work: Callable[[Job], Result], workers: int
) -> Generator[Result, None, None]:
    """Run jobs in threads and yield their results in order.

    Jobs are iterated in the calling thread, up to ``AHEAD * workers`` ahead of the results.
    Exceptions from ``work`` or from ``jobs`` are raised here. When the generator ends, also by
    Ctrl-C or ``close``, threads finish their current job and stop.
    """
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for job in jobs:
                pending.append(pool.submit(work, job))
                if len(pending) == AHEAD * workers:
                    half = len(pending) // 2
                    pending[half - 1].result()  # wait once per half: waking for each is slow
                    for _ in range(half):
                        yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
