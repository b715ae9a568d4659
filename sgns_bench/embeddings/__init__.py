"""Embeddings: words with vectors, in memory and in files."""

from sgns_bench.embeddings.files import Format, read_vectors
from sgns_bench.embeddings.trained import Embeddings, Which
from sgns_bench.embeddings.word_vectors import WordVectors

__all__ = ["Embeddings", "Format", "Which", "WordVectors", "read_vectors"]
