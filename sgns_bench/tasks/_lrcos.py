"""LRCos: the word that is both of the right class and near the word in question.

Drozd, Gladkova and Matsuoka 2016, Word Embeddings, Analogies, and Machine Learning: Beyond King -
Man + Woman = Queen, section 3: of a relation's pairs all but one teach a logistic regression what
its second words are like; of the pair left out, the answer is the x of highest

    P(x is such a word) cos(x, first word).

What the paper leaves open is as in the authors' library vecto: vectors of length 1, C = 1, classes
that weigh the same, and against the n second words the n first ones, fourfold, and n words drawn
from the vocabulary.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit

from sgns_bench.tasks._scoring import unit_rows

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

FIRST_WORDS: Final = 4  # how often each counts, where a word that is drawn counts once
STEPS: Final = 500  # at most
TOLERANCE: Final = 1e-6
AT_ONCE: Final = 32  # pairs: (AT_ONCE, V) float32 twice


def complete_by_relation(
    vectors: npt.NDArray[np.float32],
    questions: I64,
    relations: npt.NDArray[np.object_],
    depth: int,
) -> I64:
    """Return the best rows for each question; after the same word they are the same.

    Args:
        vectors: (V, D) float32, finite.
        questions: (Q, 4) int64 rows, the last of the word that is expected.
        relations: (Q,) names.
        depth: how many rows to return.

    Returns:
        (Q, depth) int64, as from :func:`complete_pairs` for third and expected word.
    """
    best = np.empty((len(questions), depth), dtype=np.int64)
    for relation in dict.fromkeys(relations):
        here = np.flatnonzero(relations == relation)
        halves = questions[here].reshape(-1, 2)  # first and second word, third and expected, ...
        pairs, numbers = np.unique(halves, axis=0, return_inverse=True)
        best[here] = complete_pairs(vectors, pairs, depth)[numbers.reshape(-1)[1::2]]
    return best


@torch.inference_mode()
def complete_pairs(vectors: npt.NDArray[np.float32], pairs: I64, depth: int) -> I64:
    """Return the rows that complete each pair best, as all others teach it, best first.

    Args:
        vectors: (V, D) float32, finite.
        pairs: (n, 2) int64 rows of one relation's words, n > 1, all different.
        depth: how many rows to return.

    Returns:
        (n, depth) int64, without the first word of the pair, -1 where no word is left.
    """
    drawn = np.random.default_rng(len(vectors)).integers(len(vectors), size=len(pairs))
    rows = np.concatenate([pairs[:, 1], pairs[:, 0], drawn])
    models = _fit_all_but_each(unit_rows(vectors[rows].astype(np.float64)), len(pairs))
    everything = torch.from_numpy(vectors)
    lengths = everything.norm(dim=1).clamp_min(1e-12)
    best = [
        _best(everything, lengths, models[part], pairs[part, 0], depth)
        for part in (slice(at, at + AT_ONCE) for at in range(0, len(pairs), AT_ONCE))
    ]
    return np.concatenate(best)


def _fit_all_but_each(units: F64, n: int) -> F64:
    """(n, D + 1) models, each of all words but the i-th second and the i-th first one.

    Each is the least ½|w|² + Σ weight · log-loss, its last number the intercept. All are found at
    once, as one matrix bounds the curvature of each, whatever the model: Böhning 1992, Multinomial
    Logistic Regression Algorithm.
    """
    x = np.column_stack([units, np.ones(len(units))])  # (3n, D + 1)
    is_second = np.arange(len(x)) < n
    counts = np.tile(np.repeat([1.0, FIRST_WORDS, 1.0], n), (n, 1))
    counts[np.arange(n), np.arange(n)] = counts[np.arange(n), n + np.arange(n)] = 0
    totals = [counts[:, part].sum(axis=1, keepdims=True) for part in (is_second, ~is_second)]
    of_class = np.maximum(np.where(is_second, *totals), 1)  # of a single pair nothing is left
    weights = counts * sum(totals) / (2 * of_class)  # (n, 3n)
    ridge = np.append(np.ones(units.shape[1]), 0.0)
    way = np.linalg.inv(np.diag(ridge) + (x.T * weights.max(axis=0) / 4) @ x)
    models = np.zeros((n, x.shape[1]))
    for _ in range(STEPS):
        slopes = models * ridge + (weights * (expit(models @ x.T) - is_second)) @ x
        steps = slopes @ way
        models -= steps
        if np.abs(steps).max() < TOLERANCE:
            break
    return models


def _best(
    vectors: torch.Tensor, lengths: torch.Tensor, models: F64, firsts: I64, depth: int
) -> npt.NDArray[np.int64]:
    weights = torch.tensor(models, dtype=torch.float32)  # (n, D + 1)
    rows = torch.from_numpy(firsts)[:, None]
    cosines = vectors[rows[:, 0]] @ vectors.T / (lengths[rows] * lengths)  # (n, V)
    logits = weights[:, :-1] @ vectors.T / lengths + weights[:, -1:]
    scores = logits.sigmoid_().mul_(cosines).scatter_(1, rows, -torch.inf)
    values, best = scores.topk(min(depth, scores.shape[1]))
    best[values == -torch.inf] = -1
    return np.asarray(best.numpy())
