"""However trainings interleave and wherever the driver is killed, the rungs end up the same."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from nasbench_mvit.search.engines.contract import Job, Progressed
from nasbench_mvit.search.loop.pruning import Pruner
from nasbench_mvit.search.study.sections import Limits, Pruning
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial, TrialRecord
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

GOLDEN = Path(__file__).parents[1] / "golden" / "trial_records_v1.json"
TEMPLATE = TrialRecord.model_validate(json.loads(GOLDEN.read_text())["complete"])
PARTS = 4
CONFIG = Pruning(rungs=[0.25, 0.5], reduction=2)

Decision = tuple[int, float]


def report(part: int, top1: float) -> FractionReport:
    return FractionReport(
        fraction=part / PARTS,
        step=part,
        top1=top1,
        num_images=10,
        train_loss=1.0,
        seconds=float(part),
        cpu_seconds=float(part),
    )


@dataclass(frozen=True)
class Network:
    """What its training will say, and how fast it is."""

    top1: tuple[float, ...]
    latency_ms: float
    role: Role

    def trial(self, number: int) -> StoredTrial:
        ends = dict.fromkeys(("ms", "low", "high"), self.latency_ms)
        latency = TEMPLATE.latency.model_copy(update=ends)
        record = TEMPLATE.changed(role=self.role, latency=latency, evaluations=(), seeds=(0,))
        return StoredTrial(number=number, state=State.RUNNING, record=record)

    def curve(self) -> tuple[FractionReport, ...]:
        return tuple(report(part, self.top1[part - 1]) for part in range(1, PARTS + 1))


@dataclass
class Driver:
    """The driver's part: what is stored survives a kill, what is in memory does not."""

    networks: list[Network]
    stored: dict[int, StoredTrial] = field(init=False)
    decisions: list[tuple[Decision, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stored = {n: network.trial(n) for n, network in enumerate(self.networks)}
        self.kill()

    def kill(self) -> None:
        """Start again from the store; trainings repeat their reports from the first on."""
        self.pruning = Pruner(CONFIG, PARTS, LimitCheck(Limits(latency_ms=8.999)))
        for trial in self.stored.values():
            self.pruning.remember(trial)
        self.reported = dict.fromkeys(self.stored, 0)

    def advance(self, number: int, *, is_cut: bool) -> None:
        """Let a training report once more; ``is_cut``: killed before what follows is stored."""
        trial, network = self.stored[number], self.networks[number]
        if trial.state is not State.RUNNING:
            return
        (job,) = self.pruning.jobs(trial)
        if self.reported[number] == PARTS:
            self._complete(trial, network)
            return
        self.reported[number] += 1
        event = Progressed(job, network.curve()[self.reported[number] - 1])
        self.pruning.note(event)
        if event.awaits_answer:
            judged = self.pruning.decide(trial, event)
            if is_cut:
                self.kill()
            elif judged is not trial:
                self._decide(judged, event)

    def _decide(self, judged: StoredTrial, event: Progressed) -> None:
        state = State.STOPPED if judged.record.is_stopped else State.RUNNING
        self.stored[judged.number] = judged.model_copy(update={"state": state})
        self.pruning.remember(self.stored[judged.number])
        decision = (judged.number, event.report.fraction)
        self.decisions.append((decision, state is State.RUNNING))

    def _complete(self, trial: StoredTrial, network: Network) -> None:
        result = TrainingResult(curve=network.curve(), device="cpu", precision="float32")
        evaluation = Evaluation(seed=0, result=result)
        complete = trial.changed(evaluations=(evaluation,), judged=None)
        self.stored[trial.number] = complete.model_copy(update={"state": State.COMPLETE})
        self.pruning.remember(self.stored[trial.number])

    def fail(self, number: int) -> None:
        self.stored[number] = self.stored[number].model_copy(update={"state": State.FAILED})
        self.pruning.remember(self.stored[number])


LEVELS = st.integers(0, 4).map(float)  # few values, so that ties are common
NETWORKS = st.lists(
    st.builds(
        Network,
        top1=st.tuples(*[LEVELS] * PARTS),
        latency_ms=st.integers(1, 10).map(float),
        role=st.sampled_from([Role.SEARCH, Role.SEARCH, Role.BASELINE]),
    ),
    min_size=1,
    max_size=6,
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["report", "report", "report", "cut", "kill", "fail"]),
              st.integers(0, 5)),
    max_size=60,
)  # fmt: skip


