"""Checkpoints: the whole state of a training in files, from which it goes on exactly.

Jobs are cut before anybody trains, and draws are hashes of positions; so the two matrices and the
number of the next job say everything. A folder of checkpoints holds

    checkpoint-000000001234/     named by the next job; the last two are kept
        vectors.safetensors      input_vectors and output_vectors, (V, D) float32
        state.json               what is trained, words and seconds so far; written last
    lock                         held while a training writes here

A checkpoint is written under another name and renamed when it is whole and on disk. Nothing is
removed but older checkpoints and what a killed training left unfinished.
"""

import json
import logging
import math
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from itertools import chain
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self, TypeVar
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.errors import ConfigError
from sgns_bench.host.files import UNFINISHED, sync
from sgns_bench.host.threads import in_threads
from sgns_bench.vocab import Vocab

FORMAT: Final = 1
KEPT: Final = 2  # checkpoints: should the newest be lost with the disk's cache, there is another
PREFIX: Final = "checkpoint-"
SECONDS: Final = 300.0

F32 = npt.NDArray[np.float32]
Vectors = Callable[[], tuple[F32, F32]]
logger = logging.getLogger("sgns_bench")


class HasWords(Protocol):
    """A job of any schedule."""

    @property
    def raw_words(self) -> float:
        """Words of the corpus that it trains."""


Job = TypeVar("Job", bound=HasWords)
Result = TypeVar("Result")


class State(NamedTuple):
    """A training at one moment, between two jobs."""

    next_job: int  # number of the job that comes next; all before it are trained
    words: int  # raw words trained
    seconds: float  # training time so far, over all runs
    input_vectors: F32  # (V, D)
    output_vectors: F32  # (V, D)


