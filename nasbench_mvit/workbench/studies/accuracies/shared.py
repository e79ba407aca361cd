"""Accuracies from the shared weights of a supernet."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.evaluators.finetuning import fine_tuning
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.evaluators.supernet import NUM_IMAGES, supernet_for
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.supernet.description import SupernetDescription, in_gmacs
from nasbench_mvit.workbench.shared.engines import MakeEngine
from nasbench_mvit.workbench.studies.accuracies.trained import TrainedAccuracies


class SharedAccuracies(TrainedAccuracies):
    """Scores every network with a supernet, and trains finalists; an ``AccuracySource``."""

    def __init__(self, config: StudyConfig, *, run_dir: Path) -> None:
        """Open the supernet.

        Raises:
            WorkbenchError: there is none, or it was trained for another study.
        """
        super().__init__(config, run_dir=run_dir)
        self._config = config
        self._shared = supernet_for(config, super().trainer())
        self._prunes = config.pruning is not None

    def trainer(self, finetune: int | None = None) -> ProxyEvaluator:
        """Return the evaluator that trains, from shared weights if it is to fine-tune.

        Raises:
            StudyError: ``finetune`` is fewer updates than the recipe has parts.
        """
        return super().trainer() if finetune is None else fine_tuning(self._shared, finetune)

    def content(self) -> dict[str, str]:
        """Return the digests of the images and of the supernet.

        Raises:
            StudyError: the supernet was trained on other images.
        """
        found, about = super().content(), self._shared.about
        if found["images"] != about.images:
            raise StudyError(
                f"the supernet {self._shared.path} was trained on images with the fingerprint "
                f"{about.images}, and those of {about.data} here have {found['images']}. Restore "
                "them, or train a supernet on these."
            )
        return found | {"supernet": self._shared.digest}

    def notes(self) -> list[str]:
        """Return lines that describe the supernet and the images."""
        about = self._shared.about
        described = (
            f"accuracies: of weights SHARED in the supernet {self._shared.path} of {about.space} "
            f"({about.updates:,} updates); no network is trained alone, each is scored on up to "
            f"{NUM_IMAGES:,} validation images"
        )
        unpruned = (
            "pruning: a score of shared weights has no learning curve, so rungs have nothing to "
            "compare and none ends early"
        )
        return [
            described,
            *untrained_notes(about, SearchSpace.load(self._config.space), self._config.baselines),
            *[unpruned] * self._prunes,
            *super().notes(),
        ]

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return an engine of scores."""
        return make_engine(self._shared)


def untrained_notes(
    about: SupernetDescription, space: SearchSpace, baselines: Iterable[str]
) -> Iterator[str]:
    """Yield lines on what a search scores and the supernet has not trained as a network."""
    if about.max_macs is not None:
        yield (
            f"the supernet trained networks of up to {in_gmacs(about.max_macs)}; larger ones "
            "are made of weights that were trained in smaller ones"
        )
    if space.digest != about.space_digest:
        yield (
            f"the supernet trained networks of {about.space}; this study's space, {space.name}, is "
            "another, and what it has beyond that was not trained"
        )
    elif outside := [name for name in baselines if not space.contains(published(name))]:
        titles = listed([FIGURES[name].title for name in outside])
        yield (
            f"not in {space.name}: {titles}; the supernet has weights for them, of which a part "
            "was not trained"
        )
