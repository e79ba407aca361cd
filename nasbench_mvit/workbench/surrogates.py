"""build_surrogate: top-1 estimated from trainings; surrogate_sheet: how well one estimates it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.other_runs import OtherRun
from nasbench_mvit.benchmark.surrogate_data import (
    MIN_NETWORKS,
    Sources,
    check_table,
    count_networks,
    plan,
    trainings_frame,
    write_surrogate,
)
from nasbench_mvit.errors import StudyError, SurrogateError, check_count, check_types
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.batch.archive import Archive
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import StudyConfig, check_study
from nasbench_mvit.search.study.proxy_fit import check_classifies, check_proxy_fits
from nasbench_mvit.surrogate.data_sheet import data_sheet
from nasbench_mvit.surrogate.files import SurrogateDescription
from nasbench_mvit.surrogate.model import check_installed
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.surrogate.trainings import chosen
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of, training_run


@dataclass(frozen=True, kw_only=True)
class SurrogateResult:
    """The result of ``build_surrogate``.

    Attributes:
        about: what was written, with the held-out error of each group of networks; None as long as
            too few are trained.
        completion: whether all trainings are done, or why not.
    """

    about: SurrogateDescription | None
    completion: Completion


def build_surrogate(  # noqa: PLR0913 - each is an option of its own
    study: StudyConfig,
    *,
    num_networks: int,
    table: str | Path | None,
    also: Sequence[str | Path] = (),
    run_dir: str | Path,
    out: str | Path,
    workers: int | None = None,
    ray: RayOptions | None = None,
    observer: TrainingsObserver | None = None,
) -> SurrogateResult:
    """Train networks spread over a study's space by its proxy and fit a surrogate to them.

    What was trained is kept, so that the same call again resumes, and a surrogate of what there is
    is written whenever it ends.

    Args:
        study: whose space, proxy and images to take.
        num_networks: number of networks of the space, each to be trained once.
        table: name or path of a benchmark table whose trainings are added; None for none.
        also: directories of searches or archives of trainings, whose trainings by the same proxy
            on the same images are taken over.
        run_dir: where trainings are kept.
        out: folder of the surrogate.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        observer: receives the progress of the trainings.

    Raises:
        SurrogateError: scikit-learn is not installed, the table is of another proxy or other
            images, or another run is not usable.
        WorkbenchError: the space, the table, the images or ``run_dir`` is not usable.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> _, study = load_study("smoke")
    >>> result = build_surrogate(
    ...     study, num_networks=100, table=None, run_dir="runs/surrogate", out="own"
    ... )
    >>> print(result.completion, result.about.name)
    done own
    """
    check_study(study)
    check_count(num_networks, "`num_networks=`", StudyError)
    check_types(also, (str, Path), "`also=` must be a list of paths", SurrogateError)
    run_dir, out = expanded(run_dir), expanded(out)
    check_installed()
    space = SearchSpace.load(study.space)
    check_classifies(study.proxy, "a surrogate")
    check_proxy_fits(space, study.proxy)
    benchmark = None if table is None else Benchmark.load(table)
    others = [OtherRun(expanded(path)) for path in also]
    with training_run(run_dir, observer, workers=workers, ray=ray) as training:
        evaluator = evaluator_of(study, run_dir)
        sources = Sources(study, space, evaluator.images().fingerprint, benchmark)
        check_table(sources)
        for other in others:
            _take_over(other, training.archive, sources, training.observer)
        trained = training.train(plan(sources, num_networks), evaluator)
        about = _write(out, sources, training.archive, training.observer)
    return SurrogateResult(about=about, completion=trained.completion)


def _take_over(other: OtherRun, archive: Archive, sources: Sources, observer: Observer) -> None:
    """Add to an archive what another run holds of the study's proxy and images."""
    proxy, space = sources.study.proxy, sources.space
    held = {training.key for training in archive.matching(proxy, sources.images)}
    fitting = {
        training: result
        for training, result in other.matching(proxy, sources.images).items()
        if space.contains(training.spec)
    }
    for training, result in fitting.items():
        if training.key not in held:
            archive.add(training, result)
            held.add(training.key)
    observer.note(
        f"{other.path}: {len(fitting)} trainings of networks of {space.name} by this proxy on "
        "these images"
    )


def _write(
    out: Path, sources: Sources, archive: Archive, observer: Observer
) -> SurrogateDescription | None:
    """Write the surrogate, if enough networks are trained."""
    results = archive.matching(sources.study.proxy, sources.images)
    frame = trainings_frame(sources, results)
    space = sources.space.name
    if (count := count_networks(frame, space)) < MIN_NETWORKS:
        observer.note(
            f"{count} networks of {space} are trained; a surrogate is written from "
            f"{MIN_NETWORKS} on"
        )
        return None
    few = count_networks(frame, chosen(space))
    if 0 < few < MIN_NETWORKS:
        frame = frame[frame["group"] != chosen(space)]
        observer.note(
            f"{few} networks that were chosen, not drawn at random, are left out: to know the "
            f"error on such takes {MIN_NETWORKS}"
        )
    return write_surrogate(out, sources, frame, results)


def surrogate_sheet(name: str) -> str:
    """Return the held-out errors of a surrogate, as Markdown.

    Args:
        name: name of a surrogate, or the path of its folder.

    Raises:
        SurrogateError: there is none, or it is damaged.

    >>> "Kendall τ" in surrogate_sheet("mobilevit_family")
    True
    """
    return data_sheet(Surrogate.load(name))
