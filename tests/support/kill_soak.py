"""Kill a search at random moments, again and again.

Run by hand: ``python tests/support/kill_soak.py --kills 30``.
The command of the study ``smoke`` runs on two workers. ``kill -9`` hits the driver or one of its
workers, with ``--engine ray`` also the head or the node of its cluster or the actor in which Tune
runs, at a moment drawn by ``--seed``; where that ends the command, the same one resumes. When a
study has ended and kills are left, another begins in a new directory; the last one, which nobody
disturbs, is the reference. What must hold is asserted:

- after every kill the store can be read as it lies there, and what had ended is as it was;
- a study ends with every network of its budget evaluated, none twice, and nothing left running;
- every trial that was told has its objectives once;
- every evaluation equals that of the undisturbed training, to the last bit of its accuracy.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from nasbench_mvit.search.readers.read_only import ReadError
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.trials.record import UNFINISHED, Role, State, StoredTrial

STUDY = "smoke"
WORKERS = 2
NUM_BASELINES = 3
MAX_SIGNS = 8  # of progress before a kill, whatever the speed of the machine
AFTER_S = 1.0  # and so many seconds more at most
POLL_S = 0.02
PATIENCE_S = 3600
DRIVER = "driver"
#: By engine what may be killed: how often, and what stands in the command line of its process.
VICTIMS = {
    "local": {DRIVER: (1, ""), "worker": (1, "multiprocessing.spawn import spawn_main")},
    "ray": {
        DRIVER: (2, ""),
        "worker": (2, "ray::ImplicitFunc"),
        "actor": (1, "ray::TuneActor"),
        "head": (1, "gcs_server"),
        "node": (1, "raylet/raylet "),
    },
}
Ended = dict[int, StoredTrial]


@dataclass
class Tally:
    """What happened.

    Attributes:
        kills: by victim.
        studies: that came to their end.
        trials: by state, over all studies.
        seconds: from the start of the first command to the end of the last.
    """

    kills: Counter[str] = field(default_factory=Counter)
    studies: int = 0
    trials: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        kills = ", ".join(f"{count} × {victim}" for victim, count in self.kills.items())
        trials = ", ".join(f"{count} {state}" for state, count in self.trials.items())
        return (
            f"kills: {kills}; studies ended: {self.studies}; trials: {trials}; {self.seconds:.0f} s"
        )


class Soak:
    """Searches in one folder, disturbed by kills."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        engine: str = "local",
        trials: int = 8,
        victims: Sequence[str] = (),
    ) -> None:
        """Prepare; the first kills hit ``victims``, one after the other, the others any."""
        self._folder = folder
        self._victims = list(victims)
        self._trials = trials
        self._rng = random.Random(seed)  # noqa: S311 - moments of kills
        self._engine = engine
        self._top1: dict[tuple[str, int], float] = {}
        self.tally = Tally()

    def run(self, num_kills: int, *, reference: bool) -> Tally:
        """Search until so many kills have fallen and the study they fell in has ended."""
        began = time.monotonic()
        while self.tally.kills.total() < num_kills:
            self._study(num_kills)
        if reference:
            self._study(0)
        self.tally.seconds = time.monotonic() - began
        return self.tally

    def _study(self, num_kills: int) -> None:
        run_dir = self._folder / f"run{self.tally.studies}"
        ended: Ended = {}
        process = self._start(run_dir)
        while process.poll() is None:
            if self.tally.kills.total() >= num_kills:
                process.wait(PATIENCE_S)
            elif self._is_moment(process, run_dir) and (victim := self._kill(process)):
                self.tally.kills[victim] += 1
                ended = self._check_kept(run_dir, ended)
                if victim != "worker":
                    process.wait(PATIENCE_S)
                    process = self._start(run_dir)
            if process.poll() is not None and self._goes_on(run_dir):
                process = self._start(run_dir)
        assert process.returncode == 0, (run_dir / "output.log").read_text()
        self._check_end(run_dir, self._check_kept(run_dir, ended))
        self.tally.studies += 1

    def _goes_on(self, run_dir: Path) -> bool:
        """Say whether the same command again has something to do, as after failed trainings.

        A worker's death fails its network, which is tried again; a baseline with the next command.
        """
        baselines = [
            trial for trial in _read(run_dir)
            if trial.record.role is Role.BASELINE and trial.state is State.COMPLETE
        ]  # fmt: skip
        *_, last = (run_dir / "output.log").read_text().splitlines() or [""]
        return len(baselines) < NUM_BASELINES or "trainings in a row failed" in last

    def _start(self, run_dir: Path) -> subprocess.Popen[bytes]:
        run_dir.mkdir(exist_ok=True)
        command = [
            *(sys.executable, "-m", "nasbench_mvit.search", "--study", STUDY),
            *("--trials", str(self._trials), "--workers", str(WORKERS), "--run-dir", run_dir),
            *(() if self._engine == "local" else ("--engine", self._engine)),
        ]
        with (run_dir / "output.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)

    def _is_moment(self, process: subprocess.Popen[bytes], run_dir: Path) -> bool:
        """Wait for progress and then a while; False if the command has ended meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        for _ in range(self._rng.randint(1, MAX_SIGNS)):
            before = _progress(run_dir)
            while _progress(run_dir) == before:
                assert time.monotonic() < deadline
                if process.poll() is not None:
                    return False
                time.sleep(POLL_S)
        time.sleep(self._rng.uniform(0, AFTER_S))
        return process.poll() is None

    def _kill(self, driver: subprocess.Popen[bytes]) -> str | None:
        """Kill something; return what, None if there is no such process just now."""
        kinds = VICTIMS[self._engine]
        (victim,) = self._rng.choices([*kinds], [often for often, _ in kinds.values()])
        victim = self._victims[0] if self._victims else victim
        _, mark = kinds[victim]
        processes = [driver.pid]
        if victim != DRIVER:
            processes = [pid for pid in _descendants(driver.pid) if mark in _command(pid)]
        if not processes:
            return None
        os.kill(self._rng.choice(processes), signal.SIGKILL)
        self._victims = self._victims[1:]
        return victim

    def _check_kept(self, run_dir: Path, before: Ended) -> Ended:
        """Return the trials that have ended, among which are all that had."""
        trials = _read(run_dir)
        now = {trial.number: trial for trial in trials if trial.state not in UNFINISHED}
        for number, trial in before.items():
            assert now[number] == trial, f"trial {number} was {trial}, is {now.get(number)}"
        return now

    def _check_end(self, run_dir: Path, ended: Ended) -> None:
        trials = _read(run_dir)
        assert len(ended) == len(trials), "a trial is left running"
        self.tally.trials.update(trial.state.value for trial in trials)
        answers = [
            trial for trial in trials
            if trial.state is State.COMPLETE and trial.record.duplicate_of is None
        ]  # fmt: skip
        networks = Counter(trial.record.spec_id for trial in answers)
        assert set(networks.values()) == {1}, "a network was evaluated twice"
        roles = Counter(trial.record.role for trial in answers)
        assert roles == {Role.BASELINE: NUM_BASELINES, Role.SEARCH: self._trials}
        for trial in answers:
            assert not trial.record.missing_seeds()
            for evaluation in trial.record.evaluations:
                key = (trial.record.spec_id, evaluation.seed)
                top1 = self._top1.setdefault(key, evaluation.result.top1)
                assert top1 == evaluation.result.top1, f"{key} was trained otherwise"
        with closing(sqlite3.connect(run_dir / STORE_FILE)) as connection:
            told = connection.execute(
                "SELECT t.state, count(v.trial_value_id) FROM trials t LEFT JOIN trial_values v "
                "ON v.trial_id = t.trial_id GROUP BY t.trial_id"
            ).fetchall()
        assert {count for state, count in told if state == "COMPLETE"} == {2}
        assert {count for state, count in told if state != "COMPLETE"} <= {0}


def _progress(run_dir: Path) -> list[tuple[str, int]]:
    """Return the sizes that grow with every report of a training."""
    files = sorted((run_dir / "logs").glob("*.log"))
    return [(file.name, file.stat().st_size) for file in files]


def _read(run_dir: Path) -> tuple[StoredTrial, ...]:
    if not (run_dir / STORE_FILE).exists():
        return ()
    deadline = time.monotonic() + PATIENCE_S
    while True:  # a search may be writing
        try:
            return StudyReader(run_dir / STORE_FILE, STUDY).read().trials
        except ReadError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return  # it has ended
    for child in map(int, children):
        yield child
        yield from _descendants(child)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--engine", choices=VICTIMS, default="local")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), options.seed, engine=options.engine)
        tally = soak.run(options.kills, reference=True)
    sys.stdout.write(f"{tally}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
