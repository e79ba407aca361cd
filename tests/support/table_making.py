"""A table whose trainings are arithmetic, for tests that need one of a small space."""

from collections.abc import Callable
from pathlib import Path

from fakes import curve_of

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.assemble import write_table
from nasbench_mvit.benchmark.table_trainings import plan, table_networks
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.table.files import TableDescription
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

Curve = Callable[[MobileViTSpec, int], tuple[FractionReport, ...]]


def table_study(space: str = "mobilevit_table", **changes: object) -> StudyConfig:
    _, config = load_study("table_iphone")
    fields = config.model_dump(exclude_unset=True) | {"space": space} | changes
    return StudyConfig.model_validate(fields)


def results(
    config: StudyConfig, num_seeds: int = 3, curve: Curve = curve_of
) -> dict[Training, TrainingResult]:
    networks = table_networks(SearchSpace.load(config.space))
    trainings = plan(networks, config.proxy, "images", config.training_seeds(num_seeds))
    return {
        training: TrainingResult(
            curve=curve(training.spec, training.seed), device="cpu", precision="float32"
        )
        for training in trainings
    }


def make_table(folder: Path, config: StudyConfig, num_seeds: int = 3) -> TableDescription:
    """Write the table of a study's space into ``folder``."""
    space = SearchSpace.load(config.space)
    predictors = [load_predictor("iphone12_coreml")]
    return write_table(folder, config, space, results(config, num_seeds), predictors)
