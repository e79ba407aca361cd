"""``python -m nasbench_mvit.evaluate``."""

import sys

from nasbench_mvit.cli.evaluate.command import main

if __name__ == "__main__":
    sys.exit(main())
