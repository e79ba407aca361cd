"""``python -m nasbench_mvit.status``."""

import sys

from nasbench_mvit.cli.status.command import main

if __name__ == "__main__":
    sys.exit(main())
