"""Run the trainings of a contest that are not done yet."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.proxy.archive import Archive, Training
from nasbench_mvit.proxy.contest import Contestant
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Executor, Failed, Finished, Job
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult

POLL_S = 1.0


def plan(
    contest: Mapping[str, Contestant],
    networks: Mapping[str, MobileViTSpec],
    fingerprint: Callable[[ProxyConfig], str],
) -> list[Training]:
    """Return all trainings of a contest, contestant by contestant.

    Args:
        contest: the recipes.
        networks: what they train.
        fingerprint: returns that of the images a recipe trains on.
    """
    images = {name: fingerprint(contestant.proxy) for name, contestant in contest.items()}
    return [
        Training(name, contestant.proxy, network, networks[network], images[name], seed)
        for name, contestant in contest.items()
        for seed in range(contestant.num_seeds)
        for network in _chosen(list(networks), contestant.num_networks)
    ]


def _chosen(names: list[str], count: int | None) -> list[str]:
    if count is None or count >= len(names):
        return names
    places = np.linspace(0, len(names) - 1, count).round().astype(int)
    return [names[place] for place in places]


def run(
    trainings: list[Training],
    archive: Archive,
    make_executor: Callable[[ProxyConfig], Executor],
    observe: Callable[[Training, Finished | Failed], None],
) -> None:
    """Run what the archive does not hold; ``observe`` is told of every end."""
    done = archive.finished(trainings)
    waiting = [training for training in trainings if training not in done]
    for proxy in dict.fromkeys(training.proxy for training in waiting):
        batch = [training for training in waiting if training.proxy == proxy]
        with closing(make_executor(proxy)) as executor:
            _run_batch(batch, archive, executor, observe)


def _run_batch(
    batch: list[Training],
    archive: Archive,
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
                archive.add(training, event.result)
            observe(training, event)


def scores(results: Mapping[Training, TrainingResult]) -> pd.DataFrame:
    """Return one row per training: contestant, network, seed, final top-1, processor seconds."""
    return pd.DataFrame(
        {
            "contestant": training.contestant,
            "network": training.network,
            "seed": training.seed,
            "top1": result.top1,
            "cpu_seconds": result.cpu_seconds,
        }
        for training, result in results.items()
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
