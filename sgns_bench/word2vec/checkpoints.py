"""Checkpoints of a model's training; see :class:`sgns_bench.trainers.Checkpoints`."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.errors import ConfigError
from sgns_bench.trainers import Checkpoints
from sgns_bench.word2vec.encoded import Encoded

SETTINGS: Final = (
    "vector_size", "window", "shrink_windows", "negative", "ns_exponent", "sample", "alpha",
    "min_alpha", "epochs", "seed", "sg", "cbow_mean", "train_count",
)  # fmt: skip
"""Attributes of a model that its training depends on, beside its words and vectors."""

START_ROWS: Final = 1000  # of the starting vectors that are compared


def open_checkpoints(
    folder: str | Path, seconds: float, model: GensimWord2Vec, corpus: Any
) -> Checkpoints:
    """Return the checkpoints of a training in a folder.

    Args:
        folder: see ``Checkpoints``.
        seconds: time between two checkpoints.
        model: the model before its training.
        corpus: what is trained; must be encoded.

    Raises:
        ConfigError: the corpus is read anew in every epoch; or as ``Checkpoints``.
    """
    if not isinstance(corpus, Encoded):
        raise ConfigError(
            f"checkpoint = {str(folder)!r}: needs sentences that have a length, or a corpus_file;"
            f" of type {type(corpus).__name__} they are read anew in every epoch"
        )
    V = len(model.wv)
    counts = model.wv.expandos["count"][:V].tolist()
    text = sha256(np.ascontiguousarray(corpus.tokens).data)
    text.update(np.ascontiguousarray(corpus.offsets).data)
    words = repr([*zip(model.wv.index_to_key, counts, strict=True)])
    start = np.ascontiguousarray(model.wv.vectors[:START_ROWS])
    identity = {
        "corpus_sha256": text.hexdigest(),
        "vocabulary_sha256": sha256(words.encode("utf-8", "surrogatepass")).hexdigest(),
        **{name: float(getattr(model, name) or 0) for name in SETTINGS},
        "start_sha256": sha256(start.data).hexdigest(),
    }
    return Checkpoints(Path(folder), identity, (V, model.vector_size), seconds)
