"""What an update costs as the vocabulary grows."""
