"""Saved vectors on evaluation sets: scores of one file, comparisons of two."""
