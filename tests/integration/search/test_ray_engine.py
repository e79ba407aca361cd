"""Ray runs what worker processes run, with the same results, whatever dies meanwhile."""

import dataclasses
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import ray
from driving import Run, firsts, stop_slower_than
from fakes import ArithmeticEvaluator
from optuna.trial import TrialState
from ray.cluster_utils import Cluster as Nodes
from ray_nodes import NODE, head_node
from tiny_training import PROXY, tiny_spec

from nasbench_mvit.architecture.network import Network, mobilevit
from nasbench_mvit.architecture.published import published
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.batch.run import PlannedEvaluator
from nasbench_mvit.search.engines.contract import End, Event, Executor, Finished, Job, Progressed
from nasbench_mvit.search.engines.local import LocalEngine
from nasbench_mvit.search.engines.ray.cluster import Cluster
from nasbench_mvit.search.engines.ray.engine import RayEngine
from nasbench_mvit.search.engines.ray.feed import MAX_FAILURES
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator, Report
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

PATIENCE_S = 120.0
# Slower than this are six of the eleven networks that a search has to choose from: some of any
# eight, and not all.
STOPPED_ABOVE_MS = 3.5


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with head_node() as nodes:
        yield nodes


@dataclass(frozen=True)
class MortalEvaluator:
    """Trains by the proxy; at half its budget it kills its worker, the first time.

    Attributes:
        evaluator: trains.
        died: a file that says that it has died.
    """

    evaluator: ProxyEvaluator | PlannedEvaluator
    died: Path

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        return self.evaluator.checkpoint_name(spec, seed)

    def on_node(self, checkpoint_dir: Path) -> "MortalEvaluator":
        return MortalEvaluator(self.evaluator.on_node(checkpoint_dir), self.died)

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        def report_or_die(fraction: FractionReport) -> None:
            report(fraction)
            if fraction.fraction >= 0.5 and not self.died.exists():
                self.died.touch()
                os.kill(os.getpid(), 9)

        return self.evaluator(spec, seed, report_or_die)


def proxy_evaluator(folder: Path) -> ProxyEvaluator:
    return ProxyEvaluator(
        proxy=PROXY,
        data="embedded",
        data_seed=0,
        cache_dir=folder,
        checkpoint_dir=folder / "local",
        device="cpu",
    )


def run_job(engine: Executor, job: Job) -> list[Event]:
    events: list[Event] = []
    with closing(engine):
        engine.submit(job)
        while not any(isinstance(event, End) for event in events):
            events += engine.wait(PATIENCE_S)
    return events


def scores(events: list[Event]) -> list[tuple[float, float]]:
    finished = events[-1]
    assert isinstance(finished, Finished), finished
    return [(report.top1, report.train_loss) for report in finished.result.curve]


def test_ray_gives_what_a_worker_process_gives_even_where_a_worker_dies(
    nodes: Nodes, tmp_path: Path
) -> None:
    job = Job(0, 0, tiny_spec())
    evaluator = MortalEvaluator(proxy_evaluator(tmp_path), tmp_path / "died")
    options = RayOptions(address=nodes.address, storage_path=str(tmp_path / "shared"))
    events = run_job(RayEngine(Cluster(options), evaluator), job)
    assert (tmp_path / "died").exists()
    reports = [event.report for event in events if isinstance(event, Progressed)]
    half = PROXY.fractions // 2
    assert len(reports) == half + PROXY.fractions
    assert reports[half : 2 * half] == reports[:half]  # to the microsecond: taken up, not repeated
    assert not list((tmp_path / "shared").glob("*.pt*"))
    local = run_job(LocalEngine(proxy_evaluator(tmp_path), workers=1), job)
    assert scores(events) == scores(local)


def test_trainings_of_several_recipes_go_on_from_their_own_checkpoints(
    nodes: Nodes, tmp_path: Path
) -> None:
    template = proxy_evaluator(tmp_path)
    recipes = [PROXY, PROXY.model_copy(update={"weight_decay": 0.1})]
    images = template.images().fingerprint
    planned = PlannedEvaluator(
        tuple(Training("", recipe, "", tiny_spec(), images, 0) for recipe in recipes), template
    )
    names = {planned.checkpoint_name(tiny_spec(), place) for place in range(len(recipes))}
    assert len(names) == len(recipes)

    results: dict[str, list[tuple[float, float]]] = {}
    options = RayOptions(address=nodes.address, storage_path=str(tmp_path / "shared"))
    mortal = MortalEvaluator(planned.for_cluster("cpu"), tmp_path / "died")
    for place in range(len(recipes)):
        job = Job(place, place, tiny_spec())
        events = run_job(RayEngine(Cluster(options), mortal), job)
        assert scores(events) == scores(run_job(LocalEngine(planned, workers=1), job))
        results[planned.checkpoint_name(tiny_spec(), place)] = scores(events)
    assert (tmp_path / "died").exists()
    first, second = results.values()
    assert first != second


@dataclass(frozen=True)
class LocatedEvaluator(ArithmeticEvaluator):
    """Notes the nodes of trainings that began and live, a line each, in the file ``places``.

    Trainings on the node ``doomed`` do not end before that node does.
    """

    places: Path = Path()
    doomed: str = ""
    node: str = ""

    def on_node(self, checkpoint_dir: Path) -> "LocatedEvaluator":
        del checkpoint_dir
        node = ray.get_runtime_context().get_node_id()
        seconds = PATIENCE_S if node == self.doomed else self.seconds
        return dataclasses.replace(self, seconds=seconds, node=node)

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        if spec.id not in self.deadly:
            with self.places.open("a") as file:
                file.write(f"{self.node}\n")
        return super().__call__(spec, seed, report)


