"""Our CBOW with negative sampling: a window's words, averaged, predict its center.

Mikolov et al. 2013, Efficient Estimation of Word Representations, section 3.1: one prediction per
center where skip-gram makes one per pair. The step is gensim's and word2vec.c's, or the gradient
(``cbow_gradient``); see ``kernels.reference.update_cbow``. It trains on the CPU, whatever the
device. For the rest see :mod:`sgns_bench.trainers.sgns`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = frozenset({"half_step"})

prepare = partial(prepare_kernel, "cpu", cbow=True)
