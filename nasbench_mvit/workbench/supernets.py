"""train_supernet: weights that all networks of a space share; rank_supernet: how they rank them."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.supernet_ranks import (
    ScoreArchive,
    SupernetRanks,
    Trainings,
    check_enough,
    surrogate_estimates,
    trained_alone,
)
from nasbench_mvit.errors import StudyError, SupernetError, check_count, listed
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.search.evaluators.supernet import (
    SupernetEvaluator,
    images_to_classify,
    open_evaluator,
)
from nasbench_mvit.search.study.config import StudyConfig, check_study
from nasbench_mvit.search.study.proxy_fit import check_proxy_fits
from nasbench_mvit.supernet.description import SupernetDescription
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, NonFiniteLossError
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.image_notes import image_notes
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.shared.trainings.observer import (
    EndedTraining,
    TrainingsObserver,
    TrainingsProgress,
)
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of

UPDATES_PER_PART = 50  # a part ends in a score and a checkpoint
SCORES = "scores.parquet"
REPORT = "supernet.md"
AGAIN = "the same command again goes on from here"


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
        observer.note(f"one supernet of {space.size:,} networks, {updates:,} updates, in {run_dir}")
        for note in image_notes(data):
            observer.note(note)
        observer.begin(1)
        checkpoint = trainer.checkpoint_dir / f"supernet-{proxy.id}-{space.digest}-{seed}.pt"
        progress = _Progress(observer)

        def report(point: FractionReport) -> None:
            observer.note(
                f"update {point.step:,}: mean loss {point.train_loss:.3f}, top-1 of the largest "
                f"network {point.top1:.1%}, {point.cpu_seconds:,.0f} core-seconds"
            )
            progress.at(point.fraction, num_left=int(point.fraction < 1))

        try:
            result, supernet = train(
                space, proxy, data, seed, report=report, checkpoint_path=checkpoint, device=device
            )
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
            seed=seed,
            train_loss=result.curve[-1].train_loss,
            cpu_seconds=result.cpu_seconds,
            device=result.device,
            precision=result.precision,
        )
        write_supernet(out, supernet, about)
    return SupernetResult(file=out, completion=Completion.DONE)


def recipe_of(proxy: ProxyConfig, updates: int) -> ProxyConfig:
    """Return a proxy's recipe with the updates of a supernet, in parts of some dozen.

    Raises:
        StudyError: there are fewer than eight.
    """
    check_count(updates, "`updates=`", StudyError)
    least = ProxyConfig.model_fields["fractions"].default
    if updates < least:
        raise StudyError(f"`updates=` must be at least {least}, got {updates}.")
    parts = min(1000, max(least, updates // UPDATES_PER_PART))
    return proxy.model_copy(update={"steps": updates, "fractions": parts})


class _Progress:
    """Tells an observer which fraction of some work is done, and the time left."""

    def __init__(self, observer: TrainingsObserver) -> None:
        self._observer = observer
        self._start, self._before = time.monotonic(), math.nan

    def at(self, fraction: float, num_left: int) -> None:
        """Tell the fraction; the first one is what an earlier run did."""
        self._before = fraction if math.isnan(self._before) else self._before
        now = fraction - self._before
        seconds = time.monotonic() - self._start
        self._observer.progress(
            TrainingsProgress(
                fraction=fraction,
                num_left=num_left,
                seconds_left=(1 - fraction) / now * seconds if now else math.nan,
            )
        )


@dataclass(frozen=True, kw_only=True)
class SupernetRanking:
    """The result of ``rank_supernet``.

    Attributes:
        ranks: scores and trainings; None as long as a network was not scored.
        file: the report in Markdown.
        completion: whether all networks are scored, or why not.
    """

    ranks: SupernetRanks | None
    file: Path
    completion: Completion


def rank_supernet(
    supernet: str | Path,
    *,
    against: str | Path,
    run_dir: str | Path,
    surrogate: str | Path | None = None,
    device: str = "auto",
    observer: TrainingsObserver | None = None,
) -> SupernetRanking:
    """Score networks that were trained alone with a supernet, and correlate the ranks.

    Finished scores are kept, so that the same call again goes on. Networks that the supernet does
    not hold are left out, and the observer is told how many.

    Args:
        supernet: file of the supernet.
        against: name or folder of a benchmark table of the supernet's proxy, or the
            ``trainings.parquet`` of a run.
        run_dir: where images, scores and the report are kept.
        surrogate: name or folder of a surrogate of the same proxy and images to rank the networks
            too, each by models fitted without it; None for none.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        observer: receives the progress.

    Raises:
        SupernetError: the supernet cannot be read, or too few of its networks were trained alone,
            or the surrogate is of another proxy or other images.
        WorkbenchError: the table, the images, the device or ``run_dir`` is not usable.
    """
    run_dir, observer = expanded(run_dir), observer or TrainingsObserver()
    evaluator = open_evaluator(expanded(supernet), folder=run_dir, device=device)
    about = evaluator.about
    alone = _held(trained_alone(expanded(against), about), evaluator, observer)
    estimates = None
    if surrogate is not None:
        estimates = surrogate_estimates(Surrogate.load(surrogate), list(alone), about)
    with locked(run_dir):
        archive = ScoreArchive(run_dir / SCORES)
        try:
            _score(list(alone), evaluator, archive, observer)
        except KeyboardInterrupt:
            observer.note(f"{Completion.INTERRUPTED}; {AGAIN}")
            return SupernetRanking(
                ranks=None, file=run_dir / REPORT, completion=Completion.INTERRUPTED
            )
        finally:
            observer.end()
            archive.compact()
        scores = archive.of(evaluator.digest).loc[[spec.id for spec in alone]]
        ranks = SupernetRanks(
            specs=list(alone),
            scores=scores["top1"].tolist(),
            alone=list(alone.values()),
            num_images=int(scores["num_images"].iloc[0]),
            cpu_seconds=scores["cpu_seconds"].tolist(),
            estimates=estimates,
        )
        write_text(run_dir / REPORT, ranks.markdown() + "\n")
    return SupernetRanking(ranks=ranks, file=run_dir / REPORT, completion=Completion.DONE)


def _held(alone: Trainings, evaluator: SupernetEvaluator, observer: TrainingsObserver) -> Trainings:
    """Return the networks that a supernet holds."""
    from nasbench_mvit.supernet.files import read_supernet  # noqa: PLC0415 - loads torch

    supernet = read_supernet(evaluator.path, evaluator.digest)
    held = {spec: tops for spec, tops in alone.items() if supernet.holds(spec)}
    check_enough(held, f"{evaluator.path} holds {len(held)} of the {len(alone)} networks")
    if others := [network_title(spec) for spec in alone if spec not in held]:
        observer.note(f"not in the supernet, so left out: {listed(others)}")
    return held


def _score(
    specs: list[MobileViTSpec],
    evaluator: SupernetEvaluator,
    archive: ScoreArchive,
    observer: TrainingsObserver,
) -> None:
    """Score the networks that an archive lacks."""
    done = set(archive.of(evaluator.digest).index)
    missing = [spec for spec in specs if spec.id not in done]
    observer.note(f"{len(specs)} networks, {len(specs) - len(missing)} of them scored")
    observer.begin(len(missing))
    progress = _Progress(observer)
    for num_left, spec in zip(range(len(missing), 0, -1), missing, strict=True):
        progress.at(1 - num_left / len(specs), num_left)
        result = evaluator(spec, 0, lambda _: None)
        archive.add(evaluator.digest, spec, result)
        observer.ended(EndedTraining(name=network_title(spec), result=result))
