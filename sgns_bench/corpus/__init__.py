"""From text to token ids: what every trainer reads."""

from sgns_bench.corpus.corpus import Corpus, corpus_from_sentences, load_corpus

__all__ = ["Corpus", "corpus_from_sentences", "load_corpus"]
