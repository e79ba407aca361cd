"""What lies in the working directory is data, and no module."""

import subprocess
import sys
from pathlib import Path


def test_libraries_do_not_take_folders_for_packages_either(tmp_path: Path) -> None:
    """torch imports z3 as it exports, and pandas imports bottleneck and numexpr."""
    for name in ("z3", "bottleneck", "numexpr"):
        (tmp_path / name).mkdir()
    options = "--spec mobilevit_xxs --weights random --resolution 64 --format torch --out out"
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_mvit", "export", *options.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
