"""Trained embeddings, and their export to gensim, PyTorch and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings.files import Format, format_of, replace, to_safetensors
from sgns_bench.embeddings.word_vectors import WordVectors
from sgns_bench.errors import UnknownName, UnknownWord
from sgns_bench.vocab import Vocab

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from torch import nn

Which = Literal["input", "output", "average"]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The trained input and output vectors of a vocabulary.

    Attributes:
        vocab: V words, most frequent first.
        input_vectors: (V, D) float32, vectors of contexts; word2vec exports these.
        output_vectors: (V, D) float32, vectors of centers and negatives.
    """

    vocab: Vocab
    input_vectors: npt.NDArray[np.float32]
    output_vectors: npt.NDArray[np.float32]

    def __repr__(self) -> str:
        V, D = self.input_vectors.shape
        return f"Embeddings({V:,} words, {D} dimensions)"

    def __contains__(self, word: object) -> bool:
        return word in self.vocab.index

    def __getitem__(self, word: str) -> npt.NDArray[np.float32]:
        """Return the input vector of a word, (D,) float32.

        Raises:
            UnknownWord: the word is not in the vocabulary.
        """
        vector: npt.NDArray[np.float32] = self.input_vectors[self._row(word)]
        return vector

    def most_similar(
        self, word: str, topn: int = 10, which: Which = "input"
    ) -> list[tuple[str, float]]:
        """Return the ``topn`` words with the largest cosine to a word, and the cosines, falling.

        Raises:
            UnknownWord: the word is not in the vocabulary.
        """
        row, vectors = self._row(word), self.vectors(which)
        lengths = np.linalg.norm(vectors, axis=1)
        cosines = vectors @ vectors[row] / np.maximum(lengths * lengths[row], np.float32(1e-30))
        cosines[row] = -np.inf
        nearest = np.argsort(-cosines, kind="stable")[: min(topn, len(self.vocab) - 1)]
        return [(self.vocab.words[other], float(cosines[other])) for other in nearest]

    def _row(self, word: str) -> int:
        row = self.vocab.index.get(word)
        if row is None:
            raise UnknownWord(word, len(self.vocab))
        return row

    def vectors(self, which: Which = "input") -> npt.NDArray[np.float32]:
        """Return the input vectors, the output vectors, or their average: (V, D) float32."""
        match which:
            case "input":
                return self.input_vectors
            case "output":
                return self.output_vectors
            case "average":
                return (self.input_vectors + self.output_vectors) / np.float32(2)
        raise UnknownName("kind of vectors", which, get_args(Which))

    def word_vectors(self, which: Which = "input") -> WordVectors:
        """Return the words with their input, output or average vectors, for scoring."""
        return WordVectors(self.vocab.words, self.vectors(which))

    def to_keyed_vectors(self, which: Which = "input") -> KeyedVectors:
        """Return gensim KeyedVectors with word counts, most frequent word first."""
        from gensim.models import KeyedVectors

        keyed = KeyedVectors(self.input_vectors.shape[1])
        keyed.add_vectors(list(self.vocab.words), self.vectors(which))
        keyed.expandos["count"] = self.vocab.counts.copy()
        return keyed

    def to_torch_embedding(
        self, which: Which = "input", *, freeze: bool = False
    ) -> tuple[nn.Embedding, dict[str, int]]:
        """Return a layer of PyTorch with a copy of the vectors, and the row of each word.

        Args:
            which: "input", "output" or "average".
            freeze: whether the vectors stay as they are when the layer is trained.
        """
        import torch

        V, D = self.input_vectors.shape
        layer = torch.nn.Embedding(V, D, device="meta")  # without memory for weights of its own
        layer.weight = torch.nn.Parameter(torch.tensor(self.vectors(which)), not freeze)
        return layer, dict(self.vocab.index)

    def save(self, path: str | Path, format: Format | None = None, which: Which = "input") -> None:
        """Write the vectors to a single file.

        An interrupted save leaves an existing file unchanged.

        Args:
            path: the file; gensim compresses its formats if the name ends in .gz.
            format: "kv" for ``KeyedVectors.load``, "text" or "binary" for
                ``KeyedVectors.load_word2vec_format``, "safetensors" for readers that take no
                pickles (:mod:`sgns_bench.embeddings.files` has its layout). None chooses
                by the end of the name: .txt or .vec "text", .bin "binary", .safetensors
                "safetensors", any other "kv".
            which: "input", "output" or "average".

        Raises:
            UnknownName: the format or the kind of vectors does not exist.
            DatasetError: a vector is not finite.
            ConfigError: the file cannot be written.
        """
        format = format or format_of(Path(path))
        if format not in get_args(Format):
            raise UnknownName("format", format, get_args(Format))
        self.word_vectors(which)  # raises if training diverged, before a file is overwritten
        if format == "safetensors":
            replace(Path(path), partial(to_safetensors, self.vocab, self.vectors(which)))
            return
        keyed = self.to_keyed_vectors(which)
        if format == "kv":
            # separately=[] keeps large arrays in this one file, which can be replaced atomically.
            replace(Path(path), partial(keyed.save, separately=[]))
        else:
            replace(Path(path), partial(keyed.save_word2vec_format, binary=format == "binary"))
