"""The ``measure`` command with a browser, in its own folder: started, killed, started again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from browsing import free_port

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.latency.collectors.processes import environment
from nasbench_mvit.latency.records.blocks import blocks_of
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import read_records

# The command, on a machine whose noise decides nothing here.
COMMAND = """
import sys
from nasbench_mvit.latency.records import blocks
blocks.MAX_BRACKET_GAP = float("inf")
from nasbench_mvit.cli.measure.command import main
sys.exit(main(sys.argv[1:]))
"""
RESOLUTION = 64


class MeasureRun:
    """Networks of the main space, at a small resolution, measured in a browser."""

    def __init__(self, folder: Path, num_networks: int) -> None:
        self.folder = folder
        space = SearchSpace.load("mobilevit")
        rng = np.random.default_rng(0)
        drawn = [space.sample(rng).to_dict() for _ in range(num_networks)]
        file = folder / "networks.json"
        file.write_text(json.dumps([spec | {"resolution": RESOLUTION} for spec in drawn]))
        self._command = [
            *(sys.executable, "-P", "-c", COMMAND, "--target", "browser", "--specs", str(file)),
            *("--run-dir", str(folder / "run"), "--port", str(free_port()), "--seconds", "0.05"),
        ]
        self._num_networks = num_networks

    @contextmanager
    def started(self) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Start the command; yield its process and the address it prints."""
        with subprocess.Popen(
            self._command, env=environment(1), cwd=self.folder, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            address = next(line.split()[1] for line in lines if line.startswith("open http"))
            try:
                yield process, address
            finally:
                process.kill()

    def records(self) -> list[Measurement]:
        path = self.folder / "run" / "records.jsonl"
        return read_records(path) if path.exists() else []

    def uploads(self) -> list[str]:
        return [path.read_text() for path in (self.folder / "run" / "uploads").iterdir()]

    def assert_complete(self) -> None:
        """Every network was measured once in each pass, and no place twice."""
        records = self.records()
        visits = [
            (block.pass_number, record.spec_id)
            for block in blocks_of(records)
            if block.closing is not None
            for record in block.candidates
        ]
        assert len(visits) == len(set(visits)) == 2 * self._num_networks
        places = [(record.block, record.position) for record in records]
        assert len(places) == len(set(places))
