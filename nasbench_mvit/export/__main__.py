"""``python -m nasbench_mvit.export``."""

import sys

from nasbench_mvit.cli.export.command import main

if __name__ == "__main__":
    sys.exit(main())
