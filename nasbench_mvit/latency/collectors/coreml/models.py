"""Networks as Core ML packages, see ``model_files``; made on Linux and macOS alike."""

import hashlib
from pathlib import Path

from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.this_machine import check_libraries

WORKER = "nasbench_mvit.latency.collectors.coreml.export"
EXTRA = "coreml"
# Names the parts by numbers drawn anew each time a package is written.
PACKAGE_LIST = "Manifest.json"


class CoreMLModels(ModelFiles):
    """Packages of float16 networks."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when the first package is.

        Raises:
            MeasurementError: coremltools is not installed.
        """
        check_libraries("coreml", ("coremltools",), EXTRA)
        super().__init__(folder, suffix=".mlpackage", worker=WORKER, title="Core ML")

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a package's program and weights, with their names."""
        digest = hashlib.sha256()
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.name != PACKAGE_LIST:
                digest.update(file.relative_to(path).as_posix().encode())
                digest.update(file.read_bytes())
        return digest.hexdigest()
