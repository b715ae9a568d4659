"""The harness: suites, the cells they plan, and the runs that train and score the cells."""
