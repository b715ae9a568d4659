"""A hash table with open addressing for the distinct words of a chunk or of a whole text.

A word has a 64-bit key (its length and first bytes) and a 32-bit hash of all its bytes. Words of
equal hash are compared by key and, if longer than the key, byte by byte. Ids start at 1; the id
``END`` = 0 marks the end of a sentence.
"""

from typing import Any, Final, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sgns_bench.compilation import cached_njit

Bytes = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
Item = TypeVar("Item", bound=np.generic)

END: Final = 0
PADDING: Final = 64  # readable bytes after a text
ORDER_BITS: Final = 24  # low bits of a chunk's key, for the order of words within the chunk
LOW32: Final = np.uint64(0xFFFFFFFF)

_SLOTS: Final = 1 << 16  # initial size of a table
_U64: Final = np.uint64
_32: Final = _U64(32)
_KEY_BYTES: Final = 7  # first bytes of a word in its key; the eighth byte is the length
_MULTIPLIER_1: Final = _U64(0x9E3779B97F4A7C15)  # odd; its bits are well mixed
_MULTIPLIER_2: Final = _U64(0xD6E8FEB86659FD93)

# No compiled function allocates, and callers keep all arrays alive, so reference counting is off:
# its atomic operations make a scan eight times slower.
_jit: Any = numba.njit(_nrt=False)  # compiled into what calls it


class Words(NamedTuple):
    """Distinct words, in order of first appearance."""

    text: Bytes  # uint8, the text that contains the words, then ``PADDING`` bytes
    starts: I64  # (n,) int64, index of each word's first byte in ``text``
    lengths: I64  # (n,) int64, in bytes
    keys: U64  # (n,) uint64, first bytes and length
    hashes: U32  # (n,) uint32, see :func:`hash_of`
    counts: I64  # (n,) int64, occurrences


