"""From the bytes of a text to numbered words, at the speed of memory and without the GIL.

64 bytes at a time are compared with what may end a word; the bits of the result are walked. A
word's first bytes and its length make a key of 64 bits, its whole a hash of 32; a table of open
addressing finds words of equal hash, which are told apart by key and, if longer than the key,
byte by byte. Ids count from 1: ``END`` = 0 closes a sentence.

White space is what ``str.split`` takes for it, in UTF-8: ten bytes of ASCII, and nineteen longer
characters, whose first bytes never occur within another character.
"""

from typing import Any, Final, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Bytes = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
Item = TypeVar("Item", bound=np.generic)

END: Final = 0
PADDING: Final = 64  # bytes behind a text, which may be read
ORDER_BITS: Final = 24  # of a chunk's key: the order of words within a chunk
WHOLE_HASH: Final = np.uint32(0xFFFFFFFF)  # a mask; tests force collisions with a smaller one

BLANKS: Final = (" ", "\t", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f")  # and "\n"
WIDE_BLANKS: Final = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_WORD, _BLANK, _NEWLINE, _WIDE = range(4)
_SLOTS: Final = 1 << 16  # of a table, to begin with
_U64: Final = np.uint64
_LOW32: Final = _U64(0xFFFFFFFF)
_32: Final = _U64(32)
_KEY_BYTES: Final = 7  # of a word; the eighth byte of a key is its length
_MULTIPLIER_1: Final = _U64(0x9E3779B97F4A7C15)  # odd; its bits are well mixed
_MULTIPLIER_2: Final = _U64(0xD6E8FEB86659FD93)


def _classes() -> Bytes:
    """Return what each byte may be."""
    classes = np.full(256, _WORD, dtype=np.uint8)
    classes[[ord(blank) for blank in BLANKS]] = _BLANK
    classes[ord("\n")] = _NEWLINE
    classes[[blank.encode()[0] for blank in WIDE_BLANKS]] = _WIDE
    return classes


_CLASSES: Final = _classes()
_WIDE_BYTES: Final = np.flatnonzero(_CLASSES == _WIDE).tolist()


class Words(NamedTuple):
    """Distinct words, in order of first appearance.

    Attributes:
        text: uint8, bytes in which they stand, and ``PADDING`` more.
        starts: (n,) int64, where each begins.
        lengths: (n,) int64, in bytes.
        keys: (n,) uint64, first bytes and length.
        hashes: (n,) uint32.
        counts: (n,) int64, occurrences.
    """

    text: Bytes
    starts: I64
    lengths: I64
    keys: U64
    hashes: U32
    counts: I64


# Nothing compiled allocates, and the callers keep all arrays alive: with reference counts, whose
# atomic steps cost every call, a scan takes eight times as long.
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
def _eight_bytes(typing, address):  # type: ignore[no-untyped-def]
    """Read the eight bytes at this address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(types.intp), codegen


@intrinsic
def _lowest_bit(typing, bits):  # type: ignore[no-untyped-def]
    """Place of the lowest bit that is set; there must be one."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


@_jit
def _first_bytes(address: int, n: int) -> np.uint64:
    """The n < 8 bytes at this address, zeros above; seven more may be read."""
    return _eight_bytes(address) & ((_U64(1) << _U64(8 * n)) - _U64(1))


@_jit
def _key(address: int, length: int) -> np.uint64:
    n = min(length, _KEY_BYTES)
    return _first_bytes(address, n) | _U64(min(length, 255)) << _U64(56)


@_jit
def _hash(address: int, length: int, key: np.uint64) -> np.uint64:
    """32 well-mixed bits of a word."""
    h, i = key * _MULTIPLIER_1, _KEY_BYTES
    while i < length:
        n = min(length - i, _KEY_BYTES)
        h = ((h ^ (h >> _32)) + _first_bytes(address + i, n)) * _MULTIPLIER_2
        i += n
    h = (h ^ (h >> _U64(29))) * _MULTIPLIER_2
    return h >> _32


@_jit
def _find(words: Words, slots: U64, address: int, length: int, key: np.uint64, h: np.uint64) -> int:
    """Slot of the word at an address, or the empty one where it belongs."""
    mask = len(slots) - 1
    place: Any = np.int64(h) & mask
    while slots[place]:
        if slots[place] >> _32 == h:
            known = np.int64(slots[place] & _LOW32) - 1
            if words.keys[known] == key and (
                length <= _KEY_BYTES or _same(words, known, address, length)
            ):
                return place
        place = (place + 1) & mask
    return place


@_jit
def _same(words: Words, known: int, address: int, length: int) -> bool:
    """Whether a word longer than its key is that at the address."""
    if words.lengths[known] != length:
        return False
    other, i = words.text.ctypes.data + words.starts[known], 0
    while i + 8 < length:
        if _eight_bytes(other + i) != _eight_bytes(address + i):
            return False
        i += 8
    return _eight_bytes(other + length - 8) == _eight_bytes(address + length - 8)


@_jit
def _entry(h: np.uint64, id_: int) -> np.uint64:
    """What a slot holds: hash above, id below; 0 is empty."""
    return (h << _32) | _U64(id_)


@_jit
def _wide_blank(text: Bytes, i: int) -> int:
    """Length of the white space of several bytes that begins here, 0 if there is none."""
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


def _longer(array: npt.NDArray[Item], n: int) -> npt.NDArray[Item]:
    """Return the same array with room for n; if it has to grow, it at least doubles."""
    if len(array) >= n:
        return array
    grown = np.zeros(max(n, 2 * len(array)), array.dtype)
    grown[: len(array)] = array
    return grown


def _no_words(text: Bytes) -> Words:
    """Return words without one."""
    none, keys, hashes = np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint32)
    return Words(text, none, none, keys, hashes, none)


