"""From the bytes of a text to numbered words, at the speed of memory and without the GIL.

64 bytes at a time are compared with what may end a word; the bits of the result are walked, and
each word is looked up in a table, see :mod:`sgns_bench.corpus.word_table`. White space is what
``str.split`` takes for it, in UTF-8: ten bytes of ASCII, and nineteen longer characters, whose
first bytes never occur within another character.
"""

import inspect
from typing import Any, Final
from zlib import crc32

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sgns_bench.corpus import word_table
from sgns_bench.corpus.word_table import (
    END,
    I32,
    I64,
    LOW32,
    PADDING,
    U64,
    Bytes,
    Words,
    entry_of,
    find,
    first_of,
    hash_of,
    key_of,
    new_slots,
    no_words,
    with_room_for,
    with_slots,
)

WHOLE_HASH: Final = np.uint32(0xFFFFFFFF)  # a mask; tests force collisions with a smaller one

BLANKS: Final = (" ", "\t", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f")  # and "\n"
WIDE_BLANKS: Final = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_WORD, _BLANK, _NEWLINE, _WIDE = range(4)
_U64: Final = np.uint64


def _classes() -> Bytes:
    """Return what each byte may be."""
    classes = np.full(256, _WORD, dtype=np.uint8)
    classes[[ord(blank) for blank in BLANKS]] = _BLANK
    classes[ord("\n")] = _NEWLINE
    classes[[blank.encode()[0] for blank in WIDE_BLANKS]] = _WIDE
    return classes


_CLASSES: Final = _classes()
_WIDE_BYTES: Final = np.flatnonzero(_CLASSES == _WIDE).tolist()

# As in the table, nothing compiled allocates.
_jit: Any = numba.njit(nogil=True, cache=True, _nrt=False)


@intrinsic
def _special_bytes(typing, address):  # type: ignore[no-untyped-def]
    """Bit i is set if byte i of the 64 at this address is no plain part of a word."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(8), 64)
        data = builder.load(builder.inttoptr(arguments[0], vector.as_pointer()), align=1)
        found = builder.icmp_unsigned("<=", data, ir.Constant(vector, [ord(" ")] * 64))
        for byte in _WIDE_BYTES:
            same = builder.icmp_unsigned("==", data, ir.Constant(vector, [byte] * 64))
            found = builder.or_(found, same)
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(types.intp), codegen


@intrinsic
def _lowest_bit(typing, bits):  # type: ignore[no-untyped-def]
    """Place of the lowest bit that is set; there must be one."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


@_jit
def _wide_blank(text: Bytes, i: int) -> int:
    """Return the length of the wide white space that begins here, 0 if there is none."""
    a, b, c = text[i], text[i + 1], text[i + 2]
    if a == 0xC2:
        return 2 if b in (0x85, 0xA0) else 0
    if a == 0xE1:
        return 3 if b == 0x9A and c == 0x80 else 0
    if a == 0xE3:
        return 3 if b == 0x80 and c == 0x80 else 0
    if b == 0x80:
        return 3 if 0x80 <= c <= 0x8A or c in (0xA8, 0xA9, 0xAF) else 0
    return 3 if b == 0x81 and c == 0x9F else 0


def _compile(sources: int) -> Any:
    """Return the loop over a chunk; ``sources``, as a closure's variable, is part of its cache's key."""

    @_jit
    def _scan(
        text: Bytes, ids: I32, words: Words, slots: U64, hash_mask: np.uint64,
        start: int, n: int, distinct: int,
    ) -> tuple[int, int, int]:  # fmt: skip
        """Go on where a word may begin, with n ids and some distinct words, as long as there is room."""
        _ = sources
        size, data = len(text) - PADDING, text.ctypes.data
        for base in range(start, size + 1, 64):
            special = _special_bytes(data + base)
            while special:
                i = base + _lowest_bit(special)
                special &= special - _U64(1)
                kind = _CLASSES[text[i]]
                blank = 1 if kind != _WIDE else _wide_blank(text, i)
                if i > size or kind == _WORD or not blank:
                    continue
                length = i - start
                if length > 0:
                    key = key_of(data + start, length)
                    h = hash_of(data + start, length, key) & hash_mask
                    place = find(words, slots, data + start, length, key, h)
                    id_: Any = np.int64(slots[place] & LOW32)
                    if not id_:
                        if distinct == len(words.starts):
                            return start, n, distinct
                        words.starts[distinct], words.lengths[distinct] = start, length
                        words.keys[distinct], words.hashes[distinct] = key, h
                        words.counts[distinct] = 0
                        distinct += 1
                        id_ = distinct
                        slots[place] = entry_of(h, id_)
                    words.counts[id_ - 1] += 1
                    ids[n] = id_
                    n += 1
                if kind == _NEWLINE:
                    ids[n] = END
                    n += 1
                start = i + blank
        return size + 1, n, distinct

    return _scan


# numba renews its cache when this file changes; the code compiled into it stands in another too.
_scan: Any = _compile(crc32(inspect.getsource(word_table).encode()))


def scan(
    text: Bytes, is_last: bool, ids: I32, hash_mask: np.uint32 = WHOLE_HASH
) -> tuple[int, Words]:
    """Number the words of a chunk.

    Args:
        text: (n + PADDING,) uint8; the n bytes begin and end between words, and the others, which
            are overwritten, may be anything.
        is_last: whether the text ends here, and its last sentence with it.
        ids: (n + 1,) int32, filled with an id for each word and ``END`` where sentences end.
        hash_mask: bits of the hash to use.

    Returns:
        How many ids there are, and the words; word i has id i + 1.
    """
    size = len(text) - PADDING
    text[size:] = ord(" ")
    words, slots = no_words(text), new_slots(size + 1)
    start = n = distinct = 0
    while True:
        words = with_room_for(words, len(slots) // 2)
        start, n, distinct = _scan(text, ids, words, slots, _U64(hash_mask), start, n, distinct)
        if start > size:
            break
        slots = with_slots(slots, 2 * len(slots))
    if is_last and not (n and ids[n - 1] == END):
        ids[n] = END
        n += 1
    return n, first_of(words, distinct)


@_jit
def renumber(ids: I32, mapping: I32) -> None:
    """Replace ids by what ``mapping`` has for them."""
    for i in range(len(ids)):
        ids[i] = mapping[ids[i]]


@_jit
def settle(
    ids: I32, rows: I32, longest: int, length: int, begin: int, tokens: Any, ends: I64
) -> tuple[int, int, int]:
    """Turn ids into rows, leave out words that have none, and end sentences.

    Args:
        ids: (n,) int32 of a chunk.
        rows: row of each id, -1 for words that do not stay; that of ``END`` is not read.
        longest: words; a longer sentence goes on as the next one.
        length: words so far of the sentence in which the chunk begins.
        begin: tokens before this chunk.
        tokens: (n,) integers, filled with rows.
        ends: (n,) int64, filled with the ends of sentences; none of them is empty.

    Returns:
        How many tokens and how many ends there are, and the words so far of the last sentence.
    """
    n = e = 0
    for id_ in ids:
        if id_ == END:
            if length:
                ends[e] = begin + n
                e += 1
                length = 0
            continue
        row = rows[id_]
        if row >= 0:
            tokens[n] = row
            n += 1
            length += 1
            if length == longest:
                ends[e] = begin + n
                e += 1
                length = 0
    return n, e, length
