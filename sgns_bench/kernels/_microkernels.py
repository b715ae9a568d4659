"""Vector code that numba cannot express: products of small matrices, a transpose, a prefetch.

Each is a few lines of LLVM IR over fixed-width vectors, compiled for the processor it runs on like
the numba code around it. A call of a BLAS costs as much as the small products of a block do; these
tiles run at the processor's multiply-add rate (measured: reports/kernels.md).

All take addresses (intp), strides in bytes, and trust their caller: nothing is checked.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic


def _vector_length() -> int:
    """Return the number of float32 lanes of the host's widest vector registers."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx2") else 4


LANES = _vector_length()
TILE_ROWS = 6
VECTOR_ROWS = min(8, LANES)  # rows that dot_rows and exchange take at a time
# Accumulators (TILE_ROWS each) plus operands must fit the registers: 16 with AVX2, 32 elsewhere.
TILE_VECTORS = 2 if LANES == 8 else 4

_F32 = ir.FloatType()
_I32 = ir.IntType(32)
_I64 = ir.IntType(64)
_VECTOR = ir.VectorType(_F32, LANES)
VECTOR_BYTES = 4 * LANES


def _at(builder: ir.IRBuilder, address: ir.Value, offset: int, type_: ir.Type) -> ir.Value:
    moved = builder.add(address, ir.Constant(_I64, offset)) if offset else address
    return builder.inttoptr(moved, type_.as_pointer())


def _load(builder: ir.IRBuilder, address: ir.Value, offset: int, type_: ir.Type) -> ir.Value:
    value = builder.load(_at(builder, address, offset, type_))
    value.align = 8 if type_ is _I64 else 4
    return value


def _store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value, offset: int) -> None:
    builder.store(value, _at(builder, address, offset, value.type)).align = 4


def _shuffle(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, lanes: list[int]) -> ir.Value:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(lanes)), lanes))


def _broadcast(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_I32, 0))
    return _shuffle(builder, first, undefined, [0] * LANES)


def _multiply_add(builder: ir.IRBuilder) -> Callable[[ir.Value, ir.Value, ir.Value], ir.Value]:
    signature = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    name = f"llvm.fma.v{LANES}f32"
    function = cgutils.get_or_insert_function(builder.module, signature, name)
    return lambda a, b, c: builder.call(function, [a, b, c])


def _void(arguments: int) -> Any:
    return types.void(*[types.intp] * arguments)