def _with_room_for(words: Words, n: int) -> Words:
    """Return the same words with room for n."""
    return Words(
        words.text,
        _longer(words.starts, n),
        _longer(words.lengths, n),
        _longer(words.keys, n),
        _longer(words.hashes, n),
        _longer(words.counts, n),
    )


def _first(words: Words, n: int) -> Words:
    """Return the first n words."""
    return Words(
        words.text,
        words.starts[:n],
        words.lengths[:n],
        words.keys[:n],
        words.hashes[:n],
        words.counts[:n],
    )


def _new_slots(words: int = _SLOTS) -> U64:
    """Return an empty table, a small one for few words: texts may be short, but many."""
    return np.zeros(min(_SLOTS, 1 << words.bit_length()), dtype=np.uint64)


def _with_slots(slots: U64, least: int) -> U64:
    """Return the same table with at least so many slots, a power of two."""
    if len(slots) >= least:
        return slots
    grown = np.zeros(1 << (least - 1).bit_length(), dtype=np.uint64)
    _enter_all(slots, grown)
    return grown


@_jit
def _enter_all(entries: U64, slots: U64) -> None:
    for entry in entries:
        if entry:
            _enter(entry, slots)


@_jit
def _enter(entry: np.uint64, slots: U64) -> None:
    """Enter a word that is not there yet."""
    mask = len(slots) - 1
    place = np.int64(entry >> _32) & mask
    while slots[place]:
        place = (place + 1) & mask
    slots[place] = entry