@given(NETWORKS, STEPS)
@example([Network((0.0,) * PARTS, 1.0, Role.SEARCH)], [("report", 0)] * 5 + [("fail", 0)])
def test_a_killed_search_decides_as_one_that_was_not(
    networks: list[Network], steps: list[tuple[str, int]]
) -> None:
    killed, steady = Driver(networks), Driver(networks)
    for step, index in steps:
        number = index % len(networks)
        if step == "kill":
            before = killed.pruning.rungs.standings
            killed.kill()
            assert killed.pruning.rungs.standings == before
        elif step == "fail":
            if killed.stored[number].state is State.RUNNING:  # the steady one may lag behind
                killed.fail(number)
                steady.fail(number)
        else:
            known = len(killed.decisions)
            killed.advance(number, is_cut=step == "cut")
            if len(killed.decisions) > known:  # the same decision falls due in the other
                while len(steady.decisions) == known:
                    steady.advance(number, is_cut=False)
    assert killed.decisions == steady.decisions
    assert killed.pruning.rungs.standings == steady.pruning.rungs.standings
    killed.kill()
    assert killed.pruning.rungs.standings == steady.pruning.rungs.standings
    for trial in killed.stored.values():
        if trial.record.role is Role.BASELINE:
            assert trial.state is not State.STOPPED


def test_a_decision_is_not_taken_again_when_a_training_repeats_its_reports() -> None:
    fast = Network((1.0, 1.0, 1.0, 1.0), 2.0, Role.SEARCH)
    driver = Driver([Network((0.5, 2.0, 2.0, 2.0), 3.0, Role.SEARCH), fast])
    driver.advance(0, is_cut=False)
    driver.advance(1, is_cut=False)  # from now on the first rung would stop the other
    driver.kill()
    driver.advance(0, is_cut=False)
    assert driver.stored[0].state is State.RUNNING
    assert driver.decisions == [((0, 0.25), True), ((1, 0.25), True)]


BEST = Network((4.0,) * PARTS, 1.0, Role.SEARCH)
GOOD = Network((3.0,) * PARTS, 2.0, Role.SEARCH)


def test_a_network_that_failed_stops_nobody_before_and_after_a_kill() -> None:
    for is_killed in (False, True):
        driver = Driver([BEST, GOOD])
        driver.advance(0, is_cut=False)
        driver.fail(0)
        if is_killed:
            driver.kill()
        driver.advance(1, is_cut=False)
        assert driver.stored[1].state is State.RUNNING


class AboveOne(LimitCheck):
    def allows(self, record: TrialRecord) -> bool:
        return record.latency.ms > 1


def test_a_baseline_over_the_limits_stops_nobody_and_is_not_stopped() -> None:
    fast = replace(BEST, role=Role.BASELINE)
    pruning = Pruner(CONFIG, PARTS, AboveOne(Limits()))
    driver = Driver([fast, GOOD])
    driver.pruning = pruning
    for number in (0, 1):
        driver.advance(number, is_cut=False)
        assert driver.stored[number].state is State.RUNNING
    assert pruning.rungs.standings[0.25].keys() == {1}


def test_a_study_without_pruning_trains_all_seeds_at_once_and_waits_nowhere() -> None:
    pruning = Pruner(None, PARTS, LimitCheck(Limits()))
    trial = Network((1.0,) * PARTS, 2.0, Role.SEARCH).trial(3).changed(seeds=(4, 5))
    spec = trial.record.network()
    assert pruning.jobs(trial) == [Job(3, 4, spec), Job(3, 5, spec)]
