"""``python -m nasbench_mvit.predictor``."""

import sys

from nasbench_mvit.cli.predictor.command import main

if __name__ == "__main__":
    sys.exit(main())
