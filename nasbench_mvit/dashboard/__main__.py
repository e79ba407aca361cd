"""``python -m nasbench_mvit.dashboard``."""

import sys

from nasbench_mvit.cli.entry_point import main

if __name__ == "__main__":
    sys.exit(main(["dashboard", *sys.argv[1:]]))
