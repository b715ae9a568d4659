"""Matt Mahoney's filter for text8: convert Wikipedia XML to words of a to z in one line.

This translates the Perl script wikifil.pl (public domain, 2006) from Appendix A of
http://mattmahoney.net/dc/textdata.html step by step. It keeps the quirks; the output is the same.
"""

import re
from collections.abc import Iterator
from typing import IO, Final

CHUNK: Final = 1 << 20  # bytes

_REDIRECT: Final = re.compile(rb"#redirect", re.IGNORECASE)
_TAG: Final = re.compile(rb"<.*>")  # greedy, within a line
_STEPS: Final = [
    (re.compile(pattern, re.IGNORECASE if ignore_case else 0), replacement)
    for pattern, replacement, ignore_case in [
        (rb"&amp;", b"&", False),  # decode double encoding
        (rb"&lt;", b"<", False),
        (rb"&gt;", b">", False),
        (rb"<ref[^<]*</ref>", b"", False),  # references
        (rb"<[^>]*>", b"", False),  # XHTML tags
        (rb"\[http:[^] ]*", b"[", False),  # addresses, but not the text beside them
        (rb"\|thumb", b"", True),  # images, but not their captions
        (rb"\|left", b"", True),
        (rb"\|right", b"", True),
        (rb"\|\d+px", b"", True),
        (rb"\[\[image:[^\[\]]*\|", b"", True),
        (rb"\[\[category:([^|\]]*)[^]]*\]\]", rb"[[\1]]", True),  # categories without markup
        (rb"\[\[[a-z\-]*:[^\]]*\]\]", b"", False),  # links to other languages
        (rb"\[\[[^|\]]*\|", b"[[", False),  # targets of links, but not their text
        (rb"\{\{[^}]*\}\}", b"", False),  # icons and tables
        (rb"\{[^}]*\}", b"", False),
        (rb"[\[\]]", b"", False),
        (rb"&[^;]*;", b" ", False),  # other encoded characters
    ]
]
_DIGITS: Final = [
    (str(digit).encode(), f" {word} ".encode())
    for digit, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
]
_OTHERS: Final = re.compile(rb"[^a-z]+")


def write(source: IO[bytes], target: IO[bytes]) -> None:
    """Write the words of a Wikipedia dump, MediaWiki XML, in bounded memory.

    They consist of letters a to z, each after a blank; digits are spelled out.
    """
    in_text = False
    for record in _records(source):
        in_text = (in_text or b"<text " in record) and not _REDIRECT.search(record)
        if in_text:
            in_text = b"</text>" not in record
            target.write(_clean(record))


def _records(source: IO[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a stream that end with ">"."""
    rest = b""
    while chunk := source.read(CHUNK):
        *records, rest = (rest + chunk).split(b">")
        yield from (record + b">" for record in records)
    if rest:
        yield rest


def _clean(record: bytes) -> bytes:
    record = _TAG.sub(b"", record)
    for pattern, replacement in _STEPS:
        record = pattern.sub(replacement, record)
    record = b" " + record.lower() + b" "
    for digit, word in _DIGITS:
        record = record.replace(digit, word)
    return _OTHERS.sub(b" ", record)[:-1]
