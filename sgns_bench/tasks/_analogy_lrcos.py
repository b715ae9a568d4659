"""LRCos: answer an analogy with a word of the right class that is similar to the given word.

Drozd, Gladkova and Matsuoka 2016, Word Embeddings, Analogies, and Machine Learning: Beyond King -
Man + Woman = Queen, section 3. All pairs of a relation but one train a logistic regression to
recognise the relation's second words. For the held-out pair the answer is the word x with highest

    P(x is a second word) cos(x, first word).

Details follow the authors' library vecto: unit vectors, C = 1, equal class weights; the negative
examples of the n second words are the n first words, weighted fourfold, and n random words.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit

from sgns_bench.tasks._scoring import unit_rows

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

FIRST_WORDS: Final = 4  # weight of a first word; a random word has weight 1
STEPS: Final = 500  # largest number of iterations
TOLERANCE: Final = 1e-6  # largest change of a coefficient at convergence
AT_ONCE: Final = 32  # pairs at a time, for two arrays (AT_ONCE, V) float32


def complete_by_relation(
    vectors: npt.NDArray[np.float32],
    questions: I64,
    relations: npt.NDArray[np.object_],
    depth: int,
) -> I64:
    """Return the best answers to each question, which depend on its third and expected word only.

    ``questions`` are (Q, 4) int64 rows of first, second, third and expected word, ``relations``
    (Q,) names. The answers are (Q, depth) int64 rows, best first, as from :func:`complete_pairs`.
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
    """Return the best second words for each pair, learnt from all other pairs of the relation.

    ``pairs`` are (n, 2) int64 rows, distinct, n > 1. The answers are (n, depth) int64 rows, best
    first, never the first word of the pair; -1 if no word is left.
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
    """Fit logistic regressions (n, D + 1), the i-th without the i-th pair; intercepts come last.

    Each minimises ½|w|² + Σ weight · log-loss. All are fitted together, because one matrix bounds
    the Hessian of each (Böhning 1992, Multinomial Logistic Regression Algorithm).
    """
    x = np.column_stack([units, np.ones(len(units))])  # (3n, D + 1)
    is_second = np.arange(len(x)) < n
    counts = np.tile(np.repeat([1.0, FIRST_WORDS, 1.0], n), (n, 1))
    counts[np.arange(n), np.arange(n)] = counts[np.arange(n), n + np.arange(n)] = 0
    totals = [counts[:, part].sum(axis=1, keepdims=True) for part in (is_second, ~is_second)]
    of_class = np.maximum(np.where(is_second, *totals), 1)  # with a single pair the sums are 0
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
