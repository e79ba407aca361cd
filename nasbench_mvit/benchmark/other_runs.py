"""Trainings of other runs as additional data of a surrogate."""

from collections.abc import Iterator
from pathlib import Path

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SurrogateError
from nasbench_mvit.search.batch.archive import KEPT, Archive, Training
from nasbench_mvit.search.readers.find_run import RUNS, run_names
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import TRAINING
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult

STORE_SUFFIXES = {".db", ".sqlite", ".sqlite3"}


class OtherRun:
    """The trainings of another run: a search, or a plan of trainings."""

    def __init__(self, path: Path) -> None:
        """Open the run.

        Args:
            path: the store of a search, its directory, the name of that below ``runs/``, or an
                archive of trainings.

        Raises:
            WorkbenchError: there is none, it is damaged, or it has no trainings.
        """
        if not path.exists() and str(path) in run_names():
            path = RUNS / path
        self.path = path
        file = path / STORE_FILE if path.is_dir() else path
        if not file.is_file():
            raise SurrogateError(
                f"`also=`: there is no file {file}. Name the directory of a search, or the "
                "trainings.parquet in the run directory of another run."
            )
        self._run = _search(file) if file.suffix in STORE_SUFFIXES else Archive(file)

    def matching(self, proxy: ProxyConfig, images: str) -> dict[Training, TrainingResult]:
        """Return its trainings with this recipe and these images."""
        if isinstance(self._run, Archive):
            return self._run.matching(proxy, images)
        if self._run.config.proxy.id != proxy.id or self._run.images != images:
            return {}
        return dict(_trained(self._run, proxy))


def _search(file: Path) -> Reading:
    study = StudyReader(file).read()
    if (evaluator := study.config.evaluator) != TRAINING:
        raise SurrogateError(
            f"`also=`: the search in {file} trained nothing, its accuracies came from a "
            f"{evaluator}. A surrogate learns from trainings: leave it out."
        )
    return study


def _trained(study: Reading, proxy: ProxyConfig) -> Iterator[tuple[Training, TrainingResult]]:
    for trial in study.trials:
        spec = trial.record.network()
        if isinstance(spec, MobileViTSpec) and trial.record.duplicate_of is None:
            name = f"{study.study}:{trial.number}"
            for done in trial.record.evaluations:
                training = Training(KEPT, proxy, name, spec, study.images, done.seed)
                yield training, done.result
