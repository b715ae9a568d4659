"""Fast skip-gram with negative sampling, and the benchmark that keeps it honest.

>>> from sgns_bench import SkipGramConfig, evaluate, load_corpus, train
>>> corpus = load_corpus("gensim-wiki", min_count=5)
>>> embeddings = train(corpus, SkipGramConfig(epochs=10), progress=True)
>>> embeddings.most_similar("king")
>>> evaluate(embeddings, "wordsim353")
>>> embeddings.to_keyed_vectors().save("vectors.kv")

For a PyTorch loop of your own: ``SkipGramNegativeSampling``, ``NegativeSampler`` and
``SkipGramDataset``; ``sgns_bench.pytorch`` shows one whole.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sgns_bench.bench import run_suite as run_suite
    from sgns_bench.config import SkipGramConfig as SkipGramConfig
    from sgns_bench.corpus import Corpus as Corpus
    from sgns_bench.corpus import corpus_from_sentences as corpus_from_sentences
    from sgns_bench.corpus import load_corpus as load_corpus
    from sgns_bench.embeddings import Embeddings as Embeddings
    from sgns_bench.errors import SgnsBenchError as SgnsBenchError
    from sgns_bench.evaluation import compare as compare
    from sgns_bench.evaluation import evaluate as evaluate
    from sgns_bench.kernels.eager import SkipGramNegativeSampling as SkipGramNegativeSampling
    from sgns_bench.pytorch import NegativeSampler as NegativeSampler
    from sgns_bench.pytorch import SkipGramDataset as SkipGramDataset
    from sgns_bench.sampling.noise import NoiseDistribution as NoiseDistribution
    from sgns_bench.trainers import train as train
    from sgns_bench.vocab import Vocab as Vocab
    from sgns_bench.word2vec import Word2Vec as Word2Vec
    from sgns_bench.word2vec import accelerate_gensim as accelerate_gensim

__version__ = "0.1.0"

_HOME = {
    "Corpus": "corpus",
    "Embeddings": "embeddings",
    "NegativeSampler": "pytorch",
    "NoiseDistribution": "sampling.noise",
    "SgnsBenchError": "errors",
    "SkipGramConfig": "config",
    "SkipGramDataset": "pytorch",
    "SkipGramNegativeSampling": "kernels.eager",
    "Vocab": "vocab",
    "Word2Vec": "word2vec",
    "accelerate_gensim": "word2vec",
    "compare": "evaluation",
    "corpus_from_sentences": "corpus",
    "evaluate": "evaluation",
    "load_corpus": "corpus",
    "run_suite": "bench",
    "train": "trainers",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    # Imported when first used: torch takes seconds, and the command line often needs none of it.
    if name not in _HOME:
        raise AttributeError(f"module 'sgns_bench' has no attribute {name!r}")
    return getattr(import_module(f"sgns_bench.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
