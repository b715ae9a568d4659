"""What is hard about little text: words that are everywhere, or alone."""

import random

import numpy as np
import pytest

from sgns_bench import Word2Vec

LEAVES = 20  # of each hub's neighbours of one kind


def star(number):
    """Return walks on a star whose leaves are of two kinds, one kind a walk: hub leaf hub leaf."""
    draw = random.Random(number)
    kinds = [[f"{kind}{leaf}" for leaf in range(LEAVES)] for kind in "ab"]
    leaves = [draw.choices(draw.choice(kinds), k=20) for _ in range(400)]
    return [[word for leaf in walk for word in ("hub", leaf)] for walk in leaves]


def loops(number):
    """Return walks at random, and some of nodes that have no neighbour but themselves."""
    draw = random.Random(number)
    nodes = [str(node) for node in range(1_000)]
    walks = [draw.choices(nodes, k=80) for _ in range(2_000)]
    walks += [[f"alone{node}"] * 80 for node in range(10) for _ in range(10)]
    draw.shuffle(walks)
    return walks


def longest(model):
    return np.linalg.norm(model.wv.vectors, axis=1).max()


@pytest.mark.parametrize("sample", [0, 1e-3])
@pytest.mark.parametrize("negative", [5, 20])
@pytest.mark.parametrize("alpha", [0.025, 0.05])
def test_a_hub_in_every_window_leaves_its_leaves_beside_their_kind(alpha, negative, sample):
    model = Word2Vec(
        star(1),
        sg=1,
        vector_size=32,
        window=10,
        min_count=0,
        alpha=alpha,
        negative=negative,
        sample=sample,
        workers=2,
    )

    leaves = [word for word in model.wv.index_to_key if word != "hub"]
    kin = [
        word[0]
        for leaf in leaves
        for word, _ in model.wv.most_similar(leaf, topn=len(model.wv))
        if word != "hub"
    ]
    beside = np.reshape(kin, (len(leaves), -1))[:, : LEAVES - 1]
    assert (beside == [[leaf[0]] for leaf in leaves]).mean() > 0.9
    assert 5 > longest(model)  # gensim: 1.8 to 2.5


def test_walks_that_stay_at_one_node_do_not_drive_the_others_off():
    model = Word2Vec(loops(1), sg=1, window=10, min_count=1, workers=2)

    assert 20 > longest(model)  # gensim: 8


def test_a_vocabulary_of_one_word_stays_finite():
    model = Word2Vec([["alone"] * 80] * 100, sg=1, window=10, min_count=0, sample=0)

    assert 10 > longest(model)  # gensim: 2.4
