"""Evaluate saved vectors: score one file, or test two files for significant differences."""
