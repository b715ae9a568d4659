"""Align the columns of rows of text."""

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a line for each row, with aligned columns; empty columns are left out."""
    columns = [
        [cell.ljust(max(map(len, column))) for cell in column]
        for column in zip(*rows, strict=True)
        if any(column)
    ]
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
