"""Between the host and the card: jobs on their way there, losses on their way back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sgns_bench.host.machine import usable_cores
from sgns_bench.kernels import Loss, Problem

I64 = npt.NDArray[np.int64]

THREADS: Final = min(8, usable_cores())  # gather 100 million tokens a second each, or more


class DeviceJob(NamedTuple):
    """Some sentences on the device, before subsampling."""

    tokens: Tensor  # (n,) int32
    lengths: Tensor  # (s,) int32, of the sentences
    begins: Tensor  # (s,) int64; token i of sentence s stands at begins[s] + i in the corpus


class StagingBuffer:
    """Room for one job, on the host and, unless that is the device itself, there."""

    def __init__(self, device: str, copies: Any) -> None:
        self._device, self._copies = device, copies
        self._here = self._there = torch.empty(0, dtype=torch.int32)
        self._done = torch.cuda.Event() if copies else None
        self._threads = ThreadPoolExecutor(THREADS)

    def send(self, problem: Problem, sentences: I64) -> DeviceJob:
        """Copy the sentences to the device, once it is done with what came this way before."""
        if self._done:
            self._done.synchronize()
        starts = problem.offsets[sentences]
        lengths = problem.offsets[sentences + 1] - starts
        n, s = int(lengths.sum()), len(sentences)
        self._reserve(n, s)
        here = _views(self._here, n, s)
        here.lengths.numpy()[:] = lengths
        here.begins.numpy()[:] = starts - (np.cumsum(lengths) - lengths)
        self._gather(problem, sentences, here)
        if self._copies:
            with torch.cuda.stream(self._copies):
                used = n + 3 * aligned(s)
                self._there[:used].copy_(self._here[:used], non_blocking=True)
            torch.cuda.current_stream().wait_stream(self._copies)
        return _views(self._there, n, s)

    def _gather(self, problem: Problem, sentences: I64, here: DeviceJob) -> None:
        """Copy the tokens; their places are random, and one thread waits for memory alone."""
        tokens, parts = here.tokens.numpy(), np.array_split(np.arange(len(sentences)), THREADS)
        firsts = problem.offsets[sentences] - here.begins.numpy()  # where each sentence goes

        def gather(part: I64) -> None:
            place = firsts[part[0]] if len(part) else 0  # nothing is gathered to compile this
            _gather(problem.tokens, problem.offsets, sentences[part], tokens[place:])

        list(self._threads.map(gather, parts))

    def done(self) -> None:
        """Say that all work on the job is under way."""
        if self._done:
            self._done.record()

    def _reserve(self, n: int, s: int) -> None:
        size = n + 3 * aligned(s)
        if len(self._here) < size:
            size += size // 4  # the next job is a little longer
            self._here = torch.empty(size, dtype=torch.int32, pin_memory=bool(self._copies))
            with torch.cuda.stream(self._copies):  # whose next use of it is a copy
                self._there = torch.empty(size, dtype=torch.int32, device=self._device)
        if not self._copies:
            self._there = self._here


def aligned(n: int) -> int:
    """Round up to 16 bytes of int32: Triton compiles anew for pointers that are not."""
    return -(-n // 4) * 4


def _views(memory: Tensor, n: int, s: int) -> DeviceJob:
    room = aligned(s)
    begins, lengths, tokens = torch.split(memory, [2 * room, room, len(memory) - 3 * room])
    return DeviceJob(tokens[:n], lengths[:s], begins.view(torch.int64)[:s])


@numba.njit(nogil=True, cache=True)
def _gather(tokens: Any, offsets: I64, sentences: I64, out: npt.NDArray[np.int32]) -> None:
    n = 0
    for s in sentences:
        for position in range(offsets[s], offsets[s + 1]):
            out[n] = tokens[position]
            n += 1


class AsyncLoss:
    """The loss so far, on the device, read without waiting for it."""

    def __init__(self, device: str, copies: Any) -> None:
        self.totals = torch.zeros(2, dtype=torch.float64, device=device)
        self._here, self._arrived, self._seen = self.totals, None, np.zeros(2)
        if copies:
            self._here = torch.zeros(2, dtype=torch.float64, pin_memory=True)
            self._arrived = torch.cuda.Event()

    def read(self) -> Loss:
        """Return what was measured since the last reading, as far as it has arrived."""
        if self._arrived and not self._arrived.query():
            return Loss(0.0, 0)
        now = self._here.numpy().copy()
        nats, pairs = now - self._seen
        self._seen = now
        if self._arrived:
            self._here.copy_(self.totals, non_blocking=True)
            self._arrived.record()
        return Loss(float(nats), int(pairs))
