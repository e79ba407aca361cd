"""RepeatedTraining: the training of a search, or of its finalists, that an export repeats."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.finalists.record import FineTuning
from nasbench_mvit.supernet.description import digest_of
from nasbench_mvit.supernet.files import read_supernet
from nasbench_mvit.supernet.scoring import Scorer
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import EstimatedResult, SharedResult
from nasbench_mvit.workbench.shared.described_network import StudySource


@dataclass(frozen=True, kw_only=True)
class RepeatedTraining:
    """The training to repeat.

    Attributes:
        proxy: its recipe.
        seed: its seed.
        top1: what it scored on the validation images, None where it is the first.
        tuning: what it begins with, in place of random weights.
        supernet: file of the supernet, where it begins with shared weights.
    """

    proxy: ProxyConfig
    seed: int
    top1: float | None
    tuning: FineTuning | None = None
    supernet: Path | None = None

    @property
    def start(self) -> str:
        """What it begins with, in words."""
        if self.tuning is None:
            return ""
        return f", from shared weights of the supernet {self.tuning.supernet},"

    def network(self, spec: MobileViTSpec, images: ImageData) -> nn.Module | None:
        """Return the network that it begins with, None where that is drawn."""
        if self.tuning is None or self.supernet is None:
            return None
        supernet = read_supernet(self.supernet, self.tuning.supernet)
        return Scorer(supernet, self.proxy, images, self.seed, device="auto").network(spec)


def training_to_repeat(study: StudySource) -> RepeatedTraining:
    """Return the first fine-tuning of a finalist, of others the first training of the search.

    Raises:
        ExportError: the study's supernet is missing or another one.
    """
    config, final, trial = study.config, study.stored.final, study.trial
    tuning = None if final is None else final.plan.finetuning
    records = () if final is None or tuning is None else final.records
    for record in records:
        if record.trial == trial.number and record.result is not None and tuning is not None:
            path = expanded(config.supernet or "")
            if not path.is_file() or digest_of(path) != tuning.supernet:
                raise ExportError(
                    f"trial {trial.number} was fine-tuned from the supernet {tuning.supernet}, "
                    f"and {path} is missing or another one. Put it there again, or export with "
                    "`weights=` random or a file of trained ones."
                )
            return RepeatedTraining(
                proxy=config.proxy.model_copy(update={"steps": tuning.updates}),
                seed=record.seed,
                top1=record.result.top1,
                tuning=tuning,
                supernet=path,
            )
    first = trial.record.evaluations[0]
    was_trained = not isinstance(first.result, EstimatedResult | SharedResult)
    top1 = first.result.top1 if was_trained else None
    return RepeatedTraining(proxy=config.proxy, seed=first.seed, top1=top1)
