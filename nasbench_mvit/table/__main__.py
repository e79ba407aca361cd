"""``python -m nasbench_mvit.table``."""

import sys

from nasbench_mvit.cli.table.command import main

if __name__ == "__main__":
    sys.exit(main())
