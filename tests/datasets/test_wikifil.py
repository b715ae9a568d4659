import bz2
import hashlib
import io

import pytest

from sgns_bench import datasets
from sgns_bench.datasets import wikifil

PAGE = b"<page>\n<title>Not this</title>\n<text xml:space='preserve'>%b</text>\n<id>7</id></page>"


def clean(text: bytes) -> bytes:
    target = io.BytesIO()
    wikifil.write(io.BytesIO(PAGE % text), target)
    return target.getvalue()


def test_real_pages_come_out_as_perl_writes_them():
    dump = bz2.decompress(datasets.load("gensim-wiki").local_path().read_bytes())
    target = io.BytesIO()

    wikifil.write(io.BytesIO(dump), target)

    # perl wikifil.pl < dump | sha256sum, Perl 5.36, the script as published
    expected = "0cf035b28f92b01ff2dd0880909f6087bfb48bc8b8c726b793bccdad5c56a13c"
    assert expected == hashlib.sha256(target.getvalue()).hexdigest()


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (b"Plain words, in ONE line\nor two.", "plain words in one line or two"),
        (b"the 1st of 20", "the one st of two zero"),
        ("Zürich café".encode(), "z rich caf"),
        (b"see [[Main page|this]] and [[that]]", "see this and that"),
        (b"[[Image:Cat.jpg|thumb|left|200px|A cat]] sits", "a cat sits"),
        (b"[[Category:Cats|*]] [[de:Katze]]", "cats"),
        (b"a {{stub|x}} b {| table |} c", "a b c"),
        (b"a [http://example.org an address] b", "a an address b"),
        (b"a &lt;ref&gt;source&lt;/ref&gt; b &lt;br /&gt; c", "a b c"),
        (b"fish &amp;amp; chips &amp;nbsp; R&amp;amp;D", "fish chips r d"),
        (b"#REDIRECT [[Elsewhere]]", ""),
        (b"#redirect [[Elsewhere]]", ""),
    ],
)
def test_words_without_markup_are_left(markup, words):
    assert words.split() == clean(markup).decode().split()


def test_each_text_begins_with_a_blank_and_none_is_doubled():
    assert b" a b" == clean(b" a \n\n b ")


def test_pieces_that_are_read_do_not_change_the_words(monkeypatch):
    markup = b"see [[Main page|this]] &lt;br /&gt; and [[that]] of 20"
    whole = clean(markup)
    monkeypatch.setattr(wikifil, "CHUNK", 3)

    assert whole == clean(markup)
