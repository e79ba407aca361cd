"""SupernetEvaluator: scores of networks with the weights of a supernet, in place of trainings."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SupernetError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator, Report
from nasbench_mvit.search.evaluators.same_task import check_no_rivals, check_same_task
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.supernet.description import SupernetDescription, digest_of, read_description
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, SharedResult

NUM_IMAGES = 2_000  # validation images of a score, the same for all networks


@dataclass(frozen=True, kw_only=True)
class SupernetEvaluator:
    """Scores networks of a supernet.

    Attributes:
        path: file of the supernet.
        digest: digest of the file.
        about: its description.
        trainer: gives the images.
    """

    path: Path
    digest: str
    about: SupernetDescription
    trainer: ProxyEvaluator

    def __call__(self, spec: Network, seed: int, report: Report) -> SharedResult:
        """Score a network; the seed draws the canvases that its normalisations are set on.

        Raises:
            SupernetError: the supernet does not hold the network.
            NonFiniteLossError: an output is infinite or not a number.
        """
        from nasbench_mvit.supernet.files import read_supernet  # noqa: PLC0415 - loads torch
        from nasbench_mvit.supernet.scoring import Scorer  # noqa: PLC0415

        if not isinstance(spec, MobileViTSpec):
            raise SupernetError(
                f"a supernet holds no {spec.rival}, only MobileViT networks. Train with "
                "`evaluator=` training."
            )
        wall, cpu = time.perf_counter(), time.process_time()
        scorer = Scorer(
            read_supernet(self.path, self.digest),
            self.trainer.proxy,
            images_to_classify(self.trainer),
            seed,
            device=self.trainer.device,
        )
        hits_N = scorer.hits(spec, NUM_IMAGES)
        point = FractionReport(
            fraction=1.0,
            step=self.about.updates,
            top1=int(hits_N.sum()) / len(hits_N),
            num_images=len(hits_N),
            train_loss=self.about.train_loss,
            seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
        )
        report(point)
        return SharedResult(
            curve=(point,),
            device=str(scorer.placement.device),
            precision=scorer.placement.precision,
            supernet=self.digest,
        )

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return the name that a checkpoint would have; there is none."""
        return f"{self.digest}-{spec.id}-{seed}.pt"

    def for_cluster(self, device: str) -> "SupernetEvaluator":
        """Return the evaluator with absolute paths; all nodes must see the file there.

        Raises:
            DataError: the images are missing.
        """
        return replace(self, path=self.path.absolute(), trainer=self.trainer.for_cluster(device))

    def on_node(self, checkpoint_dir: Path) -> "SupernetEvaluator":
        """Return the evaluator with images this machine has."""
        return replace(self, trainer=self.trainer.on_node(checkpoint_dir))


def images_to_classify(trainer: ProxyEvaluator) -> ImageData:
    """Return the images of a trainer whose task is classification, that of all supernets.

    Raises:
        SupernetError: it is another one.
        DataError: the images are missing.
    """
    if not trainer.proxy.classifies:
        raise SupernetError(
            "a supernet classifies, and the study's proxy.task is "
            f"{trainer.proxy.task}. Choose a study of classification, or train with `evaluator=` "
            "training."
        )
    found = trainer.images()
    assert isinstance(found, ImageData)  # noqa: S101 - as the task says
    return found


def open_evaluator(path: Path, *, folder: Path, device: str) -> SupernetEvaluator:
    """Return the evaluator of a supernet, on the images that it was trained on.

    Args:
        path: the file.
        folder: where decoded images are kept.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        SupernetError: the file is missing, damaged or no supernet.
    """
    about = read_description(path)
    trainer = ProxyEvaluator(
        proxy=ProxyConfig.model_validate(about.proxy),
        data=about.data,
        data_seed=about.data_seed,
        cache_dir=folder / "images",
        checkpoint_dir=folder / "checkpoints",
        device=device,
        fingerprint=about.images,
    )
    return SupernetEvaluator(path=path, digest=digest_of(path), about=about, trainer=trainer)


def supernet_for(config: StudyConfig, trainer: ProxyEvaluator) -> SupernetEvaluator:
    """Return the evaluator of a study's supernet, checked against the study.

    Raises:
        StudyError: it was trained for another proxy or other images.
        SupernetError: it is missing or damaged.
    """
    path = expanded(config.supernet or "")
    about = read_description(path)
    check_no_rivals(config, f"the supernet {path}")
    check_same_task(config, about, f"the supernet {path}")
    return SupernetEvaluator(path=path, digest=digest_of(path), about=about, trainer=trainer)
