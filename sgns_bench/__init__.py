"""Fast skip-gram with negative sampling, and the benchmark that keeps it honest."""

__version__ = "0.1.0"
