"""validate_proxy, validate_proxy_on_imagenet: whether a proxy ranks as longer training does."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.calibration.files import checked_output, write_calibration
from nasbench_mvit.calibration.fit import calibrate
from nasbench_mvit.errors import StudyError, check_count
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.proxy.recipes import Recipe, own_recipes, spread_networks
from nasbench_mvit.proxy.report import ProxyReport, report
from nasbench_mvit.proxy.trainings import plan, scores
from nasbench_mvit.proxy.truth import Truth, compare_with_imagenet, truth_networks, truth_report
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import StudyConfig, check_study, predictor_of
from nasbench_mvit.search.study.proxy_fit import check_classifies, check_proxy_fits
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of, training_run

REPORT = "proxy.md"
TRUTH = "imagenet.md"
RECIPE = "proxy"


@dataclass(frozen=True, kw_only=True)
class ProxyValidation:
    """The result of ``validate_proxy``.

    Attributes:
        report: rank correlations, noise and verdict of each recipe; None before the first training.
        file: the report in Markdown.
        completion: whether all trainings are done, or why not.
    """

    report: ProxyReport | None
    file: Path
    completion: Completion

    @property
    def markdown(self) -> str | None:
        """The content of ``file``, None before the first training."""
        return None if self.report is None else self.report.markdown


def validate_proxy(
    study: StudyConfig,
    *,
    num_networks: int,
    run_dir: str | Path,
    workers: int | None = None,
    ray: RayOptions | None = None,
    observer: TrainingsObserver | None = None,
) -> ProxyValidation:
    """Train networks by a study's proxy and six times longer, and compare the two rankings.

    The default proxy on the embedded images is compared together with the others that were
    considered. What was trained is kept, so that the same call again resumes.

    Args:
        study: whose space, limits, proxy and images to take.
        num_networks: number of networks of the space to train, spread over its MACs, besides the
            published ones.
        run_dir: where trainings and the report are kept.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        observer: receives the progress of the trainings.

    Raises:
        WorkbenchError: the space, the predictor, the images or ``run_dir`` is not usable.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> _, study = load_study("smoke")
    >>> validation = validate_proxy(study, num_networks=3, run_dir="runs/proxy")
    >>> print(validation.completion, [found.recipe for found in validation.report.verdicts])
    done ['proxy', 'reference']
    """
    check_study(study)
    check_count(num_networks, "`num_networks=`", StudyError)
    check_classifies(study.proxy, "a validation")
    run_dir = expanded(run_dir)
    recipes = own_recipes(study.proxy)
    space = SearchSpace.load(study.space)
    check_proxy_fits(space, study.proxy)
    networks = spread_networks(space, num_networks, study.seed)
    predictor = predictor_of(study)

    with training_run(run_dir, observer, workers=workers, ray=ray) as training:
        trainings = plan(recipes, networks, _fingerprints(study, run_dir))
        trained = training.train(trainings, evaluator_of(study, run_dir))
        found = None
        if trained.results:
            limit_ms = study.limits.latency_ms
            found = report(recipes, networks, trained.results, predictor, limit_ms)
            write_text(run_dir / REPORT, found.markdown)
    return ProxyValidation(report=found, file=run_dir / REPORT, completion=trained.completion)


@dataclass(frozen=True, kw_only=True)
class ImagenetValidation:
    """The result of ``validate_proxy_on_imagenet``.

    Attributes:
        truth: rank correlations and errors; None before enough networks are trained.
        file: the report in Markdown.
        completion: whether all trainings are done, or why not.
        calibration: the calibration of the scores; None unless it was asked for and all trainings
            are done.
    """

    truth: Truth | None
    file: Path
    completion: Completion
    calibration: ImagenetCalibration | None = None

    @property
    def markdown(self) -> str | None:
        """The content of ``file``, None before enough networks are trained."""
        return None if self.truth is None else truth_report(self.truth)


def validate_proxy_on_imagenet(
    study: StudyConfig,
    *,
    run_dir: str | Path,
    seeds: int = 3,
    calibration: str | Path | None = None,
    workers: int | None = None,
    ray: RayOptions | None = None,
    observer: TrainingsObserver | None = None,
) -> ImagenetValidation:
    """Train the published networks by a study's proxy, and hold its scores to their ImageNet top-1.

    Finished trainings are kept, so repeating the call resumes.

    Args:
        study: whose proxy and images to take; the space and the limits have no effect.
        run_dir: where trainings and the report are kept.
        seeds: trainings of each network.
        calibration: a file to write once all trainings are done, by which studies of this proxy
            state an estimated ImageNet top-1.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        observer: receives the progress of the trainings.

    Raises:
        WorkbenchError: the images, ``run_dir`` or ``calibration`` is not usable, or the scores say
            nothing of ImageNet top-1.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> _, study = load_study("smoke")
    >>> validation = validate_proxy_on_imagenet(study, run_dir="runs/imagenet", seeds=1)
    >>> print(validation.completion, validation.truth.rho.count)
    done 20
    """
    check_study(study)
    check_count(seeds, "`seeds=`", StudyError)
    run_dir = expanded(run_dir)
    recipes = {RECIPE: Recipe(study.proxy, num_seeds=seeds, is_candidate=True)}
    networks = truth_networks(study.proxy.input_size)
    file = None if calibration is None else checked_output(calibration)
    observer, found = observer or TrainingsObserver(), None
    with training_run(run_dir, observer, workers=workers, ray=ray) as training:
        trainings = plan(recipes, networks, _fingerprints(study, run_dir))
        trained = training.train(trainings, evaluator_of(study, run_dir))
        table = scores(trained.results)
        truth = compare_with_imagenet(table) if trained.results else None
        if truth is not None:
            write_text(run_dir / TRUTH, truth_report(truth))
    if file is not None and trained.completion is Completion.DONE:
        found = _calibration(file, study, table, trainings[0].images)
        observer.note(
            f"wrote {file}: {found.title}; {found.evidence}. {found.caution or ''}".rstrip()
        )
        observer.note(f"a study of this proxy takes it as `calibration: {file}`")
    elif file is not None:
        observer.note(f"{file} is written once all trainings are done")
    return ImagenetValidation(
        truth=truth, file=run_dir / TRUTH, completion=trained.completion, calibration=found
    )


def _calibration(
    file: Path, study: StudyConfig, table: pd.DataFrame, images: str
) -> ImagenetCalibration:
    """Fit the calibration of a study's proxy to its scores, and write it."""
    by_network = table.sort_values("seed").groupby("network", sort=False).top1
    document = calibrate(
        {str(name): of_network.tolist() for name, of_network in by_network},
        name=file.stem,
        proxy=study.proxy,
        data=study.data,
        images=images,
    )
    write_calibration(document, file)
    return ImagenetCalibration(document)


def _fingerprints(study: StudyConfig, run_dir: Path) -> Callable[[ProxyConfig], str]:
    """Return a function from a recipe to the fingerprint of the study's images as it sees them."""

    def fingerprint(proxy: ProxyConfig) -> str:
        changed = study.model_copy(update={"proxy": proxy})
        return evaluator_of(changed, run_dir).images().fingerprint

    return fingerprint
