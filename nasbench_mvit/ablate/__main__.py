"""``python -m nasbench_mvit.ablate``."""

import sys

from nasbench_mvit.cli.ablate.command import main

if __name__ == "__main__":
    sys.exit(main())
