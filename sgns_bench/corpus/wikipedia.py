"""Read the articles of a MediaWiki dump as lists of words."""

import bz2
from collections.abc import Iterator
from pathlib import Path


def articles(path: Path) -> Iterator[list[str]]:
    """Yield the words of each article, in lower case, without markup or numbers."""
    from gensim.corpora.wikicorpus import extract_pages, process_article

    # Like WikiCorpus.get_texts, which forks and treats Ctrl-C as the end of the dump.
    with bz2.open(path) as file:
        for title, text, page in extract_pages(file, filter_namespaces=("0",)):
            words, _, _ = process_article((text, title, page), token_min_len=1)
            yield words
