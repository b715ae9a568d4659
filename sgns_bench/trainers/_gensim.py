"""Shared code of the trainers that run gensim: input file, model and progress.

They train in ``corpus_file`` mode, gensim's fastest: each thread reads the file from its own
offset and never takes the GIL. In this mode (gensim 4.4.0)

* a worker finishes its last job of some 10,000 words, so that the start of the next worker's part
  is trained twice;
* words of a job beyond 10,000 after subsampling, at most one sentence, are not trained;
* alpha decays by the worker's own share of the total, hence too slowly with several workers,
  unless the total is set to the worker's share (:func:`share`).

gensim runs on the CPU whatever the device, in the order of the file. No loss is reported, since
gensim's is wrong with several workers.
"""

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from gensim.models import Word2Vec as GensimWord2Vec
from gensim.models.callbacks import CallbackAny2Vec

from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.trainers import OUR_SETTINGS, Progress
from sgns_bench.trainers._snapshots import Snapshots

IGNORES: Final = OUR_SETTINGS | {"shuffle", "skip_center", "half_step"}


def prepare(
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
    **algorithm: int,
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file and build its model; return a function that trains.

    The file is deleted when the training ends, fails, or is dropped without being called. Arguments
    are those of ``trainers.Trainer``; ``algorithm`` overrides arguments of gensim's ``Word2Vec``.
    Progress is reported, and snapshots are taken, only at the ends of epochs.
    """
    # The letter keeps a worker that starts within a word from reading another word's number.
    words = [f"w{row}" for row in range(len(corpus.vocab))]
    folder = TemporaryDirectory(prefix="sgns_bench_")
    path = Path(folder.name) / "corpus.txt"
    corpus.write_text(path, words)
    model = build(corpus, config, words, **algorithm)

    def train() -> Embeddings:
        with folder:
            model.train(
                corpus_file=str(path),
                total_words=len(corpus.tokens),
                total_examples=share(corpus, config),
                epochs=config.epochs,
                callbacks=[_EpochReporter(progress, snapshots, len(corpus.tokens))],
            )
        return Embeddings(corpus.vocab, *_vectors(model))

    return train


class PlainWord2Vec(GensimWord2Vec):  # type: ignore[misc]  # gensim is untyped
    """gensim's class, also within ``accelerate_gensim``: what derives from it trains as it does."""


def build(
    corpus: Corpus, config: SkipGramConfig, words: list[str], **algorithm: int
) -> PlainWord2Vec:
    """Return gensim's model with these words as its vocabulary, in this order."""
    shared = signature(GensimWord2Vec).parameters.keys() & SETTINGS  # they have the same names
    settings: dict[str, Any] = {name: getattr(config, name) for name in shared} | {
        "min_count": 1,  # the corpus has applied it already
        "sorted_vocab": 0,  # keep the corpus's order of rows, which is sorted already
        # gensim takes sample >= 1 for a count; as a frequency, 1 keeps every token.
        "sample": config.sample if config.sample < 1 else 0,
        "seed": config.seed % 2**32,  # the range of NumPy's RandomState
    }
    model = PlainWord2Vec(**settings | algorithm)
    counts = dict(zip(words, corpus.vocab.counts.tolist(), strict=True))
    model.build_vocab_from_freq(counts, corpus_count=len(corpus.offsets) - 1)
    return model


def share(corpus: Corpus, config: SkipGramConfig) -> int:
    """Return the sentences per worker: gensim decays alpha by the worker's progress over this."""
    return max(1, round((len(corpus.offsets) - 1) / config.workers))


def _vectors(model: PlainWord2Vec) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return W and C; C is zeros with hierarchical softmax, whose outputs are nodes of a tree."""
    W = model.wv.vectors
    return W, model.syn1neg if model.negative else np.zeros_like(W)


class _EpochReporter(CallbackAny2Vec):  # type: ignore[misc]  # gensim is untyped
    def __init__(
        self, progress: Progress, snapshots: Snapshots | None, words_per_epoch: int
    ) -> None:
        self.progress, self.snapshots = progress, snapshots
        self.words_per_epoch, self.epochs = words_per_epoch, 0

    def on_epoch_end(self, model: PlainWord2Vec) -> None:
        self.epochs += 1
        words = self.epochs * self.words_per_epoch
        self.progress(words, float("nan"))
        if self.snapshots and words in self.snapshots.stops:
            self.snapshots.keep(float("nan"), *_vectors(model), stop=words)
