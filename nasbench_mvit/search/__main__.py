"""``python -m nasbench_mvit.search``."""

import sys

from nasbench_mvit.cli.entry_point import main

if __name__ == "__main__":
    sys.exit(main(["search", *sys.argv[1:]]))
