"""``python -m sgns_bench``."""

from sgns_bench.cli import main

if __name__ == "__main__":
    main()
