"""The specification: skip-gram with negative sampling in NumPy float64, one pair at a time.

Read this file first. ``update_pair`` is the algorithm of the paper; ``update_block`` is the same
gradient for a block of centers that share their negatives, which the fast kernels compute.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import Unavailable
from sgns_bench.kernels import Loss, Problem

CONCURRENT = False
JOB_TOKENS = 10_000

Matrix = npt.NDArray[np.float64]


def sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)).

    word2vec.c reads a table of 1000 slots and clips beyond 6, where gensim drops the pair; we
    compute it exactly.
    """
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)))


def update_pair(
    W: Matrix,
    C: Matrix,
    center: int,
    context: int,
    negatives: npt.NDArray[np.int64],
    alpha: float,
    skip_center: bool = True,
) -> float:
    """Take one gradient step on one pair, in place.

    Mikolov et al. 2013, Distributed Representations, eq. 4. As in word2vec.c and gensim the
    *context* word is the input and the *center* word is predicted; windows are symmetric, so the
    set of pairs is that of the paper. With v = W[context] and u_0 = C[center], u_j = C[negatives[j]]:

        loss = -log σ(u_0·v) - Σ_j log σ(-u_j·v)          (natural log: nats)

    A negative equal to the center is skipped, as in word2vec.c, so a pair may get fewer than k.

    Args:
        W: (V, D) float64, changed.
        C: (V, D) float64, changed.
        center: in [0, V).
        context: in [0, V).
        negatives: (k,) integers in [0, V).
        alpha: learning rate.
        skip_center: if not, such a negative is the center's label 1 and its label 0 at once.

    Returns:
        The loss before the step, in nats.
    """
    step, nats = _predict(C, center, W[context], negatives, alpha, skip_center)
    W[context] += step
    return nats


def _predict(
    C: Matrix,
    center: int,
    v: npt.NDArray[np.float64],
    negatives: npt.NDArray[np.int64],
    alpha: float,
    skip_center: bool,
) -> tuple[npt.NDArray[np.float64], float]:
    """Move C towards predicting a center from v; return the step of v, and the loss before."""
    counted = negatives[negatives != center] if skip_center else negatives
    outputs = np.concatenate(([center], counted))
    labels = np.zeros(len(outputs))
    labels[0] = 1.0
    scores = C[outputs] @ v
    g = alpha * (labels - sigmoid(scores))
    step = g @ C[outputs]
    np.add.at(C, outputs, np.outer(g, v))  # a word may be drawn twice
    return step, float(np.logaddexp(0.0, np.where(labels == 1.0, -scores, scores)).sum())


def update_block(
    W: Matrix,
    C: Matrix,
    words: npt.NDArray[np.int64],
    is_pair: npt.NDArray[np.bool_],
    centers: npt.NDArray[np.int64],
    negatives: npt.NDArray[np.int64],
    negative: int,
    alpha: float,
    skip_center: bool = True,
    half_step: bool = True,
) -> float:
    """Take one gradient step on all pairs of a block, which share their negatives, in place.

    In expectation over the pool this is the sum of the gradients of :func:`update_pair`: each
    context sees all N negatives, each weighted so that k per pair are counted.

        U = C[negatives, centers]     X = W[words]     S = U Xᵀ     G = alpha A (Y - σ(S))
        centers:   Y = 1, A[i, j] = is_pair[i, j]
        negatives: Y = 0, A[q, j] = (k/N) Σ_i is_pair[i, j] [centers[i] ≠ negatives[q]]
        W[words] += Gᵀ U     C[negatives, centers] += G X

    Pair by pair, a center's row has already moved towards the contexts before the one at hand: on
    average over their orders by half of its step from all others. The half step gives it that to
    second order in alpha, of the centers' rows of G alone, as negatives are drawn anew:

        W[words[j]] += Σ_i G[i, j] (d[i] - G[i, j] X[j]) / 2     d[i] = Σ_j G[i, j] X[j]

    Args:
        W: (V, D) float64, changed.
        C: (V, D) float64, changed.
        words: (M,) integers in [0, V), the contexts.
        is_pair: (T, M) bool, whether context j is in the window of center i.
        centers: (T,) integers in [0, V).
        negatives: (N,) integers in [0, V), the pool.
        negative: k.
        alpha: learning rate.
        skip_center: if not, [centers[i] ≠ negatives[q]] is 1 throughout.
        half_step: let contexts see half of the step of their centers.

    Returns:
        The loss before the step, in nats.
    """
    outputs = np.concatenate((negatives, centers))
    X, U = W[words], C[outputs]
    S = U @ X.T
    pairs = is_pair.astype(float)
    differ = ((negatives[:, None] != centers) | (not skip_center)).astype(float)  # (N, T)
    A = np.vstack((negative / len(negatives) * differ @ pairs, pairs))
    Y = np.zeros_like(S)
    Y[len(negatives) :] = 1.0
    G = alpha * A * (Y - sigmoid(S))
    positive = G[len(negatives) :] * half_step  # (T, M)
    np.add.at(W, words, G.T @ U)
    np.add.at(W, words, (positive.T @ (positive @ X) - (positive**2).sum(axis=0)[:, None] * X) / 2)
    np.add.at(C, outputs, G @ X)
    return float((A * np.logaddexp(0.0, np.where(Y == 1.0, -S, S))).sum())


