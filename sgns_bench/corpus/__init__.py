"""Encode text as token ids, the input of every trainer."""

from sgns_bench.corpus.corpus import Corpus, corpus_from_sentences, load_corpus

__all__ = ["Corpus", "corpus_from_sentences", "load_corpus"]