class Checkpoints:
    """The checkpoints of one training in a folder, which no other training can use meanwhile.

    Args:
        folder: made if needed.
        identity: what a training must share with a checkpoint to go on from it: texts and numbers
            by name, in the order in which differences are named.
        shape: (V, D).
        seconds: time between two checkpoints.

    Attributes:
        words: raw words that earlier runs have trained.
        seconds: how long they took.

    Raises:
        ConfigError: the folder cannot be written, another training writes there, or its checkpoint
            is of another identity.
    """

    def __init__(
        self,
        folder: Path,
        identity: Mapping[str, Any],
        shape: tuple[int, int],
        seconds: float = SECONDS,
    ) -> None:
        if not seconds > 0:
            raise ConfigError(f"checkpoint_seconds = {seconds}: must be a positive number")
        self.folder = folder
        self._identity = json.loads(json.dumps(dict(identity)))
        self._shape, self._interval = shape, seconds
        self._writer: threading.Thread | None = None
        self._error: str | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / "lock", timeout=0)
            self._lock.acquire()
        except Timeout:
            raise ConfigError(
                f"{folder}: another training writes its checkpoints here; give another folder"
            ) from None
        except OSError as error:
            raise ConfigError(
                f"{folder}: cannot be written: {error.strerror or error}; give another folder"
            ) from None
        for left in folder.glob(f"{UNFINISHED}*"):  # ours: we hold the lock
            shutil.rmtree(left, ignore_errors=True)
        try:
            self._earlier = self._latest()
        except BaseException:
            self._lock.release()
            raise
        self._first, self.words, self.seconds = self._earlier[:3] if self._earlier else (0, 0, 0.0)
        self._to_skip, self._saved = self._first, self._first if self._earlier else -1
        self._started, self._trained = list[float](), list[float]()  # words; append is atomic
        self._begin = self._last = perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait until checkpoints are on disk, and leave the folder to others."""
        self._join()
        self._lock.release()

    def start_vectors(self) -> tuple[F32, F32] | None:
        """Return W and C of the newest whole checkpoint, once; None if there is none."""
        earlier, self._earlier = self._earlier, None
        return earlier[-2:] if earlier else None

    def run(
        self,
        jobs: Iterable[Job],
        train: Callable[[Job], Result],
        skip: Callable[[Job], Result],
        workers: int,
        vectors: Vectors,
    ) -> Generator[Result, None, None]:
        """Train jobs as ``in_threads`` does, but for those of earlier runs, with checkpoints.

        Threads stop for a checkpoint until the matrices are copied; it is written while they train.
        When this generator is closed, also by Ctrl-C, it writes a last one.

        Args:
            jobs: the jobs from the first one on; a second call goes on with those that follow.
            train: called with each job, in a worker thread.
            skip: returns what is yielded for a job that an earlier run has trained.
            workers: number of threads.
            vectors: returns copies of W and C.
        """
        left = iter(jobs)
        while self._to_skip and (job := next(left, None)) is not None:
            self._to_skip -= 1
            yield skip(job)

        def counted(job: Job) -> Result:
            self._started.append(job.raw_words)
            result = train(job)
            self._trained.append(job.raw_words)
            return result

        try:
            while (job := next(left, None)) is not None:
                part = self._until_due(chain([job], left))
                with closing(in_threads(part, counted, workers)) as results:
                    yield from results
                if self._is_due():
                    self._save(vectors)
        except BaseException:
            if len(self._started) == len(self._trained):  # else the vectors are within a job
                self.finish(vectors)
            raise

    def finish(self, vectors: Vectors) -> None:
        """Write a checkpoint of what is trained, and wait until it is on disk."""
        self._save(vectors)
        self._join()

    def _until_due(self, jobs: Iterable[Job]) -> Iterator[Job]:
        for job in jobs:
            yield job
            if self._is_due():
                return

    def _is_due(self) -> bool:
        is_writing = self._writer is not None and self._writer.is_alive()
        return perf_counter() - self._last >= self._interval and not is_writing

    def _save(self, vectors: Vectors) -> None:
        self._join()
        self._last = perf_counter()
        next_job = self._first + len(self._trained)
        if next_job == self._saved:
            return
        words = self.words + round(sum(self._trained))
        seconds = self.seconds + perf_counter() - self._begin
        self._saved, state = next_job, State(next_job, words, seconds, *vectors())
        self._writer = threading.Thread(target=self._write, args=(state,), name="checkpoint")
        self._writer.start()

    def _join(self) -> None:
        """Wait for the writer. A checkpoint that it could not write must not end the training."""
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        if self._error is not None:
            reason, self._error, self._saved = self._error, None, -1
            logger.error("%s: a checkpoint could not be written: %s", self.folder, reason)

    def _write(self, state: State) -> None:
        from safetensors.numpy import save_file

        new = self.folder / f"{UNFINISHED}{uuid4().hex}"
        number, words, seconds, W, C = state
        progress = {"next_job": number, "words": words, "seconds": seconds}
        try:
            new.mkdir()
            save_file({"input_vectors": W, "output_vectors": C}, new / "vectors.safetensors")
            sync(new / "vectors.safetensors")
            about = {"format": FORMAT, "identity": self._identity, **progress}
            (new / "state.json").write_text(json.dumps(about, indent=1), "utf-8")
            sync(new / "state.json")
            sync(new)
            target = self.folder / f"{PREFIX}{number:012d}"
            if target.exists():  # damaged, or it would not be written again
                target.rename(self.folder / f"{UNFINISHED}{uuid4().hex}")
            new.rename(target)
            sync(self.folder)
            for old in self._whole()[KEPT:]:
                shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            self._error = error.strerror or str(error)
            shutil.rmtree(new, ignore_errors=True)

    def _whole(self) -> list[Path]:
        """Return the folders of checkpoints, the newest first."""
        found = (path for path in self.folder.glob(f"{PREFIX}*") if (path / "state.json").exists())
        return sorted(found, reverse=True)

    def _latest(self) -> State | None:
        for path in self._whole():
            try:
                state = self._read(path)
            except ConfigError:
                raise
            except Exception as error:  # damaged: the one before it may be whole
                logger.warning("%s: cannot be read, the one before it is tried: %s", path, error)
                continue
            logger.info("%s: goes on from there, %s words are trained", path, f"{state.words:,}")
            return state
        return None

    def _read(self, path: Path) -> State:
        from safetensors.numpy import load_file

        about = json.loads((path / "state.json").read_text("utf-8"))
        if about["format"] != FORMAT:
            raise ConfigError(
                f"{path}: format {about['format']}, this version reads {FORMAT};"
                " give another folder for checkpoints"
            )
        self._check_identity(path, about["identity"])
        tensors = load_file(path / "vectors.safetensors")
        W, C = tensors["input_vectors"], tensors["output_vectors"]
        for matrix in (W, C):
            if matrix.shape != self._shape or matrix.dtype != np.float32:
                raise ValueError(f"vectors of shape {matrix.shape}, not {self._shape}")
        if not math.isfinite(float(W.sum(dtype=np.float64) + C.sum(dtype=np.float64))):
            raise ValueError("vectors are not finite")
        return State(int(about["next_job"]), int(about["words"]), float(about["seconds"]), W, C)

    def _check_identity(self, path: Path, theirs: Mapping[str, Any]) -> None:
        for name, ours in self._identity.items():
            if theirs.get(name) != ours:
                raise ConfigError(
                    f"{path}: is of another training: {name} = {_short(theirs.get(name))}, not"
                    f" {_short(ours)}; give another folder for checkpoints"
                )


def open_checkpoints(
    folder: str | Path, trainer: str, corpus: Corpus, config: SkipGramConfig, seconds: float
) -> Checkpoints:
    """Return the checkpoints of a training in a folder; see :class:`Checkpoints`.

    All settings matter to a training but ``workers``.
    """
    settings = {name: value for name, value in config.as_dict().items() if name != "workers"}
    identity = {
        "trainer": trainer,
        "corpus_sha256": corpus.sha256,
        "vocabulary_sha256": vocabulary_sha256(corpus.vocab),
        "tokens": len(corpus.tokens),
        "sentences": len(corpus.offsets) - 1,
        **settings,
    }
    return Checkpoints(Path(folder), identity, (len(corpus.vocab), config.vector_size), seconds)


def vocabulary_sha256(vocab: Vocab) -> str:
    """Return a digest of the words of a vocabulary and their counts."""
    words = "\n".join(vocab.words).encode("utf-8", "surrogatepass")
    return sha256(words + np.ascontiguousarray(vocab.counts).tobytes()).hexdigest()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:12]}..."