def update_block_with_own_negatives(
    W: Matrix,
    C: Matrix,
    words: npt.NDArray[np.int64],
    is_pair: npt.NDArray[np.bool_],
    centers: npt.NDArray[np.int64],
    negatives: Sequence[npt.NDArray[np.int64]],
    alpha: float,
    skip_center: bool = True,
    half_step: bool = True,
) -> float:
    """Take one gradient step on all pairs of a block whose contexts have negatives of their own.

    As :func:`update_block`, but for two things. Each context j draws k negatives of its own for each of
    its pairs, which move before the next context is looked at:

        m[j] = Σ_i is_pair[i, j]     c[q] = Σ_i is_pair[i, j] [centers[i] = negatives[j, q]]
        g = -alpha (1 - c[q] / m[j]) σ(C[negatives[j, q]]·X[j])
        P[j] += g C[negatives[j, q]]     C[negatives[j, q]] += g X[j]

    And the half step is given to both sides: with R[j] the positive part of a context's step,

        R[j] = Σ_i G[i, j] (U[i] + (d[i] - G[i, j] X[j]) / 2)     W[words[j]] += R[j] + P[j]
        X'[j] = X[j] + (R[j] + P[j] (m[j] - 1) / m[j]) / 2
        C[centers[i]] += Σ_j G[i, j] (X'[j] - G[i, j] U[i] / 2)

    Args:
        W: (V, D) float64, changed.
        C: (V, D) float64, changed.
        words: (M,) integers in [0, V), the contexts.
        is_pair: (T, M) bool, whether context j is in the window of center i.
        centers: (T,) integers in [0, V).
        negatives: for each context (k m[j],) integers in [0, V).
        alpha: learning rate.
        skip_center: if not, c is 0 throughout.
        half_step: let either word of a pair see half of the other's step from other pairs.

    Returns:
        The loss before the step, in nats; of negatives, before that of their context.
    """
    X, U = W[words], C[centers]
    pairs = is_pair.astype(float)
    S = U @ X.T
    G = alpha * pairs * (1 - sigmoid(S))
    nats = float((pairs * np.logaddexp(0.0, -S)).sum())
    halves = 0.5 * half_step
    d = G @ X
    positive = G.T @ (U + halves * d) - halves * (G**2).sum(axis=0)[:, None] * X
    np.add.at(C, centers, -halves * (G**2).sum(axis=1)[:, None] * U)
    noise, m = np.zeros_like(X), np.maximum(pairs.sum(axis=0), 1.0)
    for j, own in enumerate(negatives):
        differ = ((own[:, None] != centers) | (not skip_center)).astype(float)  # (k m[j], T)
        A, scores = differ @ pairs[:, j] / m[j], C[own] @ X[j]
        steps = -alpha * A * sigmoid(scores)
        for q, g in zip(own, steps, strict=True):  # a word may be drawn twice
            noise[j] += g * C[q]
            C[q] += g * X[j]
        nats += float((A * np.logaddexp(0.0, scores)).sum())
    others = ((m - 1) / m)[:, None]
    np.add.at(C, centers, G @ (X + halves * (positive + others * noise)))
    np.add.at(W, words, positive + noise)
    return nats


