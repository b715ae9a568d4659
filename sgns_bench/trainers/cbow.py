"""Our CBOW with negative sampling: the mean of a window's words predicts its center.

Mikolov et al. 2013, Efficient Estimation of Word Representations, section 3.1: one prediction per
center where skip-gram makes one per pair. The step is that of gensim and word2vec.c, or with
``cbow_gradient`` the gradient; see ``kernels.reference.update_cbow``. It trains on the CPU whatever
the device. See also :mod:`sgns_bench.trainers.sgns`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = frozenset({"half_step"})

prepare = partial(prepare_kernel, "cpu", cbow=True)
