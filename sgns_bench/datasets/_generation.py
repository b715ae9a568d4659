"""Functions that the generators of data sets share: writing lines, drawing nearby clusters."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sgns_bench.sampling.rng import below, high32, low32

I64 = npt.NDArray[np.int64]


def write_lines(folder: Path, files: Mapping[str, Iterable[str]]) -> None:
    """Write files of ASCII lines, with the same bytes on every platform."""
    for name, lines in files.items():
        with (folder / name).open("w", encoding="ascii", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)


def draw_near(
    bits: npt.NDArray[np.uint64], own: I64, count: int, group: int, weights: tuple[int, int, int]
) -> I64:
    """Draw a cluster for each item, (n,) int64: its own, one of the same group, or any.

    Of ``bits``, (n,) uint64, the high half chooses among the three cases by their ``weights``, the
    low half a cluster. There are ``count`` clusters; ``group`` consecutive ones form a group.
    """
    to_own, to_related, _ = weights
    coins = below(high32(bits), sum(weights))
    related = own // group * group + below(low32(bits), group)
    elsewhere = np.where(coins < to_own + to_related, related, below(low32(bits), count))
    return np.where(coins < to_own, own, elsewhere)
