"""The command line."""

from sgns_bench.cli.app import main

__all__ = ["main"]