@intrinsic
def _eight_bytes(typing, address):  # type: ignore[no-untyped-def]
    """Return the eight bytes at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(types.intp), codegen


@_jit
def _first_bytes(address: int, n: int) -> np.uint64:
    """Return the n < 8 bytes at an address, zero-extended; always reads eight bytes."""
    return _eight_bytes(address) & ((_U64(1) << _U64(8 * n)) - _U64(1))


@_jit
def key_of(address: int, length: int) -> np.uint64:
    """Return the key of the word at an address: its first bytes and its length."""
    n = min(length, _KEY_BYTES)
    return _first_bytes(address, n) | _U64(min(length, 255)) << _U64(56)


@_jit
def hash_of(address: int, length: int, key: np.uint64) -> np.uint64:
    """Return the 32-bit hash of a word."""
    h, i = key * _MULTIPLIER_1, _KEY_BYTES
    while i < length:
        n = min(length - i, _KEY_BYTES)
        h = ((h ^ (h >> _32)) + _first_bytes(address + i, n)) * _MULTIPLIER_2
        i += n
    h = (h ^ (h >> _U64(29))) * _MULTIPLIER_2
    return h >> _32


@_jit
def find(words: Words, slots: U64, address: int, length: int, key: np.uint64, h: np.uint64) -> int:
    """Return the slot of the word at an address, or the empty slot for it if it is new."""
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
    """Return whether a known word equals the word at an address; both are longer than the key."""
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
    """Return the value of a slot: hash in the high half, id in the low half; 0 is empty."""
    return (h << _32) | _U64(id_)


def _longer(array: npt.NDArray[Item], n: int) -> npt.NDArray[Item]:
    """Return an array extended with zeros to at least n items; growth at least doubles it."""
    if len(array) >= n:
        return array
    grown = np.zeros(max(n, 2 * len(array)), array.dtype)
    grown[: len(array)] = array
    return grown


def no_words(text: Bytes) -> Words:
    """Return an empty set of words of this text."""
    none, keys, hashes = np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint32)
    return Words(text, none, none, keys, hashes, none)


def with_room_for(words: Words, n: int) -> Words:
    """Return the words with arrays that have room for n words."""
    columns: list[Any] = [_longer(column, n) for column in words[1:]]
    return Words(words.text, *columns)


def first_of(words: Words, n: int) -> Words:
    """Return the first n words."""
    columns: list[Any] = [column[:n] for column in words[1:]]
    return Words(words.text, *columns)


def new_slots(words: int = _SLOTS) -> U64:
    """Return an empty table, smaller for few words, because there may be many short texts."""
    return np.zeros(min(_SLOTS, 1 << words.bit_length()), dtype=np.uint64)


def with_slots(slots: U64, least: int) -> U64:
    """Return the table with at least ``least`` slots, rounded up to a power of two."""
    if len(slots) >= least:
        return slots
    grown = np.zeros(1 << (least - 1).bit_length(), dtype=np.uint64)
    _enter_all(slots, grown)
    return grown


@cached_njit(depends_on=[])
def _enter_all(entries: U64, slots: U64) -> None:
    for entry in entries:
        if entry:
            _enter(entry, slots)


@_jit
def _enter(entry: np.uint64, slots: U64) -> None:
    """Enter a word that is not yet in the table."""
    mask = len(slots) - 1
    place = np.int64(entry >> _32) & mask
    while slots[place]:
        place = (place + 1) & mask
    slots[place] = entry


def padded(text: bytes) -> Bytes:
    """Return the bytes followed by ``PADDING`` zeros."""
    return np.frombuffer(bytearray(text + bytes(PADDING)), dtype=np.uint8)


def words_of(encoded: list[bytes], counts: I64) -> Words:
    """Return distinct encoded words with their counts as :class:`Words`."""
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    starts = np.cumsum(lengths) - lengths
    text, n = padded(b"".join(encoded)), len(encoded)
    words = Words(text, starts, lengths, np.empty(n, np.uint64), np.empty(n, np.uint32), counts)
    _fill_hashes(words)
    return words


@cached_njit(depends_on=[])
def _fill_hashes(words: Words) -> None:
    for w in range(len(words.starts)):
        address = words.text.ctypes.data + words.starts[w]
        words.keys[w] = key_of(address, words.lengths[w])
        words.hashes[w] = hash_of(address, words.lengths[w], words.keys[w])


class WordTable(NamedTuple):
    """The distinct words of all chunks so far; the arrays have room for more words."""

    words: Words  # bytes, counts and hashes of the words; a pruned word has count 0
    first: I64  # int64, key of each word's first appearance; see :func:`merge`
    slots: U64  # uint64, the hash table; its length is a power of two
    free: I64  # int64, ids of pruned words, available for new words
    ids_given: int  # number of ids in use, including pruned words
    ids_free: int  # number of ids in ``free``
    text_bytes: int  # number of bytes of the text in use


def empty_table() -> WordTable:
    """Return a table without words."""
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
    """Add the words of a chunk to the table.

    Args:
        words: the n distinct words of the chunk.
        key: key of the chunk, shifted left by ``ORDER_BITS``; keys ascend in corpus order, whatever
            the order of merging.
        table: the words so far; its arrays are changed in place.

    Returns:
        (n + 1,) int32, the id in the table of each id in the chunk; and the updated table.
    """
    table = _with_room(table, words)
    mapping = np.empty(len(words.starts) + 1, dtype=np.int32)
    ids_given, ids_free, text_bytes = _merge(words, key, table, mapping)
    counted = table._replace(ids_given=ids_given, ids_free=ids_free, text_bytes=text_bytes)
    return mapping, counted


def _with_room(table: WordTable, more: Words) -> WordTable:
    """Return the table with room for more words, at most half of its slots in use."""
    n = table.ids_given + len(more.starts)
    size = table.text_bytes + int(more.lengths.sum()) + PADDING
    words = table.words._replace(text=_longer(table.words.text, size))
    return table._replace(
        words=with_room_for(words, n),
        first=_longer(table.first, n),
        slots=with_slots(table.slots, 2 * n),
        free=_longer(table.free, n),
    )


@cached_njit(depends_on=[])
def _merge(words: Words, key: int, table: WordTable, mapping: I32) -> tuple[int, int, int]:
    """Merge words into the table and fill ``mapping``; return ids given, ids free, text bytes."""
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
    """Drop words seen at most ``rare`` times so far, as word2vec.c does, and free their ids."""
    text = np.empty_like(table.words.text)
    table.slots[:] = 0
    ids_free, text_bytes = _prune(table, rare, text)
    words = table.words._replace(text=text)
    return table._replace(words=words, ids_free=ids_free, text_bytes=text_bytes)


@cached_njit(depends_on=[])
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
