"""Passes over a few rows at once, register by register, which numba would not write as well.

Its own loops over rows check whether the rows overlap, and take what is left of four registers one
number after the other: twice the time where a row has seven. All take addresses (intp), a scalar
(float32) where there is one, and ``vectors`` >= 1, the registers of a row; nothing is checked.
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

Step = Callable[..., dict[int, ir.Value]]
"""From a builder, a fused multiply-add, the scalar and a register of each row: what to write where."""


def _pass(rows: int, step: Step) -> tuple[Any, Any]:
    """Return the type and the code of a pass over ``rows`` rows with a scalar."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *addresses, scalar, vectors = arguments
        fma, factor = _multiply_add(builder), _broadcast(builder, scalar)

        def body(offset: ir.Value, nothing: list[ir.Value]) -> list[ir.Value]:
            here = [builder.add(address, offset) for address in addresses]
            parts = [_load(builder, address, 0, _VECTOR) for address in here]
            for row, value in step(builder, fma, factor, *parts).items():
                _store(builder, value, here[row], 0)
            return nothing

        _for_each_register(builder, vectors, [], body)
        return context.get_dummy_value()

    return types.void(*[types.intp] * rows, types.float32, types.intp), codegen


@intrinsic
def dot(typing, a, b, vectors):  # type: ignore[no-untyped-def]
    """Return the inner product of two rows."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, vectors = arguments
        fma = _multiply_add(builder)

        def body(offset: ir.Value, total: list[ir.Value]) -> list[ir.Value]:
            x, y = (_load(builder, builder.add(row, offset), 0, _VECTOR) for row in (a, b))
            return [fma(x, y, total[0])]

        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        total = _for_each_register(builder, vectors, [zero], body)
        return builder.extract_element(_lane_sums(builder, total), ir.Constant(ir.IntType(32), 0))

    return types.float32(types.intp, types.intp, types.intp), codegen


@intrinsic
def add_row(typing, total, before, row, scale, vectors):  # type: ignore[no-untyped-def]
    """Total = before + scale row."""
    return _pass(3, lambda b, fma, scale, total, before, row: {0: fma(scale, row, before)})


@intrinsic
def window_sum(typing, h, end, begin, center, scale, vectors):  # type: ignore[no-untyped-def]
    """H = scale (end - begin - center)."""

    def step(b, fma, scale, h, end, begin, center):  # type: ignore[no-untyped-def]
        return {0: b.fmul(scale, b.fsub(b.fsub(end, begin), center))}

    return _pass(4, step)


@intrinsic
def exchange_rows(typing, e, c, h, g, vectors):  # type: ignore[no-untyped-def]
    """E = g c, then c += g h."""
    return _pass(3, lambda b, fma, g, e, c, h: {0: b.fmul(g, c), 1: fma(g, h, c)})


@intrinsic
def spread(typing, e, begin, end, scale, vectors):  # type: ignore[no-untyped-def]
    """E *= scale, then begin += e and end -= e, which must be two rows."""

    def step(b, fma, scale, e, begin, end):  # type: ignore[no-untyped-def]
        scaled = b.fmul(scale, e)
        return {0: scaled, 1: b.fadd(begin, scaled), 2: b.fsub(end, scaled)}

    return _pass(3, step)


@intrinsic
def move(typing, w, running, step_, own, scale, vectors):  # type: ignore[no-untyped-def]
    """Running += step, then w += running - scale own."""

    def step(b, fma, scale, w, running, moved, own):  # type: ignore[no-untyped-def]
        total = b.fadd(running, moved)
        return {1: total, 0: b.fsub(b.fadd(w, total), b.fmul(scale, own))}

    return _pass(4, step)
