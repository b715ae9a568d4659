"""The textbook module with dense gradients: each batch writes all V rows, as autograd does unless told."""

from sgns_bench.kernels import eager

CONCURRENT = eager.CONCURRENT
JOB_TOKENS = eager.JOB_TOKENS


class Session(eager.Session):
    """As the eager kernel's, but for its gradients."""

    SPARSE = False


start = Session