def _make_tile(vectors: int, add: bool, add_half: bool) -> Any:
    """Return tile(a, a_row, a_column, b, b_row, depth, rows, column).

    With r in 0..TILE_ROWS-1 and c in 0..vectors*LANES-1, over k in 0..depth-1:

        rows[r][column + c] (= or +=) sum_k a[r, k] * b[k, c]

    and, if ``add_half``, rows[TILE_ROWS + r][column + c] += half of that sum.

    Args of the tile: addresses a, b, and rows (of TILE_ROWS int64 addresses), strides in bytes,
    column in bytes.
    """

    def emit(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
        a, a_row, a_column, b, b_row, depth, rows, column = arguments
        fma = _multiply_add(builder)
        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        entry, loop, done = (
            builder.block,
            builder.append_basic_block("loop"),
            builder.append_basic_block("done"),
        )
        some = builder.icmp_signed(">", depth, ir.Constant(_I64, 0))
        builder.cbranch(some, loop, done)

        builder.position_at_end(loop)
        starts = [ir.Constant(_I64, 0), a, b, *[zero] * (TILE_ROWS * vectors)]
        state = [builder.phi(start.type) for start in starts]
        k, a_k, b_k, *sums = state
        operands = [_load(builder, b_k, VECTOR_BYTES * v, _VECTOR) for v in range(vectors)]
        totals, address = [], a_k
        for r in range(TILE_ROWS):
            scalar = _broadcast(builder, _load(builder, address, 0, _F32))
            totals += [fma(scalar, operands[v], sums[r * vectors + v]) for v in range(vectors)]
            address = builder.add(address, a_row)
        next_k = builder.add(k, ir.Constant(_I64, 1))
        ends = [next_k, builder.add(a_k, a_column), builder.add(b_k, b_row), *totals]
        for phi, start, end in zip(state, starts, ends, strict=True):
            phi.add_incoming(start, entry)
            phi.add_incoming(end, loop)
        builder.cbranch(builder.icmp_signed("<", next_k, depth), loop, done)

        builder.position_at_end(done)
        results = [builder.phi(_VECTOR) for _ in totals]
        for phi, total in zip(results, totals, strict=True):
            phi.add_incoming(zero, entry)
            phi.add_incoming(total, loop)
        for r in range(TILE_ROWS):
            row = builder.add(_load(builder, rows, 8 * r, _I64), column)
            for v in range(vectors):
                result = results[r * vectors + v]
                if add:
                    result = builder.fadd(_load(builder, row, VECTOR_BYTES * v, _VECTOR), result)
                _store(builder, result, row, VECTOR_BYTES * v)
        half = ir.Constant(_VECTOR, [0.5] * LANES)
        for r in range(TILE_ROWS if add_half else 0):
            row = builder.add(_load(builder, rows, 8 * (TILE_ROWS + r), _I64), column)
            for v in range(vectors):
                before = _load(builder, row, VECTOR_BYTES * v, _VECTOR)
                _store(builder, fma(half, results[r * vectors + v], before), row, VECTOR_BYTES * v)

    @intrinsic
    def tile(typing, a, a_row, a_column, b, b_row, depth, rows, column):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit(builder, arguments)
            return context.get_dummy_value()

        return _void(8), codegen

    return tile


def _off_diagonal(half: int) -> tuple[list[int], list[int]]:
    """Return the lanes of two vectors that end in the first, and in the second, of a swap."""
    low = [i if not i & half else LANES + i - half for i in range(LANES)]
    high = [i + half if not i & half else LANES + i for i in range(LANES)]
    return low, high


def _transposed(builder: ir.IRBuilder, rows: list[ir.Value]) -> list[ir.Value]:
    """Transpose LANES vectors by swapping ever larger off-diagonal squares."""
    half = 1
    while half < LANES:
        low, high = _off_diagonal(half)
        swapped = list(rows)
        for i in range(LANES):
            if not i & half:
                swapped[i] = _shuffle(builder, rows[i], rows[i + half], low)
                swapped[i + half] = _shuffle(builder, rows[i], rows[i + half], high)
        rows, half = swapped, 2 * half
    return rows


@intrinsic
def transpose(typing, source, source_row, target, target_row):  # type: ignore[no-untyped-def]
    """Write the transpose of a LANES x LANES float32 square; addresses, strides in bytes."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, source_row, target, target_row = arguments
        rows = []
        for _ in range(LANES):
            rows.append(_load(builder, source, 0, _VECTOR))
            source = builder.add(source, source_row)
        for column in _transposed(builder, rows):
            _store(builder, column, target, 0)
            target = builder.add(target, target_row)
        return context.get_dummy_value()

    return _void(4), codegen


@intrinsic
def prefetch(typing, address):  # type: ignore[no-untyped-def]
    """Ask for the cache line at this address, to be read soon."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
        function = cgutils.get_or_insert_function(builder.module, signature, "llvm.prefetch.p0")
        for_reading, keep, data = (ir.Constant(_I32, value) for value in (0, 3, 1))
        pointer = builder.inttoptr(arguments[0], byte)
        builder.call(function, [pointer, for_reading, keep, data])
        return context.get_dummy_value()

    return _void(1), codegen


def _for_each_register(
    builder: ir.IRBuilder,
    registers: ir.Value,
    starts: list[ir.Value],
    body: Callable[[ir.Value, list[ir.Value]], list[ir.Value]],
) -> list[ir.Value]:
    """Return the last values of ``values = body(offset in bytes, values)``, from ``starts`` on."""
    entry, loop, done = (
        builder.block,
        builder.append_basic_block("loop"),
        builder.append_basic_block("done"),
    )
    zero, end = ir.Constant(_I64, 0), builder.mul(registers, ir.Constant(_I64, VECTOR_BYTES))
    builder.branch(loop)
    builder.position_at_end(loop)
    offset, *values = [builder.phi(start.type) for start in (zero, *starts)]
    next_values = body(offset, values)
    next_offset = builder.add(offset, ir.Constant(_I64, VECTOR_BYTES))
    nexts = (next_offset, *next_values)
    for phi, first, later in zip((offset, *values), (zero, *starts), nexts, strict=True):
        phi.add_incoming(first, entry)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", next_offset, end), loop, done)
    builder.position_at_end(done)
    return next_values


def _lane_sums(builder: ir.IRBuilder, rows: list[ir.Value]) -> ir.Value:
    """Return a vector that holds in lane r the sum over the lanes of vector r of VECTOR_ROWS."""
    half = 1
    while half < LANES:
        low, high = _off_diagonal(half)
        pairs = zip(rows[::2], rows[1::2], strict=True) if len(rows) > 1 else [(rows[0], rows[0])]
        rows = [
            builder.fadd(_shuffle(builder, a, b, low), _shuffle(builder, a, b, high))
            for a, b in pairs
        ]
        half *= 2
    return _shuffle(builder, rows[0], rows[0], list(range(VECTOR_ROWS)))


@intrinsic
def dot_rows(typing, rows, x, out, vectors):  # type: ignore[no-untyped-def]
    """Write the inner products of VECTOR_ROWS rows with another row, ``x``.

    ``rows`` is the address of VECTOR_ROWS int64 addresses, ``x`` that of a row, ``out`` that of
    VECTOR_ROWS float32; a row has ``vectors`` >= 1 registers.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, x, out, vectors = arguments
        fma = _multiply_add(builder)

        def step(offset: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
            x_part = _load(builder, builder.add(x, offset), 0, _VECTOR)
            parts = [
                _load(builder, builder.add(_load(builder, rows, 8 * r, _I64), offset), 0, _VECTOR)
                for r in range(VECTOR_ROWS)
            ]
            return [fma(part, x_part, total) for part, total in zip(parts, sums, strict=True)]

        zeros = [ir.Constant(_VECTOR, [0.0] * LANES)] * VECTOR_ROWS
        sums = _for_each_register(builder, vectors, zeros, step)
        _store(builder, _lane_sums(builder, sums), out, 0)
        return context.get_dummy_value()

    return _void(4), codegen


@intrinsic
def exchange(typing, rows, g, x, total, vectors):  # type: ignore[no-untyped-def]
    """Add g @ rows to the row ``total``, then g xᵀ to the rows: BLAS's gemv and ger in one pass.

    ``g`` is the address of VECTOR_ROWS float32, the rest as in ``dot_rows``.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, g, x, total, vectors = arguments
        fma = _multiply_add(builder)
        factors = [_broadcast(builder, _load(builder, g, 4 * r, _F32)) for r in range(VECTOR_ROWS)]

        def step(offset: ir.Value, nothing: list[ir.Value]) -> list[ir.Value]:
            x_part = _load(builder, builder.add(x, offset), 0, _VECTOR)
            at_total = builder.add(total, offset)
            sums = [_load(builder, at_total, 0, _VECTOR), ir.Constant(_VECTOR, [0.0] * LANES)]
            for r, factor in enumerate(factors):
                at = builder.add(_load(builder, rows, 8 * r, _I64), offset)
                row = _load(builder, at, 0, _VECTOR)
                sums[r % 2] = fma(factor, row, sums[r % 2])  # two, which do not wait for each other
                _store(builder, fma(factor, x_part, row), at, 0)
            _store(builder, builder.fadd(*sums), at_total, 0)
            return nothing

        _for_each_register(builder, vectors, [], step)
        return context.get_dummy_value()

    return _void(5), codegen


def _make_product(add: bool, add_half: bool = False) -> Any:
    """Return the product of any number of vectors in width, made of tiles."""
    tile_1, tile_2, tile_3, tile_4 = (_make_tile(v, add, add_half) for v in (1, 2, 3, 4))

    @numba.njit(_nrt=False)
    def product(a, a_row, a_column, b, b_row, depth, rows, column, vectors):  # type: ignore[no-untyped-def]
        while vectors > 0:
            n = min(vectors, TILE_VECTORS)
            if vectors == TILE_VECTORS + 1:
                n = TILE_VECTORS - 1  # a tile of one vector is the slowest: 4 + 1 becomes 3 + 2
            if n == 4:
                tile_4(a, a_row, a_column, b, b_row, depth, rows, column)
            elif n == 3:
                tile_3(a, a_row, a_column, b, b_row, depth, rows, column)
            elif n == 2:
                tile_2(a, a_row, a_column, b, b_row, depth, rows, column)
            else:
                tile_1(a, a_row, a_column, b, b_row, depth, rows, column)
            vectors -= n
            b += n * VECTOR_BYTES
            column += n * VECTOR_BYTES

    return product


multiply = _make_product(add=False)
"""rows = a @ b, with the arguments of multiply_add."""

multiply_add = _make_product(add=True)
"""multiply_add(a, a_row, a_column, b, b_row, depth, rows, column, vectors): rows += a @ b.

With r in 0..TILE_ROWS-1 and c in 0..vectors*LANES-1: rows[r][column + c] += sum_k a[r, k] b[k, c].

Args:
    a: address of (TILE_ROWS, depth) float32 with strides a_row, a_column in bytes.
    b: address of (depth, vectors * LANES) float32 with row stride b_row in bytes.
    depth: rows of b; 0 is allowed.
    rows: address of TILE_ROWS int64 addresses of the rows to write.
    column: offset in these rows, in bytes.
    vectors: width in registers.
"""

multiply_add_and_half = _make_product(add=True, add_half=True)
"""As multiply_add, and half of the product to as many rows again, the next addresses of ``rows``."""


@numba.njit(nogil=True, cache=True, _nrt=False)
def multiply_all(
    a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> None:
    """Write a @ b, some columns of b at a time, so that they stay in the first-level cache.

    Args:
        a: (R, K) float32, R a multiple of TILE_ROWS.
        b: (K, C) float32, C a multiple of TILE_VECTORS * LANES.
        rows: (R,) int64, addresses of the rows to write.
    """
    for column in range(0, b.shape[1], TILE_VECTORS * LANES):
        for row in range(0, len(a), TILE_ROWS):
            multiply(
                a.ctypes.data + row * a.strides[0], a.strides[0], 4,
                b.ctypes.data + 4 * column, b.strides[0], len(b),
                rows.ctypes.data + 8 * row, 4 * column, TILE_VECTORS,
            )  # fmt: skip
