"""What only the cpu kernel has; its updates are tested in test_cpu_and_gpu_against_reference.py."""

import numpy as np

from sgns_bench.kernels import _cpu_centers


def test_the_fast_sigmoid_is_the_sigmoid():
    x = np.linspace(-30, 30, 100_001, dtype=np.float32)

    fast = np.array([_cpu_centers.sigmoid(value) for value in x])

    exact = 1 / (1 + np.exp(-x.astype(float)))
    assert np.abs(exact - fast).max() < 2e-7
