"""Run the trainings of a contest, each kept in a file of its own, so that any cut resumes."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.files import atomic_write
from nasbench_mvit.proxy.contest import Contestant
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Executor, Failed, Finished, Job
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult

POLL_S = 1.0
_RESULT = TypeAdapter(TrainingResult)


@dataclass(frozen=True)
class Training:
    """One training of a contest."""

    contestant: str
    proxy: ProxyConfig
    network: str
    spec: MobileViTSpec
    seed: int

    def file(self, folder: Path) -> Path:
        """Return where its result is kept; another recipe is another file."""
        return folder / f"{self.contestant}-{self.proxy.id}-{self.spec.id}-{self.seed}.json"


def plan(
    contest: Mapping[str, Contestant], networks: Mapping[str, MobileViTSpec]
) -> list[Training]:
    """Return all trainings of a contest, contestant by contestant."""
    return [
        Training(name, contestant.proxy, network, networks[network], seed)
        for name, contestant in contest.items()
        for seed in range(contestant.num_seeds)
        for network in _chosen(list(networks), contestant.num_networks)
    ]


def _chosen(names: list[str], count: int | None) -> list[str]:
    if count is None or count >= len(names):
        return names
    places = np.linspace(0, len(names) - 1, count).round().astype(int)
    return [names[place] for place in places]


def finished(trainings: list[Training], folder: Path) -> dict[Training, TrainingResult]:
    """Return the results that ``folder`` holds; an unreadable one counts as not done."""
    results = {}
    for training in trainings:
        try:
            results[training] = _RESULT.validate_json(training.file(folder).read_bytes())
        except (OSError, ValidationError):
            continue
    return results


def run(
    trainings: list[Training],
    folder: Path,
    make_executor: Callable[[ProxyConfig], Executor],
    observe: Callable[[Training, Finished | Failed], None],
) -> None:
    """Run what is not yet in ``folder``; ``observe`` is told of every end."""
    done = finished(trainings, folder)
    waiting = [training for training in trainings if training not in done]
    for proxy in dict.fromkeys(training.proxy for training in waiting):
        batch = [training for training in waiting if training.proxy == proxy]
        with closing(make_executor(proxy)) as executor:
            _run_batch(batch, folder, executor, observe)


def _run_batch(
    batch: list[Training],
    folder: Path,
    executor: Executor,
    observe: Callable[[Training, Finished | Failed], None],
) -> None:
    queue = [Job(number, training.seed, training.spec) for number, training in enumerate(batch)]
    running = 0
    while queue or running:
        while queue and running < executor.slots:
            executor.submit(queue.pop(0))
            running += 1
        for event in executor.wait(POLL_S):
            if not isinstance(event, Finished | Failed):
                continue
            running -= 1
            training = batch[event.job.trial]
            if isinstance(event, Finished):
                with atomic_write(training.file(folder)) as file:
                    file.write(_RESULT.dump_json(event.result))
            observe(training, event)


def curves(results: Mapping[Training, TrainingResult]) -> pd.DataFrame:
    """Return one row per training and fraction, with contestant, network and seed as axes."""
    return pd.DataFrame(
        {
            "contestant": training.contestant,
            "network": training.network,
            "spec_id": training.spec.id,
            "spec": training.spec.to_json(),
            "seed": training.seed,
            "fraction": point.fraction,
            "step": point.step,
            "top1": point.top1,
            "num_images": point.num_images,
            "train_loss": point.train_loss,
            "seconds": point.seconds,
            "cpu_seconds": point.cpu_seconds,
        }
        for training, result in results.items()
        for point in result.curve
    )


def evaluator_for(proxy: ProxyConfig, *, data: str, seed: int, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of one contestant, with its checkpoints below ``folder``."""
    return ProxyEvaluator(
        proxy=proxy,
        data=data,
        data_seed=seed,
        cache_dir=folder / "images",
        checkpoint_dir=folder / "checkpoints" / proxy.id,
    )
