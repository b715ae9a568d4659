"""Jobs for threads, and what becomes of them in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

AHEAD: Final = 8  # jobs that are ready or at work, for each thread

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_threads(
    jobs: Iterable[Job], work: Callable[[Job], Result], workers: int
) -> Generator[Result, None, None]:
    """Yield the result of each job, in order; threads work while this one looks for the next job.

    What goes wrong in a thread, or in the jobs themselves, is raised here. However this ends,
    Ctrl-C and ``close`` included, threads finish the job at hand and stop.

    Args:
        jobs: asked for in this thread, ``AHEAD * workers`` before their results are taken.
        work: called in a thread.
        workers: threads.
    """
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for job in jobs:
                pending.append(pool.submit(work, job))
                if len(pending) == AHEAD * workers:
                    half = len(pending) // 2
                    pending[half - 1].result()  # to be woken for each would slow the threads
                    for _ in range(half):
                        yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
