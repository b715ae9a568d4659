"""Keeps the distinct words of a text, and of all its chunks, in a table of open addressing.

A word's first bytes and its length make a key of 64 bits, its whole a hash of 32. The table finds
words of equal hash, which are told apart by key and, if longer than the key, byte by byte. Ids
count from 1: ``END`` = 0 is no word but the end of a sentence.
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
LOW32: Final = np.uint64(0xFFFFFFFF)

_SLOTS: Final = 1 << 16  # of a table, to begin with
_U64: Final = np.uint64
_32: Final = _U64(32)
_KEY_BYTES: Final = 7  # of a word; the eighth byte of a key is its length
_MULTIPLIER_1: Final = _U64(0x9E3779B97F4A7C15)  # odd; its bits are well mixed
_MULTIPLIER_2: Final = _U64(0xD6E8FEB86659FD93)

# Nothing compiled allocates, and the callers keep all arrays alive: with reference counts, whose
# atomic steps cost every call, a scan takes eight times as long.
_jit: Any = numba.njit(nogil=True, cache=True, _nrt=False)


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


@intrinsic
def _eight_bytes(typing, address):  # type: ignore[no-untyped-def]
    """Read the eight bytes at this address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(types.intp), codegen


@_jit
def _first_bytes(address: int, n: int) -> np.uint64:
    """Return the n < 8 bytes at this address, zeros above; seven more may be read."""
    return _eight_bytes(address) & ((_U64(1) << _U64(8 * n)) - _U64(1))


@_jit
def key_of(address: int, length: int) -> np.uint64:
    """Return the first bytes and the length of the word at this address."""
    n = min(length, _KEY_BYTES)
    return _first_bytes(address, n) | _U64(min(length, 255)) << _U64(56)


@_jit
def hash_of(address: int, length: int, key: np.uint64) -> np.uint64:
    """Return 32 well-mixed bits of a word."""
    h, i = key * _MULTIPLIER_1, _KEY_BYTES
    while i < length:
        n = min(length - i, _KEY_BYTES)
        h = ((h ^ (h >> _32)) + _first_bytes(address + i, n)) * _MULTIPLIER_2
        i += n
    h = (h ^ (h >> _U64(29))) * _MULTIPLIER_2
    return h >> _32


@_jit
def find(words: Words, slots: U64, address: int, length: int, key: np.uint64, h: np.uint64) -> int:
    """Return the slot of the word at an address, or the empty one where it belongs."""
    mask = len(slots) - 1
    place: Any = np.int64(h) & mask
    while slots[place]:
        if slots[place] >> _32 == h:
            known = np.int64(slots[place] & LOW32) - 1
            if words.keys[known] == key and (
                length <= _KEY_BYTES or _same(words, known, address, length)
            ):
                return place
        place = (place + 1) & mask
    return place


@_jit
def _same(words: Words, known: int, address: int, length: int) -> bool:
    """Return whether a word longer than its key is that at the address."""
    if words.lengths[known] != length:
        return False
    other, i = words.text.ctypes.data + words.starts[known], 0
    while i + 8 < length:
        if _eight_bytes(other + i) != _eight_bytes(address + i):
            return False
        i += 8
    return _eight_bytes(other + length - 8) == _eight_bytes(address + length - 8)


@_jit
def entry_of(h: np.uint64, id_: int) -> np.uint64:
    """Return what a slot holds: hash above, id below; 0 is empty."""
    return (h << _32) | _U64(id_)


def _longer(array: npt.NDArray[Item], n: int) -> npt.NDArray[Item]:
    """Return the same array with room for n; if it has to grow, it at least doubles."""
    if len(array) >= n:
        return array
    grown = np.zeros(max(n, 2 * len(array)), array.dtype)
    grown[: len(array)] = array
    return grown


def no_words(text: Bytes) -> Words:
    """Return words without one."""
    none, keys, hashes = np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint32)
    return Words(text, none, none, keys, hashes, none)


def with_room_for(words: Words, n: int) -> Words:
    """Return the same words with room for n."""
    columns: list[Any] = [_longer(column, n) for column in words[1:]]
    return Words(words.text, *columns)


def first_of(words: Words, n: int) -> Words:
    """Return the first n words."""
    columns: list[Any] = [column[:n] for column in words[1:]]
    return Words(words.text, *columns)


def new_slots(words: int = _SLOTS) -> U64:
    """Return an empty table, a small one for few words: texts may be short, but many."""
    return np.zeros(min(_SLOTS, 1 << words.bit_length()), dtype=np.uint64)


def with_slots(slots: U64, least: int) -> U64:
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
    """Return the bytes with ``PADDING`` behind them."""
    return np.frombuffer(bytearray(text + bytes(PADDING)), dtype=np.uint8)


