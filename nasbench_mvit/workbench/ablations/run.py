"""run_ablation: the trainings of ablation studies, and a report of each."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.ablation.design.trainings import plan
from nasbench_mvit.ablation.results.files import write_report
from nasbench_mvit.ablation.results.summarise import summarise
from nasbench_mvit.errors import AblationError, check_types, counted
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.run import evaluator_for
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.ablations.result import (
    AblationObserver,
    AblationResult,
    AblationResults,
)
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.observer import together
from nasbench_mvit.workbench.shared.trainings.planned import training_run
from nasbench_mvit.workbench.trackers.ablation import AblationTracking
from nasbench_mvit.workbench.trackers.by_name import connected, tracker_names


def run_ablation(
    studies: Sequence[Ablation],
    *,
    run_dir: str | Path,
    workers: int | None = None,
    ray: RayOptions | None = None,
    max_minutes: float | None = None,
    track: Sequence[str] = (),
    observer: AblationObserver | None = None,
) -> AblationResults:
    """Run the missing trainings of ablation studies and write a report of each, one by one.

    Studies share identical trainings. Finished trainings are kept, so repeating the call resumes; a
    report is written even if the trainings were interrupted.

    Args:
        studies: at least one, see ``load_ablations``.
        run_dir: where trainings are kept, and a folder of reports for each study.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        max_minutes: when to stop; None for never.
        track: trackers that curves and results are written to, see ``run_study``.
        observer: receives the progress of studies and trainings.

    Raises:
        PredictorError: the latency predictor of a study cannot be loaded.
        DataError: its images cannot be read.
        StoreError: another command uses ``run_dir``, or it cannot be used.
        StudyError: there is no Ray as it is asked for, or several trainings in a row failed.
        TrackerError: a tracker cannot be used.

    >>> from nasbench_mvit.workbench.ablations.studies import load_ablations
    >>> studies = load_ablations(["ablation_fusion"], seeds=2)
    >>> results = run_ablation(studies, run_dir="runs/ablations")
    >>> print(results.completion, [row.arm.name for row in results.studies[0].summary.rows])
    done ['with', 'without']
    """
    trackers = connected(tracker_names(track))
    check_types(
        studies, Ablation, "`studies=` must be a list, as load_ablations returns", AblationError
    )
    run_dir = expanded(run_dir)
    loaded = [(ablation, load_predictor(ablation.config.predictor)) for ablation in studies]
    results: list[AblationResult] = []
    with contextlib.ExitStack() as stack:
        tracked = stack.enter_context(AblationTracking(trackers, run_dir))
        observer = together(observer or AblationObserver(), tracked)
        training = stack.enter_context(
            training_run(run_dir, observer, workers=workers, ray=ray, max_minutes=max_minutes)
        )
        for ablation, predictor in loaded:
            observer.study(ablation.name, ablation.config.description)
            trainings = plan(ablation, fingerprints(ablation, run_dir))
            evaluator = evaluator_of_recipe(ablation, ablation.reference.proxy, run_dir)
            arms = counted(len(ablation.arms), "arm")
            trained = training.train(trainings, evaluator, of=arms)
            summary = summarise(ablation, trainings, trained.results, trained.failures, predictor)
            folder = run_dir / ablation.name
            result = AblationResult(
                summary=summary,
                text=write_report(folder, summary),
                folder=folder,
                completion=trained.completion,
            )
            observer.reported(result)
            results.append(result)
            if result.completion in {Completion.TIME_IS_UP, Completion.INTERRUPTED}:
                break
    return AblationResults(studies=tuple(results))


def evaluator_of_recipe(ablation: Ablation, proxy: ProxyConfig, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of a recipe on a study's images, kept below ``folder``."""
    config = ablation.config
    return evaluator_for(proxy, data=config.data, seed=config.split_seed, folder=folder)


def fingerprints(ablation: Ablation, folder: Path) -> Callable[[ProxyConfig], str]:
    """Return a function that returns the fingerprint of a study's images at a recipe's size."""
    return lambda proxy: evaluator_of_recipe(ablation, proxy, folder).images().fingerprint
