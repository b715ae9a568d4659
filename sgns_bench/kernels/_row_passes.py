"""Passes over a few rows at once, register by register, which numba would not write as well.

Its own loops over rows check whether the rows overlap, and take what is left of four registers one
number after the other: twice the time where a row has seven. All take addresses (intp), then scalars
(float32), then ``vectors`` >= 1, the registers of a row; nothing is checked.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from sgns_bench.kernels._microkernels import (
    _VECTOR,
    LANES,
    _broadcast,
    _for_each_register,
    _lane_sums,
    _load,
    _multiply_add,
    _store,
)

_ZEROS = ir.Constant(_VECTOR, [0.0] * LANES)

Step = Callable[..., dict[int, ir.Value]]
"""From a builder, a fused multiply-add, the scalars and a register of each row: what to write where."""


def _pass(rows: int, scalars: int, step: Step) -> tuple[Any, Any]:
    """Return the type and the code of a pass over some rows with some scalars."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses, vectors, fma = arguments[:rows], arguments[-1], _multiply_add(builder)
        factors = [_broadcast(builder, scalar) for scalar in arguments[rows:-1]]

        def body(offset: ir.Value, nothing: list[ir.Value]) -> list[ir.Value]:
            here = [builder.add(address, offset) for address in addresses]
            parts = [_load(builder, address, 0, _VECTOR) for address in here]
            for row, value in step(builder, fma, *factors, *parts).items():
                _store(builder, value, here[row], 0)
            return nothing

        _for_each_register(builder, vectors, [], body)
        return context.get_dummy_value()

    return types.void(*[types.intp] * rows, *[types.float32] * scalars, types.intp), codegen


@intrinsic
def dot(typing, a, b, vectors):  # type: ignore[no-untyped-def]
    """Return the inner product of two rows."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, vectors = arguments
        fma = _multiply_add(builder)

        def body(offset: ir.Value, total: list[ir.Value]) -> list[ir.Value]:
            x, y = (_load(builder, builder.add(row, offset), 0, _VECTOR) for row in (a, b))
            return [fma(x, y, total[0])]

        total = _for_each_register(builder, vectors, [_ZEROS], body)
        return builder.extract_element(_lane_sums(builder, total), ir.Constant(ir.IntType(32), 0))

    return types.float32(types.intp, types.intp, types.intp), codegen


@intrinsic
def add_rows(typing, total, a, b, vectors):  # type: ignore[no-untyped-def]
    """Set total to a + b."""
    return _pass(3, 0, lambda builder, fma, total, a, b: {0: builder.fadd(a, b)})


@intrinsic
def add_scaled(typing, total, row, scale, vectors):  # type: ignore[no-untyped-def]
    """Add scale times row to total."""
    return _pass(2, 1, lambda builder, fma, scale, total, row: {0: fma(scale, row, total)})


@intrinsic
def window_sum(typing, h, end, begin, center, scale, vectors):  # type: ignore[no-untyped-def]
    """Set h to scale (end - begin - center)."""

    def step(b, fma, scale, h, end, begin, center):  # type: ignore[no-untyped-def]
        return {0: b.fmul(scale, b.fsub(b.fsub(end, begin), center))}

    return _pass(4, 1, step)


@intrinsic
def exchange_and_spread(typing, e, c, h, begin, end, g, scale, vectors):  # type: ignore[no-untyped-def]
    """Set e to scale (e + g c), add g h to c, then e to begin and -e to end, which must be two rows."""

    def step(b, fma, g, scale, e, c, h, begin, end):  # type: ignore[no-untyped-def]
        total = b.fmul(scale, fma(g, c, e))
        return {0: total, 1: fma(g, h, c), 3: b.fadd(begin, total), 4: b.fsub(end, total)}

    return _pass(5, 2, step)


@intrinsic
def move(typing, w, running, step_, own, vectors):  # type: ignore[no-untyped-def]
    """Add step to running, then running - own to w, and set step to 0."""

    def step(b, fma, w, running, moved, own):  # type: ignore[no-untyped-def]
        total = b.fadd(running, moved)
        return {0: b.fsub(b.fadd(w, total), own), 1: total, 2: _ZEROS}

    return _pass(4, 0, step)
