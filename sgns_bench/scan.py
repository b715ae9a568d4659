"""From the bytes of a text to numbered words, at the speed of memory and without the GIL.

``scan`` numbers the words of a chunk, ``merge`` renumbers them for the whole corpus, ``settle``
turns numbers into rows of the vocabulary. A word is found by the FNV-1a hash of its bytes
(Fowler, Noll and Vo 1991) in a table of open addressing; words of equal hash are told apart by
their bytes. Ids count from 1: ``END`` = 0 closes a sentence.

White space is what ``str.split`` takes for it, in UTF-8: ten bytes of ASCII, and nineteen longer
characters, whose first bytes never occur within another character.
"""

from typing import Any, Final, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

END: Final = 0
WHOLE_HASH: Final = np.uint32(0xFFFFFFFF)  # a mask; tests force collisions with a smaller one
ORDER_BITS: Final = 24  # of a key: the order of words within a chunk

BLANKS: Final = (" ", "\t", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f")  # and "\n"
WIDE_BLANKS: Final = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_WORD, _BLANK, _NEWLINE, _WIDE = range(4)
_FNV_OFFSET: Final = np.uint64(0xCBF29CE484222325)
_FNV_PRIME: Final = np.uint64(0x100000001B3)
_LOW32: Final = np.uint64(0xFFFFFFFF)
_32: Final = np.uint64(32)
_SLOTS: Final = 1 << 16  # of a table, to begin with

Item = TypeVar("Item", bound=np.generic)


def _classes() -> Bytes:
    """Return what each byte may be."""
    classes = np.full(256, _WORD, dtype=np.uint8)
    classes[[ord(blank) for blank in BLANKS]] = _BLANK
    classes[ord("\n")] = _NEWLINE
    classes[[blank.encode()[0] for blank in WIDE_BLANKS]] = _WIDE
    return classes


_CLASSES: Final = _classes()


class Words(NamedTuple):
    """Distinct words, in order of first appearance.

    Attributes:
        text: uint8, bytes in which they stand.
        starts: (n,) int64, where each begins.
        lengths: (n,) int64, in bytes.
        hashes: (n,) uint32.
        counts: (n,) int64, occurrences.
    """

    text: Bytes
    starts: I64
    lengths: I64
    hashes: U32
    counts: I64


class Totals(NamedTuple):
    """All words so far, with room for more; the arrays are as long as the room.

    Attributes:
        words: their bytes, counts and so on; a pruned word has count 0.
        first: int64, key of each word's first appearance; see :func:`merge`.
        slots: uint64, a power of two: hash above, id below, 0 if empty.
        free: int64, ids of pruned words, to be given out again.
        used: (3,) int64: ids given out, bytes of text, and ids in ``free``.
    """

    words: Words
    first: I64
    slots: U64
    free: I64
    used: I64


# Nothing compiled allocates, and the callers keep all arrays alive: with reference counts, whose
# atomic steps cost every call, a scan takes eight times as long.
_jit: Any = numba.njit(nogil=True, cache=True, _nrt=False)


@_jit
def _wide_blank(text: Bytes, i: int) -> int:
    """Length of the white space of several bytes that begins here, 0 if there is none."""
    left = len(text) - i
    a, b = text[i], text[i + 1] if left > 1 else 0
    if a == 0xC2:
        return 2 if b in (0x85, 0xA0) else 0
    if left < 3:
        return 0
    c = text[i + 2]
    if a == 0xE1:
        return 3 if b == 0x9A and c == 0x80 else 0
    if a == 0xE3:
        return 3 if b == 0x80 and c == 0x80 else 0
    if b == 0x80:
        return 3 if 0x80 <= c <= 0x8A or c in (0xA8, 0xA9, 0xAF) else 0
    return 3 if b == 0x81 and c == 0x9F else 0


@_jit
def _fold(h: np.uint64) -> np.uint64:
    return (h >> _32) ^ (h & _LOW32)


@_jit
def _find(words: Words, slots: U64, text: Bytes, start: int, length: int, h: np.uint64) -> int:
    """Slot of the word, or the empty one where it belongs."""
    mask = len(slots) - 1
    place: Any = np.int64(h) & mask
    while slots[place]:
        if slots[place] >> _32 == h:
            known = np.int64(slots[place] & _LOW32) - 1
            if words.lengths[known] == length and _same(words, known, text, start):
                return place
        place = (place + 1) & mask
    return place


@_jit
def _same(words: Words, known: int, text: Bytes, start: int) -> bool:
    begin = words.starts[known]
    for j in range(words.lengths[known]):  # noqa: SIM110  # numba has no all()
        if words.text[begin + j] != text[start + j]:
            return False
    return True


@_jit
def _entry(h: np.uint64, id_: int) -> np.uint64:
    return (h << _32) | np.uint64(id_)


def longer(array: npt.NDArray[Item], n: int) -> npt.NDArray[Item]:
    """Return the same array with room for n; if it has to grow, it at least doubles."""
    if len(array) >= n:
        return array
    grown = np.zeros(max(n, 2 * len(array)), array.dtype)
    grown[: len(array)] = array
    return grown


def _no_words(text: Bytes) -> Words:
    none = np.empty(0, np.int64)
    return Words(text, none, none, np.empty(0, np.uint32), none)


def _with_room_for(words: Words, n: int) -> Words:
    return Words(
        words.text,
        longer(words.starts, n),
        longer(words.lengths, n),
        longer(words.hashes, n),
        longer(words.counts, n),
    )


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


def scan(
    text: Bytes, is_last: bool, ids: I32, hash_mask: np.uint32 = WHOLE_HASH
) -> tuple[int, Words]:
    """Number the words of a chunk.

    Args:
        text: (n,) uint8; begins and ends between words.
        is_last: whether the text ends here, and its last sentence with it.
        ids: (n + 1,) int32, filled with an id for each word and ``END`` where sentences end.
        hash_mask: bits of the hash to use.

    Returns:
        How many ids there are, and the words; word i has id i + 1.
    """
    slots = np.zeros(_SLOTS, dtype=np.uint64)
    words = _no_words(text)
    i = n = distinct = 0
    while True:
        words = _with_room_for(words, len(slots) // 2)
        i, n, distinct = _scan(text, ids, words, slots, np.uint64(hash_mask), i, n, distinct)
        if i == len(text):
            break
        slots = with_slots(slots, 2 * len(slots))
    if is_last and (n == 0 or ids[n - 1] != END):  # it may have begun in the chunk before
        ids[n] = END
        n += 1
    d = distinct
    return n, Words(text, words.starts[:d], words.lengths[:d], words.hashes[:d], words.counts[:d])


@_jit
def _scan(
    text: Bytes, ids: I32, words: Words, slots: U64, hash_mask: np.uint64,
    i: int, n: int, distinct: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Go on at byte i with n ids and some distinct words, until the end or until room lacks."""
    while i < len(text):
        kind = _CLASSES[text[i]]
        if kind == _NEWLINE:
            ids[n] = END
            n += 1
            i += 1
            continue
        blank = 1 if kind == _BLANK else _wide_blank(text, i) if kind == _WIDE else 0
        if blank:
            i += blank
            continue
        start, h = i, _FNV_OFFSET
        while i < len(text):
            kind = _CLASSES[text[i]]
            if kind != _WORD and (kind != _WIDE or _wide_blank(text, i)):
                break
            h = (h ^ np.uint64(text[i])) * _FNV_PRIME
            i += 1
        folded = _fold(h) & hash_mask
        place = _find(words, slots, text, start, i - start, folded)
        id_: Any = np.int64(slots[place] & _LOW32)
        if not id_:
            if distinct == len(words.starts):
                return start, n, distinct
            words.starts[distinct], words.lengths[distinct] = start, i - start
            words.hashes[distinct], words.counts[distinct] = folded, 0
            distinct += 1
            id_ = distinct
            slots[place] = _entry(folded, id_)
        words.counts[id_ - 1] += 1
        ids[n] = id_
        n += 1
    return i, n, distinct


def hash_words(text: Bytes, starts: I64, lengths: I64) -> U32:
    """Return the hash of each word as :func:`scan` computes it."""
    hashes = np.empty(len(starts), dtype=np.uint32)
    _hash_words(text, starts, lengths, hashes)
    return hashes


@_jit
def _hash_words(text: Bytes, starts: I64, lengths: I64, hashes: U32) -> None:
    for k in range(len(starts)):
        h = _FNV_OFFSET
        for i in range(starts[k], starts[k] + lengths[k]):
            h = (h ^ np.uint64(text[i])) * _FNV_PRIME
        hashes[k] = _fold(h)


def no_words() -> Totals:
    """Return totals without a word."""
    return Totals(
        _no_words(np.empty(0, np.uint8)),
        first=np.empty(0, np.int64),
        slots=np.zeros(_SLOTS, np.uint64),
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
    text = longer(totals.words.text, size + int(more.lengths.sum()))
    return Totals(
        _with_room_for(totals.words._replace(text=text), n),
        first=longer(totals.first, n),
        slots=with_slots(totals.slots, 2 * n),
        free=longer(totals.free, n),
        used=totals.used,
    )


@_jit
def _merge(words: Words, key: int, totals: Totals, mapping: I32) -> None:
    known, used = totals.words, totals.used
    mapping[0] = END
    for k in range(len(words.starts)):
        start, length, h = words.starts[k], words.lengths[k], np.uint64(words.hashes[k])
        place = _find(known, totals.slots, words.text, start, length, h)
        if totals.slots[place]:
            id_ = np.int64(totals.slots[place] & _LOW32)
            known.counts[id_ - 1] += words.counts[k]
            totals.first[id_ - 1] = min(totals.first[id_ - 1], key + k)
        else:
            id_ = _new_id(totals)
            w = id_ - 1
            known.starts[w], known.lengths[w], known.hashes[w] = used[1], length, words.hashes[k]
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
