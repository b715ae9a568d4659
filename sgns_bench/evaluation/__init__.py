"""Evaluate word vectors: score one set of them, or test two for significant differences."""

from sgns_bench.evaluation.scorecard import evaluate
from sgns_bench.evaluation.significance import compare

__all__ = ["compare", "evaluate"]
