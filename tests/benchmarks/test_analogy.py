import numpy as np
import pytest
import torch

from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks.analogy import Method, Question, answer

SIZES = {True: (67_903, 100, 900), False: (2_000, 20, 60)}  # V, D, words used by questions


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogy_pass(benchmark, method: Method):
    V, D, used = SIZES[benchmark.enabled]
    rng = np.random.default_rng(1)
    words = [f"w{row}" for row in range(V)]
    vectors = WordVectors(words, rng.normal(size=(V, D)).astype(np.float32))
    asked = rng.choice(rng.choice(V, used, replace=False), size=(20 * used, 4))
    questions = [Question("", *(words[row] for row in rows)) for rows in asked]
    benchmark.extra_info |= {
        "questions": len(questions),
        "threads": torch.get_num_threads(),
        # one product with the vocabulary per question, as done one by one
        "gflop": 2e-9 * len(questions) * V * D,
    }

    answers = benchmark(answer, vectors, questions, method=method)

    assert answers.covered.all()
