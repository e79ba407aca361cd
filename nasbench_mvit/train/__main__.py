"""``python -m nasbench_mvit.train``."""

import sys

from nasbench_mvit.cli.train.command import main

if __name__ == "__main__":
    sys.exit(main())
