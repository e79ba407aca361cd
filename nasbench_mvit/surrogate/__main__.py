"""``python -m nasbench_mvit.surrogate``."""

import sys

from nasbench_mvit.cli.surrogate.command import main

if __name__ == "__main__":
    sys.exit(main())