class NodeKiller:
    """An engine on two nodes that loses one of them while a training runs there."""

    def __init__(self, engine: RayEngine, nodes: Nodes, places: Path) -> None:
        self._engine = engine
        self._nodes = nodes
        self._places = places
        self._doomed = next(iter(nodes.worker_nodes))
        self.ends: Counter[Job] = Counter()

    @property
    def slots(self) -> int:
        return self._engine.slots

    def submit(self, job: Job) -> None:
        self._engine.submit(job)

    def answer(self, job: Job, *, goes_on: bool) -> None:
        self._engine.answer(job, goes_on=goes_on)

    def wait(self, timeout_s: float) -> list[Event]:
        events = list(self._engine.wait(timeout_s))
        self.ends.update(event.job for event in events if isinstance(event, End))
        is_there = self._doomed in self._nodes.worker_nodes
        if is_there and self._doomed.node_id in self._places.read_text().split():
            self._nodes.remove_node(self._doomed, allow_graceful=False)
        return events

    def close(self) -> None:
        self._engine.close()


def test_a_study_on_two_nodes_survives_the_death_of_one(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_slower_than(STOPPED_ABOVE_MS, monkeypatch)
    doomed = nodes.add_node(**NODE)
    run = Run(tmp_path, trials=8, sampler="random", pruning={})
    deadly = published("mobilevit_xs").id
    evaluator = LocatedEvaluator(
        seconds=1.5,
        log=tmp_path / "log",
        deadly=frozenset({deadly}),
        places=tmp_path / "places",
        doomed=doomed.node_id,
    )
    evaluator.places.touch()
    options = RayOptions(address=nodes.address, storage_path=str(tmp_path / "checkpoints"))
    cluster = Cluster(options)
    assert cluster.slots == 2 * NODE["num_cpus"]
    with closing(NodeKiller(RayEngine(cluster, evaluator), nodes, evaluator.places)) as executor:
        assert run.go(executor) is Ending.BUDGET
    assert not nodes.worker_nodes
    assert set(executor.ends.values()) == {1}
    begun = Counter(line.split()[0] for line in (tmp_path / "log").read_text().splitlines())
    assert 0 <= 1 + MAX_FAILURES - begun[deadly] <= 1  # one may end with its node, not yet begun
    # The node took trainings with it.
    assert begun.total() > len(executor.ends) + begun[deadly] - 1
    trials = run.trials()
    searched = firsts(trials, Role.SEARCH)
    assert len(searched) == 8
    slow = {t.number for t in searched if t.record.latency.ms > STOPPED_ABOVE_MS}
    assert {t.number for t in searched if t.state is State.STOPPED} == slow
    (failed,) = (trial for trial in trials if trial.state is State.FAILED)
    assert failed.record.spec_id == deadly
    assert "its worker died 4 times" in (failed.record.failure or "")
    check_told(run)


def check_told(run: Run) -> None:
    """No training counts twice, and what was ended early is not told as complete."""
    told = {trial.number: trial.state for trial in run.store().study.trials}
    expected = {
        State.COMPLETE: TrialState.COMPLETE,
        State.STOPPED: TrialState.PRUNED,
        State.FAILED: TrialState.FAIL,
    }
    trials = run.trials()
    assert {trial.state for trial in trials} == set(expected)
    for trial in trials:
        if run.candidates.space.contains(mobilevit(trial.record.network())):
            assert told[trial.number] is expected[trial.state]
        seeds = [evaluation.seed for evaluation in trial.record.evaluations]
        assert len(set(seeds)) == len(seeds)
    stopped = {trial.record.spec_id for trial in trials if trial.state is State.STOPPED}
    assert not stopped & {row.spec_id for row in run.summary().front}


@pytest.mark.parametrize(
    ("asked", "needle"),
    [
        ({"cpus": 3}, "at once: 1, each with 3 CPU and 0 GPU; the Ray cluster holds 0"),
        ({"gpus": 0.5}, "each with 1 CPU and 0.5 GPU.* holds 0.* 2 CPU and 0 GPU"),
        ({"trials_at_once": 3}, "at once: 3.* holds 2.*`workers=`, or add nodes"),
    ],
)
def test_more_than_the_cluster_holds_is_refused(
    nodes: Nodes, asked: dict[str, Any], needle: str
) -> None:
    with pytest.raises(StudyError, match=needle):
        Cluster(RayOptions(address=nodes.address, storage_path="", **asked))


def test_that_all_nodes_are_gone_is_said_once_and_that_they_are_back(
    nodes: Nodes, tmp_path: Path
) -> None:
    room = NODE | {"num_cpus": NODE["num_cpus"] + 1}  # which the head has not
    options = RayOptions(address=nodes.address, storage_path=str(tmp_path), cpus=room["num_cpus"])
    said: list[str] = []

    def wait_for(count: int) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while len(said) < count:
            assert time.monotonic() < deadline
            assert cluster.slots == 1
            time.sleep(0.1)
        return said[-1]

    lost = nodes.add_node(**room)
    with closing(Cluster(options, said.append)) as cluster:
        nodes.remove_node(lost)
        assert "no node left" in wait_for(1)
        found = nodes.add_node(**room)
        assert "nodes again, trials at once: 1" in wait_for(2)
    nodes.remove_node(found)
    assert len(said) == 2


def test_a_storage_path_that_the_head_cannot_write_is_refused(nodes: Nodes, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    path = str(tmp_path / "a file" / "checkpoints")
    with (
        closing(Cluster(RayOptions(address=nodes.address, storage_path=path))) as cluster,
        pytest.raises(StudyError, match=r"`storage_path=` .* cannot be written"),
    ):
        RayEngine(cluster, ArithmeticEvaluator())
