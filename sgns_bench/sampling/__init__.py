"""Random numbers, negative sampling, and generation of (center, context) pairs."""
