"""FineTuningEvaluator: networks cut from a supernet and trained on, in place of new trainings."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nasbench_mvit.architecture.network import Network, mobilevit
from nasbench_mvit.errors import StudyError, check_count
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.evaluators.supernet import SupernetEvaluator, images_to_classify

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class FineTuningEvaluator(ProxyEvaluator):
    """Trains networks by a proxy, each from its part of the weights of a supernet.

    ``proxy`` is the recipe of the study with fewer updates.

    Attributes:
        supernet: file of the supernet.
        digest: digest of the file.
    """

    supernet: Path
    digest: str

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return the file name of a training's checkpoint."""
        return f"{self.digest}-{super().checkpoint_name(spec, seed)}"

    def for_cluster(self, device: str) -> Self:
        """Return the evaluator with absolute paths; all nodes must see the supernet there.

        Raises:
            DataError: the images are missing.
        """
        return replace(super().for_cluster(device), supernet=self.supernet.absolute())

    def start(self, spec: Network, seed: int) -> "nn.Module":
        """Return a network of the supernet, with its own statistics of normalisation.

        Raises:
            SupernetError: the supernet is missing, was replaced or does not hold the network.
        """
        from nasbench_mvit.supernet.files import read_supernet  # noqa: PLC0415 - loads torch
        from nasbench_mvit.supernet.scoring import Scorer  # noqa: PLC0415

        supernet, images = read_supernet(self.supernet, self.digest), images_to_classify(self)
        scorer = Scorer(supernet, self.proxy, images, seed, device=self.device)
        return scorer.network(mobilevit(spec))


def fine_tuning(shared: SupernetEvaluator, updates: int) -> FineTuningEvaluator:
    """Return the evaluator that fine-tunes networks of a supernet.

    Args:
        shared: scores them.
        updates: updates of each, in place of those of the study's recipe.

    Raises:
        StudyError: the updates are fewer than the parts of the recipe.
    """
    proxy = shared.trainer.proxy
    check_count(updates, "`finetune=`", StudyError, least=proxy.fractions)
    trainer = replace(shared.trainer, proxy=proxy.model_copy(update={"steps": updates}))
    return FineTuningEvaluator(**vars(trainer), supernet=shared.path, digest=shared.digest)
