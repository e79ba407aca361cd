"""``python -m nasbench_mvit.proxy``."""

import sys

from nasbench_mvit.cli.proxy.command import main

if __name__ == "__main__":
    sys.exit(main())
