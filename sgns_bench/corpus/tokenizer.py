"""Split the bytes of a text into numbered words, at memory speed and without the GIL.

64 bytes at a time are compared with the bytes that may end a word. For each set bit of the result
the word before it is looked up in a hash table, see :mod:`sgns_bench.corpus.word_table`. White
space is the same as for ``str.split``: in UTF-8, ten bytes of ASCII and nineteen longer characters,
whose first bytes never occur inside another character.
"""

from typing import Any, Final

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sgns_bench.compilation import cached_njit
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
    """Return the class of each byte: (256,) uint8."""
    classes = np.full(256, _WORD, dtype=np.uint8)
    classes[[ord(blank) for blank in BLANKS]] = _BLANK
    classes[ord("\n")] = _NEWLINE
    classes[[blank.encode()[0] for blank in WIDE_BLANKS]] = _WIDE
    return classes


_CLASSES: Final = _classes()
_WIDE_BYTES: Final = np.flatnonzero(_CLASSES == _WIDE).tolist()

_jit: Any = numba.njit(_nrt=False)  # compiled into what calls it


@intrinsic
def _special_bytes(typing, address):  # type: ignore[no-untyped-def]
    """Compare the 64 bytes at an address; bit i is set if byte i may be white space."""

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
    """Return the index of the lowest set bit; ``bits`` must not be 0."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


@_jit
def _wide_blank(text: Bytes, i: int) -> int:
    """Return the length in bytes of the wide white space that starts at i, 0 if there is none."""
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


@cached_njit(depends_on=[word_table])
def _scan(
    text: Bytes, ids: I32, words: Words, slots: U64, hash_mask: np.uint64,
    start: int, n: int, distinct: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Scan from byte ``start`` until text or room for words ends; return start, n, distinct."""
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


def scan(
    text: Bytes, is_last: bool, ids: I32, hash_mask: np.uint32 = WHOLE_HASH
) -> tuple[int, Words]:
    """Number the words of a chunk.

    Args:
        text: (n + PADDING,) uint8; n bytes that begin and end between words, then padding, which is
            overwritten.
        is_last: whether this chunk ends the text and thereby its last sentence.
        ids: (n + 1,) int32, output: an id for each word, ``END`` for each end of a sentence.
        hash_mask: bits of the hash to use.

    Returns:
        The number of ids, and the distinct words; word i has id i + 1.
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


@cached_njit(depends_on=[word_table])
def renumber(ids: I32, mapping: I32) -> None:
    """Replace each id by ``mapping[id]``, in place."""
    for i in range(len(ids)):
        ids[i] = mapping[ids[i]]


@cached_njit(depends_on=[word_table])
def settle(
    ids: I32, rows: I32, longest: int, length: int, begin: int, tokens: Any, ends: I64
) -> tuple[int, int, int]:
    """Map the ids of a chunk to vocabulary rows, drop rare words, and find the ends of sentences.

    Args:
        ids: (n,) int32, the ids of a chunk.
        rows: int32, the row of each id, -1 for a word outside the vocabulary; ``END`` has no row.
        longest: largest sentence length in words; a longer sentence is split.
        length: number of words already in the current sentence.
        begin: number of tokens before this chunk.
        tokens: (n,) integers, output: rows.
        ends: (n,) int64, output: ends of sentences, without empty sentences.

    Returns:
        The number of tokens, the number of ends, and the length of the unfinished sentence.
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
