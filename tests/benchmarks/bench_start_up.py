"""Time until the package and its main command are there, as fresh processes.

Run by hand: ``python tests/benchmarks/bench_start_up.py``. It prints seconds of a whole process,
the interpreter's own start included, and stops if one of them has loaded torch.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator

from pairing import Spread, Work, take_turns
from reporting import Conditions, Figure, benchmark

AIM_S = 1.0
COMMANDS = {
    "import nasbench_mvit": ("-c", "import nasbench_mvit"),
    "python -m nasbench_mvit.search --help": ("-m", "nasbench_mvit.search", "--help"),
}


def fresh_process(*arguments: str) -> Work:
    """Return the running of a new interpreter as a function."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def time_of_children() -> float:
    """Return the processor seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def refuse_torch(*arguments: str) -> None:
    """Stop where a command has loaded torch."""
    command = [sys.executable, "-X", "importtime", *arguments]
    imports = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    modules = {line.rpartition("|")[2].strip() for line in imports.splitlines()}
    if "torch" in modules:
        raise SystemExit(f"{' '.join(arguments)} loads torch.")


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the seconds of each command."""
    for arguments in COMMANDS.values():
        refuse_torch(*arguments)
    works = {name: fresh_process(*arguments) for name, arguments in COMMANDS.items()}
    for name, seconds in take_turns(works, conditions.rounds, time_of_children).items():
        yield Figure(
            case=name,
            against="processor time, no torch loaded",
            spread=Spread.of(seconds),
            unit="s",
            aim=AIM_S,
            lower_is_better=True,
        )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
