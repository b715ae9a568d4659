"""Where the shipped TOML files live: inside the wheel, or in the checkout."""

import os
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import platformdirs

Kind = Literal["evals", "datasets"]


def shipped(kind: Kind) -> Traversable:
    """Return the folder of shipped ``evals`` or ``datasets`` files.

    An installed wheel has them at ``sgns_bench/_data/<kind>``; a checkout or an editable install
    has them beside the package.
    """
    in_wheel = files("sgns_bench") / "_data" / kind
    if in_wheel.is_dir():
        return in_wheel
    return Path(__file__).resolve().parents[1] / kind


def cache_folder() -> Path:
    """Return ``$SGNS_BENCH_CACHE``, or the platform's cache folder for this package."""
    return Path(os.environ.get("SGNS_BENCH_CACHE") or platformdirs.user_cache_dir("sgns_bench"))
