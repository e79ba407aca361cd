"""build_table: a benchmark table of every network of a space."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.assemble import write_table
from nasbench_mvit.benchmark.table_trainings import plan, table_networks
from nasbench_mvit.errors import StudyError, check_count
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import StudyConfig, check_study
from nasbench_mvit.search.study.proxy_fit import check_classifies, check_proxy_fits
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of, training_run


@dataclass(frozen=True, kw_only=True)
class TableResult:
    """The result of ``build_table``.

    Attributes:
        folder: directory of the table, None as long as a network was not trained.
        completion: whether all trainings are done, or why not.
    """

    folder: Path | None
    completion: Completion


def build_table(
    study: StudyConfig,
    *,
    num_seeds: int,
    run_dir: str | Path,
    out: str | Path,
    workers: int | None = None,
    ray: RayOptions | None = None,
    observer: TrainingsObserver | None = None,
) -> TableResult:
    """Train every network of a study's space by its proxy and write the table.

    What was trained is kept, so that the same call again resumes. The table is written once every
    network was trained with one seed.

    Args:
        study: whose space, proxy and images to take.
        num_seeds: trainings of sixty networks spread over all; the others are trained once.
        run_dir: where trainings are kept.
        out: folder of the table.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        observer: receives the progress of the trainings.

    Raises:
        TableError: the space is too large for a table, or the trainings are not of one kind.
        WorkbenchError: the space, a predictor, the images or ``run_dir`` is not usable.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> _, study = load_study("smoke")
    >>> result = build_table(study, num_seeds=1, run_dir="runs/table", out="table")
    >>> print(result.completion, result.folder)
    done table
    """
    check_study(study)
    check_count(num_seeds, "`num_seeds=`", StudyError)
    run_dir, out = expanded(run_dir), expanded(out)
    space = SearchSpace.load(study.space)
    check_classifies(study.proxy, "a table")
    check_proxy_fits(space, study.proxy)
    networks = table_networks(space)
    predictors = [load_predictor(name) for name in predictor_names()]
    with training_run(run_dir, observer, workers=workers, ray=ray) as training:
        evaluator = evaluator_of(study, run_dir)
        images = evaluator.images().fingerprint
        seeds = study.training_seeds(num_seeds)
        trained = training.train(plan(networks, study.proxy, images, seeds), evaluator)
        is_whole = {spec.id for spec in networks} <= {t.spec.id for t in trained.results}
        if is_whole:
            write_table(out, study, space, trained.results, predictors)
    return TableResult(folder=out if is_whole else None, completion=trained.completion)
