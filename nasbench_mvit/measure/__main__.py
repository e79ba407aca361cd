"""``python -m nasbench_mvit.measure``."""

import sys

from nasbench_mvit.cli.measure.command import main

if __name__ == "__main__":
    sys.exit(main())
