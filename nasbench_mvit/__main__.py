"""``python -m nasbench_mvit VERB``, the same as ``nasbench-mvit VERB``."""

import sys

from nasbench_mvit.cli.entry_point import run_module

if __name__ == "__main__":
    sys.exit(run_module())
