"""Training on a card; ``pytest -m gpu``. What needs none is tested in Triton's interpreter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import gensim
import numpy as np
import pytest

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.trainers import sgns

pytestmark = pytest.mark.gpu

LEE = Path(gensim.__file__).parent / "test" / "test_data" / "lee_background.cor"


@pytest.fixture(scope="module")
def lee():
    """58,000 words of news, with which gensim tests itself."""
    return load_corpus("lee", min_count=5)


def train(corpus, **settings):
    return sgns.prepare(corpus, SkipGramConfig(**settings), "cuda", lambda *_: None)()


@pytest.mark.parametrize("seed", range(20))
def test_a_tiny_corpus_passes_the_sanity_check_of_gensim(lee, seed):
    """Its ``model_sanity``: 'bombings' is among the 50 words nearest to 'attacks'."""
    embeddings = train(lee, window=4, negative=15, epochs=10, seed=seed)

    assert np.isfinite(embeddings.input_vectors).all()
    assert np.isfinite(embeddings.output_vectors).all()
    nearest = embeddings.to_keyed_vectors().most_similar("attacks", topn=50)
    assert "bombings" in [word for word, _ in nearest]


def test_steep_settings_do_not_diverge(lee):
    embeddings = train(lee, alpha=0.1, negative=20, ns_exponent=1.0, epochs=10)

    assert np.linalg.norm(embeddings.input_vectors, axis=1).max() < 20


TRAIN = """
import sys
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.trainers import sgns

corpus = load_corpus(sys.argv[1], min_count=1)
sgns.prepare(corpus, SkipGramConfig(vector_size=20, epochs=1), "cuda", lambda *_: None)()
"""


def test_the_sanitizer_finds_no_access_out_of_bounds(tmp_path):
    if not shutil.which("compute-sanitizer"):
        pytest.skip("compute-sanitizer comes with the CUDA toolkit")
    text = tmp_path / "few.txt"
    text.write_text("\n".join(LEE.read_text().splitlines()[:20]))
    sanitizer = ["compute-sanitizer", "--error-exitcode", "9", "--report-api-errors", "no"]
    # Each tensor an allocation of its own: else what lies beyond it is often torch's, too.
    environment = os.environ | {
        "PYTORCH_NO_CUDA_MEMORY_CACHING": "1",
        "SGNS_BENCH_CACHE": str(tmp_path / "cache"),
    }

    done = subprocess.run(
        [*sanitizer, sys.executable, "-c", TRAIN, str(text)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR SUMMARY: 0 errors" in done.stdout
