"""Corpora and evaluation sets: manifests, downloads, and the modules that generate or filter text.

The manifests themselves lie outside the package, in ``datasets/`` beside it. A module here is a
``generator`` or a ``filter`` of a manifest if it has ``write``.
"""

from sgns_bench.datasets.manifest import Dataset, kinds, load, names, readable

__all__ = ["Dataset", "kinds", "load", "names", "readable"]
