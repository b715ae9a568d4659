"""The harness: suites, the cells that they plan, and the runs that train and score them."""
