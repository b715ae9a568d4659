"""The benchmarks of :mod:`sgns_bench.measures.speedups`, each with its reference."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch

from sgns_bench import trainers
from sgns_bench.corpus import Corpus, load_corpus
from sgns_bench.corpus.encoder import encode_files
from sgns_bench.corpus.prefix import first_words
from sgns_bench.corpus.textfiles import TextFiles
from sgns_bench.corpus.writer import Options
from sgns_bench.measures import Training
from sgns_bench.tasks.analogy import Question, answer
from sgns_bench.trainers.full_softmax import CHUNK_TOKENS, FullSoftmax, chunks
from sgns_bench.trainers.gensim_sgns import PlainWord2Vec

# A benchmark does more work than its reference, so that it takes long enough to be timed.
WORDS: Final = 400_000  # most words of the corpus
REFERENCE_WORDS: Final = 30_000  # gensim takes a tenth of a second in one thread
QUESTIONS: Final = 4_000
REFERENCE_QUESTIONS: Final = 100  # for gensim
DISTINCT_WORDS: Final = 300  # in the questions
PAIRS_PER_TOKEN: Final = 6  # with a window of 5

Run = Callable[[], object]


class Benchmark(NamedTuple):
    """A benchmark and its reference; both are set up anew before each run, outside the timing."""

    prepare: Callable[[], Run]  # returns a function that runs the benchmark once
    prepare_reference: Callable[[], Run]  # returns a function that runs the reference once
    work: float  # work of one run, in any unit
    reference_work: float  # work of one run of the reference, in the same unit
    rounds: int  # number of rounds, each with one run of both


def benchmarks(training: Training, folder: Path) -> dict[str, Benchmark]:
    """Return all benchmarks by name, for the corpus and settings of a training.

    The first is the one whose memory is measured. Temporary files are written to ``folder``.
    """
    corpus = first_words(training.corpus, WORDS, min_count=1)
    some = training._replace(corpus=corpus, config=training.config.replace(epochs=1))
    small = first_words(corpus, REFERENCE_WORDS, min_count=1)
    text, small_text = folder / "text.txt", folder / "small.txt"
    corpus.write_text(text, corpus.vocab.words)
    small.write_text(small_text, small.vocab.words)
    return {
        "end_to_end": end_to_end(some, small, text, small_text),
        "kernel": kernel(some, small, training.trainer, "gensim_sgns"),
        "cbow": kernel(some, small, "cbow", "gensim_cbow"),
        "encoder": encoder(some, text),
        "analogies": analogies(training),
        "softmax": softmax(some),
    }


def end_to_end(training: Training, small: Corpus, text: Path, small_text: Path) -> Benchmark:
    """Return the benchmark of ``train --corpus TEXT``, with ``config.workers`` threads."""
    folder, config, numbers = text.parent, training.config, count()
    trainer = trainers.load(training.trainer)

    def prepare() -> Run:
        cache = folder / f"cache-{next(numbers)}"  # a new cache, so that the text is read again

        def run() -> None:
            corpus = load_corpus(text, min_count=config.min_count, cache=cache)
            train = trainer.prepare(corpus, config, training.device, _ignore)
            train().save(folder / "ours.kv")

        return run

    def reference() -> None:
        settings = {"vector_size": config.vector_size, "window": config.window}
        settings |= {"negative": config.negative, "min_count": config.min_count, "sg": 1}
        settings |= {"workers": config.workers, "epochs": 1}
        model = PlainWord2Vec(corpus_file=str(small_text), **settings)
        model.wv.save(str(folder / "gensim.kv"))

    return Benchmark(prepare, lambda: reference, len(training.corpus.tokens), len(small.tokens), 6)


def kernel(training: Training, small: Corpus, trainer: str, reference: str) -> Benchmark:
    """Return the benchmark of a trainer without reading and saving, in one thread."""
    config, device = training.config.replace(workers=1), training.device
    return Benchmark(
        lambda: trainers.prepare(trainer, training.corpus, config, device, _ignore),
        lambda: trainers.prepare(reference, small, config, device, _ignore),
        len(training.corpus.tokens),
        len(small.tokens),
        rounds=8,
    )


def encoder(training: Training, text: Path) -> Benchmark:
    """Return the benchmark of encoding a text as token ids, in one thread."""
    options, numbers = Options(min_count=training.config.min_count), count()

    def prepare() -> Run:
        folder = text.parent / f"encoded-{next(numbers)}"
        folder.mkdir()
        return lambda: encode_files(TextFiles([text]), folder, options, name="text", workers=1)

    words = len(training.corpus.tokens)
    return Benchmark(
        prepare, lambda: lambda: Counter(text.read_text("utf-8").split()), words, words, 15
    )


def analogies(training: Training) -> Benchmark:
    """Return the benchmark of answering analogies of random words with the trained vectors."""
    vectors, keyed = training.embeddings.word_vectors(), training.embeddings.to_keyed_vectors()
    keyed.fill_norms()
    rng = np.random.default_rng(1)
    words = rng.choice(len(vectors.words), min(DISTINCT_WORDS, len(vectors.words)), replace=False)
    rows = rng.choice(words, size=(QUESTIONS, 4)).tolist()
    questions = [Question("", *(vectors.words[row] for row in four)) for four in rows]

    def reference() -> None:
        for question in questions[:REFERENCE_QUESTIONS]:
            _, a, b, c, _ = question
            keyed.most_similar(positive=[b, c], negative=[a], topn=5)

    return Benchmark(
        lambda: lambda: answer(vectors, questions),
        lambda: reference,
        QUESTIONS,
        REFERENCE_QUESTIONS,
        rounds=12,
    )


def softmax(training: Training) -> Benchmark:
    """Return the benchmark of one full-softmax update on a chunk of distinct words."""
    V, D = len(training.corpus.vocab), training.config.vector_size
    B = min(CHUNK_TOKENS, V)
    rng = np.random.default_rng(1)
    center = torch.from_numpy(rng.integers(0, B, B * PAIRS_PER_TOKEN))
    context = torch.arange(B).repeat_interleave(PAIRS_PER_TOKEN)
    (chunk,) = chunks(torch.from_numpy(rng.permutation(V)[:B]), center, context, B)
    W, C = rng.normal(size=(2, V, D), scale=0.1).astype(np.float32)
    model = FullSoftmax(W, C, "cpu")
    X, Y = torch.randn(B, D), torch.randn(V, D)
    S, dX, dY = torch.empty(B, V), torch.empty(B, D), torch.empty(V, D)

    def products() -> None:
        torch.mm(X, Y.T, out=S)
        torch.mm(S, Y, out=dX)
        torch.mm(S.T, X, out=dY)

    return Benchmark(lambda: lambda: model.train([chunk], 1e-3), lambda: products, 1, 1, 100)


def _ignore(words: int, loss: float) -> None:
    """Ignore a progress report."""
