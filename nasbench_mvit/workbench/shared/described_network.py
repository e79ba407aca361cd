"""The network that is trained or exported: a trial of a study, a published one, or a spec."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.heads import USUAL_RESOLUTION
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES, network_title, published_name
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, SpecError, listed, nearest
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import check_name, is_readable, read_text
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.results.choose import find_trial
from nasbench_mvit.search.results.row import trial_title
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class StudyTrial:
    """A trial of a study, as the description of a network.

    The most accurate network within a budget is the trial ``study.best_under(latency_ms).trial``.

    Attributes:
        study: as ``open_study`` returns it.
        number: number of the trial.
        run_dir: where the results of the study are.
    """

    study: Study
    number: int
    run_dir: str | Path


#: A spec, the name of a published network, the path of a ``spec.json``, or a trial of a study.
NetworkDescription = MobileViTSpec | str | Path | StudyTrial


@dataclass(frozen=True, kw_only=True)
class StudySource:
    """The study a network comes from.

    Attributes:
        name: name of the study.
        stored: what its store holds.
        trial: the network's.
        run_dir: where the study's results are.
    """

    name: str
    stored: Reading
    trial: StoredTrial
    run_dir: Path

    @property
    def config(self) -> StudyConfig:
        """The configuration of the study."""
        return self.stored.config


@dataclass(frozen=True, kw_only=True)
class DescribedNetwork:
    """A network without its weights.

    Attributes:
        title: what it is called, for people.
        slug: likewise, for folders.
        origin: where it comes from, in words.
        spec: with the resolution that it is deployed at.
        study: where it comes from a study.
    """

    title: str
    slug: str
    origin: str
    spec: MobileViTSpec
    study: StudySource | None = None

    @classmethod
    def of_spec(cls, spec: MobileViTSpec, origin: str) -> "DescribedNetwork":
        """Return the network of a spec, by its name where it is a published one."""
        slug = published_name(spec) or f"network-{spec.id}"
        return cls(title=network_title(spec), slug=slug, origin=origin, spec=spec)

    def for_task(self, task: str | None) -> "DescribedNetwork":
        """Return the network with the usual head of another task; None changes nothing.

        One that was deployed at the size usual for its task is so for the other too.

        Raises:
            SpecError: there is no such task.
        """
        spec = self.spec if task is None else self.spec.for_task(task)
        if spec.task == self.spec.task:
            return self
        if spec.resolution == USUAL_RESOLUTION[self.spec.task]:
            spec = dataclasses.replace(spec, resolution=USUAL_RESOLUTION[spec.task])
        return dataclasses.replace(self, origin=f"{self.origin}, for {spec.task}", spec=spec)

    def at(self, resolution: int | None) -> "DescribedNetwork":
        """Return the network at another resolution in pixels; None changes nothing.

        Raises:
            SpecError: the network cannot have it.
        """
        if resolution is None or resolution == self.spec.resolution:
            return self
        return dataclasses.replace(
            self,
            slug=f"{self.slug}-{resolution}px",
            spec=dataclasses.replace(self.spec, resolution=resolution),
        )


def describe_network(network: NetworkDescription) -> DescribedNetwork:
    """Return the network of a description, whatever its task.

    Raises:
        ExportError: there is no such file or published network.
        StudyError: the study has no such trial, or it is not complete.
    """
    if isinstance(network, StudyTrial):
        return _of_study(network)
    if isinstance(network, MobileViTSpec):
        return DescribedNetwork.of_spec(network, f"the network {network.id}")
    return _of_name(str(network))


def _of_study(chosen: StudyTrial) -> DescribedNetwork:
    stored = chosen.study.reading
    trial, name = find_trial(stored.trials, chosen.number), stored.study
    title, number = trial_title(trial), f"trial {trial.number}"
    return DescribedNetwork(
        title=f"{title} of study {name}",
        slug=f"{name}-trial{trial.number}",
        origin=f"{number if title == number else f'{title}, {number}'} of the study {name}",
        spec=mobilevit(trial.record.network()),
        study=StudySource(name=name, stored=stored, trial=trial, run_dir=expanded(chosen.run_dir)),
    )


def _of_name(name_or_path: str) -> DescribedNetwork:
    if name_or_path in PUBLISHED:
        title = FIGURES[name_or_path].title
        return DescribedNetwork(
            title=title,
            slug=name_or_path,
            origin=f"{title} of the paper (arXiv 2110.02178v2, Table 4)",
            spec=published(name_or_path),
        )
    path = expanded(name_or_path)
    if not is_readable(path):
        raise ExportError(
            f"'{name_or_path}' is neither a file nor a published network."
            f"{nearest(name_or_path, PUBLISHED)} Available: {listed(PUBLISHED)}, or the path of a "
            "spec.json as exports hold."
        )
    check_name(name_or_path, "the file", ExportError)
    try:
        spec = MobileViTSpec.from_json(read_text(path))
    except (OSError, SpecError) as problem:
        raise ExportError(f"{path} describes no network: {problem}") from None
    return DescribedNetwork.of_spec(spec, f"the network of {path}")
