"""``python -m nasbench_mvit.search``."""

import sys

from nasbench_mvit.cli.search.command import main

if __name__ == "__main__":
    sys.exit(main())
