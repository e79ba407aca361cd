"""Run a list of trainings that belong to no study, and keep what comes of them."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from nasbench_mvit.search.archive import Archive, Training
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Executor, Failed, Finished, Job
from nasbench_mvit.training.recipe import ProxyConfig

POLL_S = 1.0


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


def evaluator_for(proxy: ProxyConfig, *, data: str, seed: int, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of one recipe, with its checkpoints below ``folder``."""
    return ProxyEvaluator(
        proxy=proxy,
        data=data,
        data_seed=seed,
        cache_dir=folder / "images",
        checkpoint_dir=folder / "checkpoints" / proxy.id,
    )
