"""``python -m nasbench_mvit VERB``, the same as ``nasbench-mvit VERB``."""

import sys

from nasbench_mvit.cli.entry_point import main

if __name__ == "__main__":
    sys.exit(main())
