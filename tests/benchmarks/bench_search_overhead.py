"""What a trial costs beside its training, at 1,000 and at 10,000 trials, against study.optimize.

The driver runs 10,000 trials of a space of 20 parameters with the random sampler and an evaluation
that is arithmetic, into SQLite as a search does. Shortly before the 1,000th and the 10,000th trial
blocks of trials take turns with blocks of Optuna's own ``study.optimize`` with 20 parameters, two
objectives and SQLite on the same disk. Seconds are those on the wall, since a commit waits for the
disk. It takes about ten minutes.
"""

import itertools
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from driving import Run, Silent
from fakes import ArithmeticEvaluator, InlineExecutor
from pairing import Spread, times_faster
from reporting import Conditions, Figure, benchmark

from nasbench_mvit.errors import SpaceError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.loop.driver import Driver
from nasbench_mvit.search.samplers.by_name import make_sampler, suggest
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.trials.record import State, StoredTrial

COUNTS = (1_000, 10_000)
PARAMETERS = 20
BLOCK = 20  # trials
PEER_BLOCK = 4
ASKS = 20
MS = 1000.0
MAX_MS = 30.0
TIMES_FASTER = 3.0
MAX_GROWTH = 1.2


class Stopwatch(Silent):
    """Times blocks of trials before each count and lets the peer run after each block."""

    def __init__(self, rounds: int, peer: Callable[[], float], ask: Callable[[], float]) -> None:
        super().__init__()
        self.own: dict[int, list[float]] = {count: [] for count in COUNTS}
        self.peer: dict[int, list[float]] = {count: [] for count in COUNTS}
        self.memory: dict[int, float] = {}
        self.asks: list[float] = []
        self._ends = {
            count - BLOCK * (rounds - i): count for count in COUNTS for i in range(rounds + 1)
        }
        self._run_peer, self._ask = peer, ask
        self._ended = 0
        self._began: float | None = None

    def trial(self, trial: StoredTrial) -> None:
        """Count the trials that ended."""
        if trial.state is State.RUNNING:
            return
        self._ended += 1
        if (count := self._ends.get(self._ended)) is None:
            return
        if self._began is not None:
            self.own[count].append((time.perf_counter() - self._began) / BLOCK)
            self.peer[count].append(self._run_peer())
        self._began = time.perf_counter()
        if self._ended == count:
            self.memory[count] = resident_mb()
            self._began = None
            if count == COUNTS[0]:
                self.asks = [self._ask() for _ in range(ASKS)]


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield what a trial costs, and how that and the memory grow."""
    few, many = COUNTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        space = folder / "space.yaml"
        space.write_text(yaml.safe_dump(space_of(PARAMETERS)))
        run = Run(folder, space=str(space), sampler="random", trials=many)
        watch = Stopwatch(conditions.rounds, optuna_block(folder), tpe_ask(run))
        store = run.store()
        executor = InlineExecutor(ArithmeticEvaluator(), slots=1)
        Driver(run.config, run.candidates, store, executor, watch).run(lambda: False)
        store.close()
    for count in COUNTS:
        own = [MS * seconds for seconds in watch.own[count]]
        yield Figure(
            case=f"a trial at {count:,}", against="", spread=Spread.of(own), unit="ms",
            aim=MAX_MS, lower_is_better=True,
        )  # fmt: skip
        yield Figure(
            case=f"a trial at {count:,}",
            against=f"study.optimize, {PARAMETERS} parameters, SQLite",
            spread=times_faster(watch.own[count], watch.peer[count]),
            aim=TIMES_FASTER,
        )
    growth = statistics.median(watch.own[many]) / statistics.median(watch.own[few])
    memory = watch.memory[many] / watch.memory[few]
    for case, value in (("a trial's time", growth), ("memory of the driver", memory)):
        yield Figure(
            case=f"{case} at {many:,}", against=f"at {few:,}", spread=Spread(value, value, value),
            aim=MAX_GROWTH, lower_is_better=True,
        )  # fmt: skip
    asks = [MS * seconds for seconds in watch.asks]
    yield Figure(case=f"TPE asked at {few:,}", against="", spread=Spread.of(asks), unit="ms")


def space_of(parameters: int) -> dict[str, object]:
    """Return the main space with fewer axes, all of which always apply."""
    path = catalogue.find("search_spaces", "mobilevit", SpaceError)
    content = yaml.safe_load(path.read_text())
    axes = {name: values for name, values in content["axes"].items() if name != "stage3.block"}
    first = dict(itertools.islice(axes.items(), parameters))
    return {key: value for key, value in content.items() if key != "tied"} | {"axes": first}


def optuna_block(folder: Path) -> Callable[[], float]:
    """Return a function that runs a few trials of study.optimize and returns the seconds of one."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'peer.db'}",
        directions=["maximize", "minimize"],
        sampler=optuna.samplers.RandomSampler(seed=0),
    )

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        values = [trial.suggest_int(f"p{i}", 0, 5) for i in range(PARAMETERS)]
        return float(sum(values)), float(max(values))

    def block() -> float:
        began = time.perf_counter()
        study.optimize(objective, n_trials=PEER_BLOCK)
        return (time.perf_counter() - began) / PEER_BLOCK

    return block


def tpe_ask(run: Run) -> Callable[[], float]:
    """Return a function that asks TPE for one network of the study and returns the seconds."""
    stores: list[StudyStore] = []

    def ask() -> float:
        if not stores:
            store = run.store()
            store.study.sampler = make_sampler("tpe", 0)
            store.study.get_trials(deepcopy=False)  # read once, as in a search
            stores.append(store)
        (store,) = stores
        began = time.perf_counter()
        trial = store.study.ask()
        suggest(trial, run.candidates.space, "tpe")
        seconds = time.perf_counter() - began
        store.drop(trial)
        return seconds

    return ask


def resident_mb() -> float:
    """Return the memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    sys.exit(benchmark(measure))
