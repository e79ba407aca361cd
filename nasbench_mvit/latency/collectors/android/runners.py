"""Programs that time a network on an Android phone, and what they print, read strictly."""

import math
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import MeasurementError, listed
from nasbench_mvit.latency.collectors.contract import NetworkFailedError

NAME: Final = "runner"  # on the phone
RESULT: Final = "result.csv"


class Runner(ABC):
    """A program of the user's, by what it is started with and what it prints."""

    runtime: str
    engine: str
    form: str  # of the files it runs

    @abstractmethod
    def line(self, model: str, *, runs: int, threads: int) -> str:
        """Return the line of shell that times a file, in the folder both lie in."""

    @abstractmethod
    def times_ms(self, printed: str, *, runs: int) -> list[float]:
        """Return milliseconds of every run, in order.

        Raises:
            NetworkFailedError: what was printed is anything but that.
        """

    @abstractmethod
    def tick_ms(self, times_ms: list[float]) -> float:
        """Return the step of the times as they are printed."""


class OnnxRuntimeRunner(Runner):
    """``onnxruntime_perf_test``, which leaves a line for every run in a file."""

    runtime = "onnxruntime"
    engine = "CPUExecutionProvider"
    form = "onnx"
    DIGITS = 6  # that it prints of a number
    # name, seconds, peak of memory, share of the processor, number of the run
    LINE = re.compile(r"[^,]*,(?P<seconds>[0-9][0-9.e+-]*),\d+,-?\d+,(?P<number>\d+)")

    def line(self, model: str, *, runs: int, threads: int) -> str:
        """Run with generated input, one session, and show the file it leaves."""
        return (
            f"rm -f {RESULT}; ./{NAME} -e cpu -m times -r {runs} -x {threads} -y 1 -S 1 -I "
            f"{model} {RESULT} 1>&2 && cat {RESULT}"
        )

    def times_ms(self, printed: str, *, runs: int) -> list[float]:
        """Read ``name,seconds,peak,cpu,number`` on every line."""
        times: list[float] = []
        for number, line in enumerate(printed.split()):
            found = self.LINE.fullmatch(line)
            if found is None or int(found["number"]) != number:
                raise _unlike(line, f"times of run {number} in {RESULT}")
            times.append(_number(found["seconds"], line) * 1e3)
        return _complete(times, runs)

    def tick_ms(self, times_ms: list[float]) -> float:
        """Return the last digit printed of the longest run."""
        return float(10.0 ** (math.floor(math.log10(max(times_ms))) - self.DIGITS + 1))


class ExecuTorchRunner(Runner):
    """``executor_runner``, which logs every run, on Android in the system's log."""

    runtime = "ExecuTorch"
    engine = "XNNPACK"
    form = "executorch"
    LINE = re.compile(r"Iteration (?P<number>\d+) of (?P<runs>\d+): (?P<ms>\S+) ms")
    LOG = "ExecuTorch"

    def line(self, model: str, *, runs: int, threads: int) -> str:
        """Run, then show what it left in the log."""
        return (
            f"logcat -c; ./{NAME} --model_path={model} --num_executions={runs} "
            f"--cpu_threads={threads} --print_output=none 2>&1; code=$?; "
            f"logcat -d -v raw -s {self.LOG}:I; exit $code"
        )

    def times_ms(self, printed: str, *, runs: int) -> list[float]:
        """Read ``Iteration 1 of N: T ms`` among what else it says."""
        times: list[float] = []
        for found in self.LINE.finditer(printed):
            expected = (len(times) + 1, runs)
            if (int(found["number"]), int(found["runs"])) != expected:
                raise _unlike(found[0], f"'Iteration {expected[0]} of {runs}'")
            times.append(_number(found["ms"], found[0]))
        if not times:
            raise NetworkFailedError(
                "the runner logs no 'Iteration 1 of N: T ms'. Build it from a recent ExecuTorch "
                "with -DEXECUTORCH_ENABLE_LOGGING=ON"
            )
        return _complete(times, runs)

    def tick_ms(self, times_ms: list[float]) -> float:
        """Return a nanosecond: its clock's, and what it prints."""
        del times_ms
        return 1e-6


RUNNERS: Final[dict[str, Runner]] = {
    "onnxruntime_perf_test": OnnxRuntimeRunner(),
    "executor_runner": ExecuTorchRunner(),
}


def runner_of(path: Path) -> Runner:
    """Return the runner that a file is by its name.

    Raises:
        MeasurementError: there is no such file, or its name says none that is known.
    """
    if not path.is_file():
        raise MeasurementError(
            f"`runner=`: there is no file {path}. Give the {listed(RUNNERS)} built for the phone."
        )
    for name, runner in RUNNERS.items():
        if name in path.name:
            return runner
    raise MeasurementError(
        f"`runner=`: the name '{path.name}' holds neither of {listed(RUNNERS)}, which are known."
    )


def _number(text: str, line: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise _unlike(line, "a time above 0")
    return value


def _complete(times: list[float], runs: int) -> list[float]:
    if len(times) != runs:
        raise NetworkFailedError(f"the runner was to time {runs} runs, it timed {len(times)}")
    return times


def _unlike(line: str, expected: str) -> NetworkFailedError:
    return NetworkFailedError(f"the runner says '{line[:100]}' in place of {expected}")
