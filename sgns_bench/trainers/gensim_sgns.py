"""gensim's Word2Vec at its best: the baseline.

Skip-gram with negative sampling in ``corpus_file`` mode, where threads read a file each at its
own offset and never take the GIL: gensim's fastest. What to know of that mode (gensim 4.4.0): a
worker finishes its last job of some 10,000 words, so the start of the next worker's part is
trained twice; words of a job beyond 10,000 after subsampling, a sentence at most, are not trained;
the learning rate decays by a worker's own progress over the whole, hence too slowly, unless told
its share as here. It runs on the CPU whatever the device, and reports no loss: its own is wrong
with several workers.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.machine import usable_cores
from sgns_bench.pairs import pairs_per_token
from sgns_bench.trainers import Progress

IGNORES: Final = frozenset({"block_size", "sharing"})

# Per pair and target word, one thread: fitted to 0.53 and 0.29 million words/s on 2 cores at
# D = 100 and 300, with window 5, 5 negatives and sample 1e-3 on English Wikipedia.
_SECONDS_PER_TARGET: Final = 1e-7
_SECONDS_PER_TARGET_AND_DIMENSION: Final = 7.5e-10


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of two or so."""
    kept = float(corpus.vocab.counts @ corpus.vocab.keep_probability(config.sample))
    pairs = kept * pairs_per_token(config.window, config.shrink_windows)
    per_target = _SECONDS_PER_TARGET + _SECONDS_PER_TARGET_AND_DIMENSION * config.vector_size
    threads = min(config.workers, usable_cores())
    return config.epochs * pairs * (config.negative + 1) * per_target / threads


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file, build its model; return the training.

    The file goes when the training ends, however it ends, or is never begun.
    """
    # A letter before the row: a worker that starts within a word meets no other word's number.
    words = [f"w{row}" for row in range(len(corpus.vocab))]
    folder = TemporaryDirectory(prefix="sgns_bench_")
    path = Path(folder.name) / "corpus.txt"
    _write_sentences(corpus, words, path)
    model = _build(corpus, config, words)

    def train() -> Embeddings:
        with folder:
            model.train(
                corpus_file=str(path),
                total_words=len(corpus.tokens),
                total_examples=_share(corpus, config),
                epochs=config.epochs,
                callbacks=[_Report(progress, len(corpus.tokens))],
            )
        return Embeddings(corpus.vocab, model.wv.vectors, model.syn1neg)

    return train


def _write_sentences(corpus: Corpus, words: list[str], path: Path) -> None:
    with path.open("w", encoding="ascii") as file:
        for start, end in zip(corpus.offsets, corpus.offsets[1:], strict=False):
            file.write(" ".join([words[row] for row in corpus.tokens[start:end].tolist()]) + "\n")


def _build(corpus: Corpus, config: SkipGramConfig, words: list[str]) -> Word2Vec:
    model = Word2Vec(
        sg=1,
        hs=0,
        vector_size=config.vector_size,
        window=config.window,
        shrink_windows=config.shrink_windows,
        min_count=1,  # applied already
        sorted_vocab=0,  # sorted already: rows stay ours
        # From 1 on, gensim takes sample for a count; as a frequency, 1 keeps every token.
        sample=config.sample if config.sample < 1 else 0,
        negative=config.negative,
        ns_exponent=config.ns_exponent,
        alpha=config.alpha,
        min_alpha=config.min_alpha,
        epochs=config.epochs,
        workers=config.workers,
        seed=config.seed % 2**32,  # all that NumPy's RandomState takes
    )
    counts = dict(zip(words, corpus.vocab.counts.tolist(), strict=True))
    model.build_vocab_from_freq(counts, corpus_count=len(corpus.offsets) - 1)
    return model


def _share(corpus: Corpus, config: SkipGramConfig) -> int:
    """Sentences of one worker, which gensim divides its progress by to decay the rate."""
    return max(1, round((len(corpus.offsets) - 1) / config.workers))


class _Report(CallbackAny2Vec):  # type: ignore[misc]  # gensim is untyped
    def __init__(self, progress: Progress, words_per_epoch: int) -> None:
        self.progress, self.words_per_epoch, self.epochs = progress, words_per_epoch, 0

    def on_epoch_end(self, model: Word2Vec) -> None:
        self.epochs += 1
        self.progress(self.epochs * self.words_per_epoch, float("nan"))
