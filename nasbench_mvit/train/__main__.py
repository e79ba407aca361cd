"""``python -m nasbench_mvit.train``."""

import sys

from nasbench_mvit.cli.train import main

if __name__ == "__main__":
    sys.exit(main())