def padded(text: bytes) -> Bytes:
    """Return the bytes as :func:`scan` wants them."""
    return np.frombuffer(bytearray(text + bytes(PADDING)), dtype=np.uint8)


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
    words, slots = _no_words(text), _new_slots(size + 1)
    start = n = distinct = 0
    while True:
        words = _with_room_for(words, len(slots) // 2)
        start, n, distinct = _scan(text, ids, words, slots, _U64(hash_mask), start, n, distinct)
        if start > size:
            break
        slots = _with_slots(slots, 2 * len(slots))
    if is_last and not (n and ids[n - 1] == END):
        ids[n] = END
        n += 1
    return n, _first(words, distinct)


@_jit
def _scan(
    text: Bytes, ids: I32, words: Words, slots: U64, hash_mask: np.uint64,
    start: int, n: int, distinct: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Go on where a word may begin, with n ids and some distinct words, as long as there is room."""
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
                key = _key(data + start, length)
                h = _hash(data + start, length, key) & hash_mask
                place = _find(words, slots, data + start, length, key, h)
                id_: Any = np.int64(slots[place] & _LOW32)
                if not id_:
                    if distinct == len(words.starts):
                        return start, n, distinct
                    words.starts[distinct], words.lengths[distinct] = start, length
                    words.keys[distinct], words.hashes[distinct] = key, h
                    words.counts[distinct] = 0
                    distinct += 1
                    id_ = distinct
                    slots[place] = _entry(h, id_)
                words.counts[id_ - 1] += 1
                ids[n] = id_
                n += 1
            if kind == _NEWLINE:
                ids[n] = END
                n += 1
            start = i + blank
    return size + 1, n, distinct


def words_of(encoded: list[bytes], counts: I64) -> Words:
    """Return distinct words with their counts as :func:`scan` does."""
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    starts = np.cumsum(lengths) - lengths
    text, n = padded(b"".join(encoded)), len(encoded)
    words = Words(text, starts, lengths, np.empty(n, np.uint64), np.empty(n, np.uint32), counts)
    _fill_hashes(words)
    return words


@_jit
def _fill_hashes(words: Words) -> None:
    for w in range(len(words.starts)):
        address = words.text.ctypes.data + words.starts[w]
        words.keys[w] = _key(address, words.lengths[w])
        words.hashes[w] = _hash(address, words.lengths[w], words.keys[w])


class Totals(NamedTuple):
    """All words so far, with room for more; the arrays are as long as the room.

    Attributes:
        words: their bytes, counts and so on; a pruned word has count 0.
        first: int64, key of each word's first appearance; see :func:`merge`.
        slots: uint64, a power of two.
        free: int64, ids of pruned words, to be given out again.
        used: (3,) int64: ids given out, bytes of text, and ids in ``free``.
    """

    words: Words
    first: I64
    slots: U64
    free: I64
    used: I64


def no_totals() -> Totals:
    """Return totals without a word."""
    return Totals(
        _no_words(np.empty(0, np.uint8)),
        first=np.empty(0, np.int64),
        slots=_new_slots(),
        free=np.empty(0, np.int64),
        used=np.zeros(3, np.int64),
    )


def merge(words: Words, key: int, totals: Totals) -> tuple[I32, Totals]:
    """Add the words of a chunk to all words.

    Args:
        words: of the chunk, n of them.
        key: of the chunk, shifted by ``ORDER_BITS``; keys order chunks as they follow in the
            corpus, in whatever order they are merged.
        totals: all words so far; their arrays are changed.

    Returns:
        (n + 1,) int32, id in the totals of each id in the chunk; and the totals.
    """
    totals = _with_room(totals, words)
    mapping = np.empty(len(words.starts) + 1, dtype=np.int32)
    _merge(words, key, totals, mapping)
    return mapping, totals


def _with_room(totals: Totals, more: Words) -> Totals:
    """Return the same words with room for more; the table of slots at most half full."""
    n, size, _ = totals.used.tolist()
    n += len(more.starts)
    text = _longer(totals.words.text, size + int(more.lengths.sum()) + PADDING)
    return Totals(
        _with_room_for(totals.words._replace(text=text), n),
        first=_longer(totals.first, n),
        slots=_with_slots(totals.slots, 2 * n),
        free=_longer(totals.free, n),
        used=totals.used,
    )


@_jit
def _merge(words: Words, key: int, totals: Totals, mapping: I32) -> None:
    known, used = totals.words, totals.used
    mapping[0] = END
    for k in range(len(words.starts)):
        start, length, h = words.starts[k], words.lengths[k], _U64(words.hashes[k])
        address = words.text.ctypes.data + start
        place = _find(known, totals.slots, address, length, words.keys[k], h)
        if totals.slots[place]:
            id_ = np.int64(totals.slots[place] & _LOW32)
            known.counts[id_ - 1] += words.counts[k]
            totals.first[id_ - 1] = min(totals.first[id_ - 1], key + k)
        else:
            id_ = _new_id(totals)
            w = id_ - 1
            known.starts[w], known.lengths[w] = used[1], length
            known.keys[w], known.hashes[w] = words.keys[k], words.hashes[k]
            known.counts[w], totals.first[w] = words.counts[k], key + k
            for j in range(length):
                known.text[used[1] + j] = words.text[start + j]
            used[1] += length
            totals.slots[place] = _entry(h, id_)
        mapping[k + 1] = id_


@_jit
def _new_id(totals: Totals) -> int:
    used = totals.used
    if used[2]:
        used[2] -= 1
        return totals.free[used[2]]
    used[0] += 1
    return used[0]


def prune(totals: Totals, rare: int) -> Totals:
    """Forget words seen at most ``rare`` times so far, as word2vec.c does; their ids get free."""
    text = np.empty_like(totals.words.text)
    totals.slots[:] = 0
    _prune(totals, rare, text)
    return totals._replace(words=totals.words._replace(text=text))


@_jit
def _prune(totals: Totals, rare: int, text: Bytes) -> None:
    words, used, end = totals.words, totals.used, 0
    for w in range(used[0]):
        if words.counts[w] == 0:
            continue  # its id is free
        if words.counts[w] <= rare:
            words.counts[w] = 0
            totals.free[used[2]] = w + 1
            used[2] += 1
            continue
        for j in range(words.lengths[w]):
            text[end + j] = words.text[words.starts[w] + j]
        words.starts[w] = end
        end += words.lengths[w]
        _enter(_entry(np.uint64(words.hashes[w]), w + 1), totals.slots)
    used[1] = end


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
