"""train_supernet: weights that all networks of a space share."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import StudyError, SupernetError, check_count
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.evaluators.supernet import (
    images_to_classify,
)
from nasbench_mvit.search.study.config import StudyConfig, check_study, predictor_of
from nasbench_mvit.search.study.proxy_fit import check_proxy_fits
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.supernet.description import SupernetDescription, in_gmacs
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, NonFiniteLossError
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.image_notes import image_notes
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.shared.trainings.observer import (
    TrainingsObserver,
    TrainingsProgress,
)
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of
from nasbench_mvit.workbench.supernets.progress import AGAIN

UPDATES_PER_PART = 50  # a part ends in a score and a checkpoint


@dataclass(frozen=True, kw_only=True)
class SupernetResult:
    """The result of ``train_supernet``.

    Attributes:
        file: file of the supernet, None as long as its training is not at its end.
        completion: whether it is, or why not.
    """

    file: Path | None
    completion: Completion


def train_supernet(
    study: StudyConfig,
    *,
    updates: int,
    run_dir: str | Path,
    out: str | Path,
    seed: int = 0,
    device: str = "auto",
    observer: TrainingsObserver | None = None,
) -> SupernetResult:
    """Train one network whose weights all networks of a study's space share, and write its file.

    The recipe is the study's proxy with more updates, each of several networks. The same call
    again goes on from the last checkpoint.

    Args:
        study: whose space, proxy and images to take.
        updates: number of updates; at least eight.
        run_dir: where images and the checkpoint are kept.
        out: the file.
        seed: draws weights, networks and canvases.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        observer: receives the progress; a report scores the largest network.

    Raises:
        SupernetError: the training diverged.
        WorkbenchError: the space, the images, the device, ``run_dir`` or ``out`` is not usable.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> _, study = load_study("smoke")
    >>> result = train_supernet(study, updates=8, run_dir="runs/supernet", out="own.safetensors")
    >>> result.file.name
    'own.safetensors'
    """
    from nasbench_mvit.supernet.files import write_supernet  # noqa: PLC0415 - loads torch
    from nasbench_mvit.supernet.training import train_supernet as train  # noqa: PLC0415

    check_study(study)
    proxy = recipe_of(study.proxy, updates)
    run_dir, out = expanded(run_dir), expanded(out)
    space = SearchSpace.load(study.space)
    check_proxy_fits(space, study.proxy)
    trainer, observer = evaluator_of(study, run_dir), observer or TrainingsObserver()
    with locked(run_dir):
        data = images_to_classify(trainer)
        max_macs = _max_macs(study, space)
        observer.note(f"one supernet of {space.size:,} networks, {updates:,} updates, in {run_dir}")
        if max_macs is not None:
            observer.note(
                f"trained are networks of up to {in_gmacs(max_macs)}, the most of those drawn "
                "that keep the study's limits, or of its published ones"
            )
        for note in image_notes(data):
            observer.note(note)
        observer.begin(1)
        limit = "all" if max_macs is None else f"{max_macs:.0f}"
        name = f"supernet-{proxy.id}-{space.digest}-{limit}-{seed}.pt"
        checkpoint = trainer.checkpoint_dir / name

        def report(point: FractionReport) -> None:
            observer.note(
                f"update {point.step:,}: mean loss {point.train_loss:.3f}, top-1 of the largest "
                f"network {point.top1:.1%}, {point.cpu_seconds:,.0f} core-seconds"
            )
            observer.progress(
                TrainingsProgress(
                    fraction=point.fraction,
                    num_left=int(point.fraction < 1),
                    seconds_left=(1 / point.fraction - 1) * point.seconds,
                )
            )

        try:
            result, supernet = train(
                space, proxy, data, seed, report=report, checkpoint_path=checkpoint,
                device=device, max_macs=math.inf if max_macs is None else max_macs,
            )  # fmt: skip
        except KeyboardInterrupt:
            observer.note(f"{Completion.INTERRUPTED}; {AGAIN}")
            return SupernetResult(file=None, completion=Completion.INTERRUPTED)
        except NonFiniteLossError as problem:
            raise SupernetError(
                f"the training of the supernet diverged: {problem} Lower proxy.learning_rate in "
                "the study."
            ) from None
        finally:
            observer.end()
        about = SupernetDescription(
            space=space.name,
            space_digest=space.digest,
            largest=[spec.to_json() for spec in supernet.largest],
            num_outputs=supernet.num_classes,
            data=study.data,
            data_seed=study.data_seed,
            images=data.fingerprint,
            proxy=study.proxy.model_dump(mode="json"),
            updates=updates,
            max_macs=max_macs,
            seed=seed,
            train_loss=result.curve[-1].train_loss,
            cpu_seconds=result.cpu_seconds,
            device=result.device,
            precision=result.precision,
        )
        write_supernet(out, supernet, about)
    return SupernetResult(file=out, completion=Completion.DONE)


def _max_macs(study: StudyConfig, space: SearchSpace) -> float | None:
    """Return the most multiply-adds within a study's limits, or of its published networks.

    It is that of networks drawn from the space, the same for all seeds of a study; None where the
    study has no limits.

    Raises:
        WorkbenchError: the predictor cannot be read, or no network keeps the limits.
    """
    if study.limits == Limits():
        return None
    candidates = Candidates(space, predictor_of(study), study.limits, study.rule)
    outlook = candidates.outlook(np.random.default_rng(0))
    known = count_costs_many([published(name) for name in study.baselines])
    return max(outlook.max_macs, *map(float, known.macs))


def recipe_of(proxy: ProxyConfig, updates: int) -> ProxyConfig:
    """Return a proxy's recipe with the updates of a supernet, in parts of ``UPDATES_PER_PART``.

    Raises:
        StudyError: there are fewer than eight.
    """
    least = ProxyConfig.model_fields["fractions"].default
    check_count(updates, "`updates=`", StudyError, least=least)
    parts = min(1000, max(least, updates // UPDATES_PER_PART))
    return proxy.model_copy(update={"steps": updates, "fractions": parts})
