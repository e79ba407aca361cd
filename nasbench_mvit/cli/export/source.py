"""Which network an export is of: a trial of a study, a published one, or a file's."""

import argparse
import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import BASELINES, FIGURES, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, SpecError, listed, nearest
from nasbench_mvit.models.checkpoint import load_model
from nasbench_mvit.search.readers.stored_study import StoredStudy, read_study
from nasbench_mvit.search.results.choose import best_under, find_trial
from nasbench_mvit.search.results.summary import trial_title
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.trials.record import StoredTrial


@dataclass(frozen=True, kw_only=True)
class StudySource:
    """The study a network comes from.

    Attributes:
        name: of the study.
        stored: what its store holds.
        trial: the network's.
        run_dir: where the study's results are.
    """

    name: str
    stored: StoredStudy
    trial: StoredTrial
    run_dir: Path

    @property
    def config(self) -> StudyConfig:
        """What the study is to find."""
        return self.stored.config


@dataclass(frozen=True, kw_only=True)
class Source:
    """A network without its weights.

    Attributes:
        title: what it is called, for people.
        slug: likewise, for folders.
        origin: where it comes from, in words.
        spec: with the resolution of the files.
        study: where it comes from a study.
    """

    title: str
    slug: str
    origin: str
    spec: MobileViTSpec
    study: StudySource | None


def find_source(options: argparse.Namespace) -> Source:
    """Return the network that the options name.

    Raises:
        WorkbenchError: there is no such network.
    """
    if options.study is not None:
        source = _of_study(options)
    elif options.spec is not None:
        source = _of_spec(options.spec)
    else:
        _, spec = load_model(options.weights)
        source = _plain(spec, f"the network of {options.weights}")
    if options.resolution is None or options.resolution == source.spec.resolution:
        return source
    return dataclasses.replace(
        source,
        slug=f"{source.slug}-{options.resolution}px",
        spec=dataclasses.replace(source.spec, resolution=options.resolution),
    )


def _of_study(options: argparse.Namespace) -> Source:
    name, _ = load_study(options.study)
    run_dir = options.run_dir or Path("runs") / name
    location = (
        Location.in_folder(run_dir)
        if options.storage is None
        else Location(url=options.storage, exclusive=False)
    )
    stored = read_study(location, name)
    if options.trial is not None:
        trial = find_trial(stored.trials, options.trial)
    else:
        trial = best_under(stored.trials, options.best_under)
    number = f"trial {trial.number}"
    title = trial_title(trial)
    return Source(
        title=f"{title} of study {name}",
        slug=f"{name}-trial{trial.number}",
        origin=f"{number if title == number else f'{title}, {number}'} of the study {name}",
        spec=mobilevit(trial.record.network()),
        study=StudySource(name=name, stored=stored, trial=trial, run_dir=run_dir),
    )


def _of_spec(name_or_path: str) -> Source:
    if name_or_path in BASELINES:
        return Source(
            title=FIGURES[name_or_path].title,
            slug=name_or_path,
            origin=f"{FIGURES[name_or_path].title} of the paper (arXiv 2110.02178v2, Table 4)",
            spec=published(name_or_path),
            study=None,
        )
    path = Path(name_or_path)
    if not path.is_file():
        raise ExportError(
            f"--spec: '{name_or_path}' is neither a file nor a published network."
            f"{nearest(name_or_path, BASELINES)} Available: {listed(BASELINES)}, or the path of a "
            "spec.json as exports hold."
        )
    try:
        spec = MobileViTSpec.from_json(path.read_text(encoding="utf-8"))
    except (SpecError, UnicodeDecodeError) as problem:
        raise ExportError(f"--spec: {path} describes no network: {problem}") from None
    return _plain(spec, f"the network of {path}")


def _plain(spec: MobileViTSpec, origin: str) -> Source:
    return Source(
        title=f"MobileViT {spec.id}",
        slug=f"network-{spec.id}",
        origin=origin,
        spec=spec,
        study=None,
    )


def folder_of(source: Source, *, weights: str, precision: str) -> Path:
    """Return where an export goes unless told otherwise."""
    kind = re.sub(r"[^\w.-]+", "-", Path(weights).stem)
    return Path("exports") / f"{source.slug}-{kind}-{precision}"
