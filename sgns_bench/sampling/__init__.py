"""Random draws: of numbers, negatives and pairs of words."""
