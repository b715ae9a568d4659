"""A counter-based random generator: each draw is a hash of (seed, epoch, stream, position, slot).

It has no state. The same 64-bit arithmetic gives the same bits in NumPy, numba and Triton, on any
number of threads and in any order. So all kernels use the same draws, and each can be compared
with the reference number by number.

Source: Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators (SplitMix64),
with David Stafford's "variant 13" finaliser. Position and slot each advance by an odd stride.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

MASK64: Final = (1 << 64) - 1
POSITION_STRIDE: Final = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, as in SplitMix64
SLOT_STRIDE: Final = 0xD1342543DE82EF95  # an odd constant with a good spectral test (Vigna)
MULTIPLIER_1: Final = 0xBF58476D1CE4E5B9
MULTIPLIER_2: Final = 0x94D049BB133111EB

# Each stream provides independent draws for one purpose.
TOKEN: Final = 0  # high 32 bits: subsampling; low 32 bits: reduced window
NEGATIVE: Final = 1  # high 32 bits: column of the alias table; low 32 bits: its coin
SHUFFLE: Final = 2  # order of sentences


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * MULTIPLIER_1) & MASK64
    z = ((z ^ (z >> 27)) * MULTIPLIER_2) & MASK64
    return z ^ (z >> 31)


def stream_key(seed: int, epoch: int, stream: int) -> np.uint64:
    """Return the key of the draws of one epoch and one stream."""
    key = 0
    for part in (seed, epoch, stream):
        key = _mix((key + (part + 1) * POSITION_STRIDE) & MASK64)
    return np.uint64(key)


def draw(
    key: np.uint64, position: npt.ArrayLike, slot: npt.ArrayLike = 0
) -> npt.NDArray[np.uint64]:
    """Return 64 random bits, uint64, for each (position, slot), integers that are broadcast.

    ``key`` comes from :func:`stream_key`.
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2^64 is intended
        z = np.asarray(position).astype(np.uint64) * np.uint64(POSITION_STRIDE)
        z = z + np.asarray(slot).astype(np.uint64) * np.uint64(SLOT_STRIDE) + key
        z = (z ^ (z >> np.uint64(30))) * np.uint64(MULTIPLIER_1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(MULTIPLIER_2)
        return np.asarray(z ^ (z >> np.uint64(31)))


def high32(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Return the high 32 bits of each draw."""
    return (bits >> np.uint64(32)).astype(np.uint32)


def low32(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Return the low 32 bits of each draw."""
    return (bits & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def below(
    bits32: npt.NDArray[np.uint32], bound: int | npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Map 32 random bits to integers in [0, bound) by multiplication (Lemire 2019)."""
    bounds = np.asarray(bound).astype(np.uint64)
    return ((bits32.astype(np.uint64) * bounds) >> np.uint64(32)).astype(np.int64)


def choose(
    bits32: npt.NDArray[np.uint32], cumulative: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Map 32 random bits to indices drawn by integer weights, given as ``cumulative`` sums."""
    return cumulative.searchsorted(below(bits32, int(cumulative[-1])), side="right")


def zipf(count: int, start: int, step: int = 1) -> npt.NDArray[np.int64]:
    """Return cumulative sums of ``count`` weights ∝ 1 / (start + step i), for :func:`choose`."""
    return np.cumsum((1 << 24) // (start + step * np.arange(count)))