def words_of(encoded: list[bytes], counts: I64) -> Words:
    """Return distinct words with their counts as ``scan`` does."""
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
        words.keys[w] = key_of(address, words.lengths[w])
        words.hashes[w] = hash_of(address, words.lengths[w], words.keys[w])


class WordTable(NamedTuple):
    """All words so far, with room for more; the arrays are as long as the room.

    Attributes:
        words: their bytes, counts and so on; a pruned word has count 0.
        first: int64, key of each word's first appearance; see :func:`merge`.
        slots: uint64, a power of two.
        free: int64, ids of pruned words, to be given out again.
        ids_given: how many ids there are, those of pruned words too.
        ids_free: how many of ``free`` there are.
        text_bytes: how many of the text are words.
    """

    words: Words
    first: I64
    slots: U64
    free: I64
    ids_given: int
    ids_free: int
    text_bytes: int


def empty_table() -> WordTable:
    """Return a table without a word."""
    return WordTable(
        no_words(np.empty(0, np.uint8)),
        first=np.empty(0, np.int64),
        slots=new_slots(),
        free=np.empty(0, np.int64),
        ids_given=0,
        ids_free=0,
        text_bytes=0,
    )


def merge(words: Words, key: int, table: WordTable) -> tuple[I32, WordTable]:
    """Add the words of a chunk to all words.

    Args:
        words: of the chunk, n of them.
        key: of the chunk, shifted by ``ORDER_BITS``; keys order chunks as they follow in the
            corpus, in whatever order they are merged.
        table: all words so far; its arrays are changed.

    Returns:
        (n + 1,) int32, id in the table of each id in the chunk; and the table.
    """
    table = _with_room(table, words)
    mapping = np.empty(len(words.starts) + 1, dtype=np.int32)
    ids_given, ids_free, text_bytes = _merge(words, key, table, mapping)
    counted = table._replace(ids_given=ids_given, ids_free=ids_free, text_bytes=text_bytes)
    return mapping, counted


def _with_room(table: WordTable, more: Words) -> WordTable:
    """Return the same words with room for more; the slots at most half full."""
    n = table.ids_given + len(more.starts)
    size = table.text_bytes + int(more.lengths.sum()) + PADDING
    words = table.words._replace(text=_longer(table.words.text, size))
    return table._replace(
        words=with_room_for(words, n),
        first=_longer(table.first, n),
        slots=with_slots(table.slots, 2 * n),
        free=_longer(table.free, n),
    )


@_jit
def _merge(words: Words, key: int, table: WordTable, mapping: I32) -> tuple[int, int, int]:
    """Fill the mapping; return ids given, ids free, and bytes of text."""
    known = table.words
    ids_given, ids_free, text_bytes = table.ids_given, table.ids_free, table.text_bytes
    mapping[0] = END
    for k in range(len(words.starts)):
        start, length, h = words.starts[k], words.lengths[k], _U64(words.hashes[k])
        address = words.text.ctypes.data + start
        place = find(known, table.slots, address, length, words.keys[k], h)
        if table.slots[place]:
            id_ = np.int64(table.slots[place] & LOW32)
            known.counts[id_ - 1] += words.counts[k]
            table.first[id_ - 1] = min(table.first[id_ - 1], key + k)
        else:
            if ids_free:
                ids_free -= 1
                id_ = table.free[ids_free]
            else:
                ids_given += 1
                id_ = np.int64(ids_given)
            w = id_ - 1
            known.starts[w], known.lengths[w] = text_bytes, length
            known.keys[w], known.hashes[w] = words.keys[k], words.hashes[k]
            known.counts[w], table.first[w] = words.counts[k], key + k
            for j in range(length):
                known.text[text_bytes + j] = words.text[start + j]
            text_bytes += length
            table.slots[place] = entry_of(h, id_)
        mapping[k + 1] = id_
    return ids_given, ids_free, text_bytes


def prune(table: WordTable, rare: int) -> WordTable:
    """Forget words seen at most ``rare`` times so far, as word2vec.c does; their ids get free."""
    text = np.empty_like(table.words.text)
    table.slots[:] = 0
    ids_free, text_bytes = _prune(table, rare, text)
    words = table.words._replace(text=text)
    return table._replace(words=words, ids_free=ids_free, text_bytes=text_bytes)


@_jit
def _prune(table: WordTable, rare: int, text: Bytes) -> tuple[int, int]:
    words, ids_free, end = table.words, table.ids_free, 0
    for w in range(table.ids_given):
        if words.counts[w] == 0:
            continue  # its id is free
        if words.counts[w] <= rare:
            words.counts[w] = 0
            table.free[ids_free] = w + 1
            ids_free += 1
            continue
        for j in range(words.lengths[w]):
            text[end + j] = words.text[words.starts[w] + j]
        words.starts[w] = end
        end += words.lengths[w]
        _enter(entry_of(_U64(words.hashes[w]), w + 1), table.slots)
    return ids_free, end
