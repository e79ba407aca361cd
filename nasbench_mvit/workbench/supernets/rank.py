"""rank_supernet: how shared weights rank networks, held against trainings of each alone."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.supernet_ranks import (
    ScoreArchive,
    SupernetRanks,
    Trainings,
    check_enough,
    surrogate_estimates,
    trained_alone,
)
from nasbench_mvit.errors import listed
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.search.evaluators.supernet import (
    SupernetEvaluator,
    open_evaluator,
)
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.shared.trainings.observer import (
    EndedTraining,
    TrainingsObserver,
)
from nasbench_mvit.workbench.supernets.progress import AGAIN, FractionProgress

SCORES = "scores.parquet"
REPORT = "supernet.md"


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
            too, each by models fitted without it, and to tell drawn networks from those that
            searches chose; None for none.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        observer: receives the progress.

    Raises:
        SupernetError: the supernet cannot be read, or too few of its networks were trained alone,
            or the surrogate is of another proxy or other images.
        WorkbenchError: the table, the images, the device or ``run_dir`` is not usable.

    >>> found = rank_supernet("own.safetensors", against="trainings.parquet", run_dir="runs/ranks")
    >>> -1 <= found.ranks.kendall().rho <= 1
    True
    """
    run_dir, observer = expanded(run_dir), observer or TrainingsObserver()
    evaluator = open_evaluator(expanded(supernet), folder=run_dir, device=device)
    about = evaluator.about
    alone = _held(trained_alone(expanded(against), about), evaluator, observer)
    estimates = groups = None
    if surrogate is not None:
        other = Surrogate.load(surrogate)
        estimates = surrogate_estimates(other, list(alone), about)
        groups = [other.group_of.get(spec.id, "others") for spec in alone]
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
            groups=groups,
            max_macs=about.max_macs,
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
    progress, metric = FractionProgress(observer), evaluator.trainer.proxy.metric
    for num_left, spec in zip(range(len(missing), 0, -1), missing, strict=True):
        progress.at(1 - num_left / len(specs), num_left)
        result = evaluator(spec, 0, lambda _: None)
        archive.add(evaluator.digest, spec, result)
        observer.ended(EndedTraining(name=network_title(spec), metric=metric, result=result))