def update_cbow(
    W: Matrix,
    C: Matrix,
    center: int,
    contexts: npt.NDArray[np.int64],
    negatives: npt.NDArray[np.int64],
    alpha: float,
    mean: bool = True,
    corrected: bool = False,
    skip_center: bool = True,
) -> float:
    """Take one gradient step on one center of CBOW, in place.

    Mikolov et al. 2013, Efficient Estimation, section 3.1, with negative sampling: all contexts of a
    center predict it together. With n contexts, u_0 = C[center], u_q = C[negatives[q]]:

        h = Σ_j W[contexts[j]]              divided by n if ``mean``
        loss = -log σ(u_0·h) - Σ_q log σ(-u_q·h)
        e = alpha (σ(-u_0·h) u_0 - Σ_q σ(u_q·h) u_q)      C[...] += its part times h

    The gradient of W[contexts[j]] is e / n for a mean and e for a sum. word2vec.c and gensim add e
    whole for a mean, and gensim divides it by n for a sum: where the one divides, the other does not.
    ``corrected`` takes the gradient (Irsoy et al. 2021, Corrected CBOW, arXiv 2012.15332).

    Args:
        W: (V, D) float64, changed.
        C: (V, D) float64, changed.
        center: in [0, V).
        contexts: (n,) integers in [0, V); without any nothing is done.
        negatives: (k,) integers in [0, V).
        alpha: learning rate.
        mean: whether contexts are averaged or added.
        corrected: whether to take the gradient as it is.
        skip_center: leave out negatives that equal the center.

    Returns:
        The loss before the step, in nats.
    """
    if not len(contexts):
        return 0.0
    n = len(contexts)
    h = W[contexts].sum(axis=0) / (n if mean else 1)
    step, nats = _predict(C, center, h, negatives, alpha, skip_center)
    np.add.at(W, contexts, step / (n if mean == corrected else 1))
    return nats


def update_cbow_block(
    W: Matrix,
    C: Matrix,
    words: npt.NDArray[np.int64],
    is_pair: npt.NDArray[np.bool_],
    centers: npt.NDArray[np.int64],
    negatives: npt.NDArray[np.int64],
    negative: int,
    alpha: float,
    mean: bool = True,
    corrected: bool = False,
    skip_center: bool = True,
) -> float:
    """Take one gradient step on all centers of a block that share N negatives, in place.

    As :func:`update_block` with a sum in front. The negatives' rows move first, each of them standing
    for k / N of every center's, then those of the centers, one after the other:

        n[i] = Σ_j is_pair[i, j]     H = is_pair W[words]     row i divided by n[i] if ``mean``
        G[i, q] = -alpha (k/N) [centers[i] ≠ negatives[q]] σ(C[negatives[q]]·H[i])
        E = G C[negatives]     C[negatives] += Gᵀ H
        p = alpha σ(-C[centers[i]]·H[i])     E[i] += p C[centers[i]]     C[centers[i]] += p H[i]
        W[words] += is_pairᵀ E     row i of E divided by n[i] as in :func:`update_cbow`

    Args:
        W: (V, D) float64, changed.
        C: (V, D) float64, changed.
        words: (M,) integers in [0, V), the contexts.
        is_pair: (T, M) bool, whether context j is in the window of center i.
        centers: (T,) integers in [0, V).
        negatives: (N,) integers in [0, V), the pool.
        negative: k.
        alpha: learning rate.
        mean: whether contexts are averaged or added.
        corrected: whether to take the gradient as it is.
        skip_center: if not, [centers[i] ≠ negatives[q]] is 1 throughout.

    Returns:
        The loss before the step, in nats.
    """
    n = is_pair.sum(axis=1)
    some, divisor = n > 0, np.maximum(n, 1)[:, None]
    B = is_pair.astype(float)
    H = B @ W[words] / (divisor if mean else 1)
    U = C[negatives]
    S, differ = H @ U.T, (centers[:, None] != negatives) | (not skip_center)
    A = negative / len(negatives) * differ * some[:, None]
    G = -alpha * A * sigmoid(S)
    E, nats = G @ U, float((A * np.logaddexp(0.0, S)).sum())
    np.add.at(C, negatives, G.T @ H)
    for i in np.flatnonzero(some):
        score = C[centers[i]] @ H[i]
        p = alpha * sigmoid(-score)
        E[i] += p * C[centers[i]]
        C[centers[i]] += p * H[i]
        nats += float(np.logaddexp(0.0, -score))
    np.add.at(W, words, B.T @ (E / (divisor if mean == corrected else 1)))
    return nats


class Session:
    """Pair by pair in corpus order; negatives are private to each pair."""

    def __init__(
        self,
        problem: Problem,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str = "cpu",
    ) -> None:
        if problem.cbow:
            raise Unavailable("kernel 'reference': does not train CBOW; use kernel 'cpu'")
        self._problem = problem
        self._W = input_vectors.astype(np.float64)
        self._C = output_vectors.astype(np.float64)

    def train(self, sentences: npt.NDArray[np.int64], epoch: int, alpha: float) -> Loss:
        """Train some sentences once, in this order; see ``kernels.Session``."""
        pairs, skip = self._problem.examples(sentences, epoch), self._problem.skip_center
        losses = [
            update_pair(self._W, self._C, center, context, negatives, alpha, skip)
            for center, context, negatives, _ in zip(*pairs, strict=True)
        ]
        return Loss(sum(losses), len(losses))

    def vectors(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return W and C, (V, D) float32 each."""
        return self._W.astype(np.float32), self._C.astype(np.float32)


start = Session
