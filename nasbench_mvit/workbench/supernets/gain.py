"""fine_tuning_gain: short trainings from shared weights against those from random weights."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.fine_tuning_gain import FineTuningGain
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StudyError, check_count, check_types
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.evaluators.finetuning import fine_tuning
from nasbench_mvit.search.evaluators.supernet import supernet_for
from nasbench_mvit.search.finalists.choice import fresh_seeds
from nasbench_mvit.search.study.config import StudyConfig, check_study
from nasbench_mvit.supernet.description import in_gmacs
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
from nasbench_mvit.workbench.shared.trainings.planned import (
    TrainedPlan,
    evaluator_of,
    training_run,
)

REPORT = "gain.md"
MIN_NETWORKS = 2
MAX_DRAWS = 10_000


@dataclass(frozen=True, kw_only=True)
class GainResult:
    """The result of ``fine_tuning_gain``.

    Attributes:
        gain: the trainings; None as long as one is missing.
        file: the report in Markdown.
        completion: whether all are done, or why not.
    """

    gain: FineTuningGain | None
    file: Path
    completion: Completion


def fine_tuning_gain(
    study: StudyConfig,
    supernet: str | Path,
    *,
    updates: Sequence[int],
    num_networks: int,
    num_seeds: int,
    run_dir: str | Path,
    workers: int | None = None,
    observer: TrainingsObserver | None = None,
) -> GainResult:
    """Train networks of a study's space from a supernet's weights, and from random ones.

    What was trained is kept, so that the same call again resumes.

    Args:
        study: whose space, proxy and images to take; those of the supernet.
        supernet: file of the supernet.
        updates: numbers of updates, each in place of those of the recipe.
        num_networks: networks drawn from the space, two or more.
        num_seeds: trainings of each network, update number and kind of weights.
        run_dir: where trainings and the report are kept.
        workers: trainings at once on this machine, by default one per core.
        observer: receives the progress of the trainings.

    Raises:
        SupernetError: the supernet cannot be read.
        StudyError: it is of another proxy or other images, or a number is too small.
        WorkbenchError: the space, the images or ``run_dir`` is not usable.
    """
    check_study(study)
    check_types(updates, int, "`updates=` must be a list of whole numbers", StudyError)
    for count in updates or [0]:
        check_count(count, "each of `updates=`", StudyError, least=study.proxy.fractions)
    check_count(num_networks, "`num_networks=`", StudyError, least=MIN_NETWORKS)
    check_count(num_seeds, "`num_seeds=`", StudyError)
    run_dir = expanded(run_dir)
    space = SearchSpace.load(study.space)
    config = study.with_options(evaluator="supernet", supernet=str(expanded(supernet)))
    scorer = supernet_for(config, evaluator_of(study, run_dir))
    tuned = fine_tuning(scorer, updates[0])
    networks = _drawn(space, num_networks, scorer.about.max_macs)
    plan = _plan(study, networks, updates, num_seeds, tuned.images().fingerprint)
    done: dict[str, TrainedPlan] = {}
    ways = {"random": evaluator_of(study, run_dir), f"shared-{tuned.digest}": tuned}
    for name, evaluator in ways.items():
        with training_run(run_dir / name, observer, workers=workers, ray=None) as training:
            done[name] = training.train(plan, evaluator, of=f"{num_networks} networks, {name}")
        if done[name].completion is not Completion.DONE:
            return GainResult(gain=None, file=run_dir / REPORT, completion=done[name].completion)
    random, shared = (trained.results for trained in done.values())
    gain = FineTuningGain(plan=plan, shared=shared, random=random, supernet=tuned.digest)
    write_text(run_dir / REPORT, gain.markdown() + "\n")
    return GainResult(gain=gain, file=run_dir / REPORT, completion=Completion.DONE)


def _drawn(space: SearchSpace, count: int, max_macs: float | None) -> list[MobileViTSpec]:
    """Return different networks of a space, drawn at random, always the same.

    Args:
        space: the space.
        count: how many.
        max_macs: most multiply-adds of one, None for any.

    Raises:
        StudyError: the space has fewer, or few of its networks are as small.
    """
    if space.size < count:
        raise StudyError(
            f"`num_networks=` asks for {count} networks, and {space.name} has {space.size}."
        )
    rng, most = np.random.default_rng(0), math.inf if max_macs is None else max_macs
    found: dict[str, MobileViTSpec] = {}
    for _ in range(MAX_DRAWS):
        spec = space.sample(rng)
        if count_costs(spec).macs <= most:
            found[spec.id] = spec
        if len(found) == count:
            return list(found.values())
    raise StudyError(
        f"`num_networks=` asks for {count} networks, and of {MAX_DRAWS:,} drawn from {space.name} "
        f"{len(found)} are within the {in_gmacs(most)} that the supernet was trained for. Ask for "
        "fewer."
    )


def _plan(
    study: StudyConfig,
    specs: Sequence[MobileViTSpec],
    updates: Sequence[int],
    num_seeds: int,
    images: str,
) -> list[Training]:
    proxies = [study.proxy.model_copy(update={"steps": count}) for count in updates]
    return [
        Training(f"{proxy.steps} updates", proxy, network_title(spec), spec, images, seed)
        for seed in fresh_seeds(study, num_seeds)
        for spec in specs
        for proxy in proxies
    ]
