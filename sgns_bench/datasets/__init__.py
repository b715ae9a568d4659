"""Corpora and evaluation sets: manifests, downloads, generators and filters.

The manifests are TOML files in the top-level folder ``datasets/``. Their keys ``generator`` and
``filter`` name modules of this package that have a function ``write``.
"""

from sgns_bench.datasets.manifest import Dataset, kinds, load, names, readable

__all__ = ["Dataset", "kinds", "load", "names", "readable"]
