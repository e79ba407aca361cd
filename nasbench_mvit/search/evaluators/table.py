"""TableEvaluator: stored results of a benchmark table in place of trainings."""

import dataclasses

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import StudyError, TableError, listed
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.evaluators.same_task import check_no_rivals, check_same_task
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.table.files import TABLES
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

POINT = [field.name for field in dataclasses.fields(FractionReport)]


@dataclasses.dataclass(frozen=True)
class TableEvaluator:
    """Returns the stored result of a network's training."""

    benchmark: Benchmark

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Return the stored training of ``spec`` with ``seed``.

        Raises:
            TableError: the table does not hold it.
        """
        result = self.training(spec, seed)
        for point in result.curve:
            report(point)
        return result

    def training(self, spec: Network, seed: int) -> TrainingResult:
        """Return the stored training without reports.

        Raises:
            TableError: the table does not hold it.
        """
        if not isinstance(spec, MobileViTSpec):
            raise TableError(
                f"the table {self.benchmark.about.name} holds no {spec.rival}, only MobileViT "
                "networks. Train with `evaluator=` training."
            )
        curve = tuple(
            FractionReport(**{name: getattr(entry, name) for name in POINT})
            for entry in self.benchmark.curve(spec, seed=seed)
        )
        about = self.benchmark.about
        return TrainingResult(curve=curve, device=about.device, precision=about.precision)


def table_for(config: StudyConfig, space: SearchSpace) -> Benchmark:
    """Load the table of a study's space and check that it holds every training of the study.

    Raises:
        StudyError: there is no table of that space, or it is of another task; the message names the
            first difference.
        TableError: the table is damaged.
    """
    try:
        benchmark = Benchmark.load(space.name)
    except TableError as error:
        if space.name in TABLES.names():
            raise
        raise StudyError(
            f"there is no table of the space {space.name}, so the evaluator 'table' cannot answer. "
            f"Tables: {listed(TABLES.names())}. Choose one as the study's space, make one with "
            f"`python -m nasbench_mvit table build`, or train with `evaluator=` training. ({error})"
        ) from None
    _check_same_space(space, benchmark)
    title = f"the table {benchmark.about.name}"
    check_no_rivals(config, title)
    check_same_task(config, benchmark.about, title)
    _check_seeds(config, space, benchmark)
    return benchmark


def _check_same_space(space: SearchSpace, benchmark: Benchmark) -> None:
    about = benchmark.about
    if space.digest != about.space_digest:
        raise StudyError(
            f"the space {space.name} differs from the one that the table {about.name} was made of. "
            "Rename the space, or train with `evaluator=` training."
        )


def _check_seeds(config: StudyConfig, space: SearchSpace, benchmark: Benchmark) -> None:
    searched = set(config.training_seeds(config.seeds))
    asked = dict.fromkeys(space.enumerate(), searched)
    for name, count in config.baselines.items():
        asked[published(name)] = set(config.training_seeds(count))
    lacking = {spec: seeds - set(benchmark.seeds(spec)) for spec, seeds in asked.items()}
    lacking = {spec: seeds for spec, seeds in lacking.items() if seeds}
    if not lacking:
        return
    spec, seeds = next(iter(lacking.items()))
    raise StudyError(
        f"the table {benchmark.about.name} lacks trainings that the study may need, of "
        f"{len(lacking)} of its {len(benchmark)} networks: {network_title(spec)} has the seeds "
        f"{listed(benchmark.seeds(spec))}, the study also needs {listed(sorted(seeds))}. Set "
        "training_seed: 0 and seeds: 1, fewer seeds for the baselines, or train with "
        "`evaluator=` training."
    )
