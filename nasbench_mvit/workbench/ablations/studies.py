"""load_ablations: studies by name, around any network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.ablation.design.around import base_of, config_around
from nasbench_mvit.ablation.design.config import AblationConfig, load_ablation
from nasbench_mvit.ablation.design.design import Ablation, Base, make_ablation
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import AblationError, SpecError, check_types, listed, nearest
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.search.readers.find_run import find_run
from nasbench_mvit.search.study.config import StudyConfig

SEEDS_AROUND = 5


@dataclass(frozen=True)
class Centre:
    """The network that studies start from.

    Attributes:
        base: the network.
        study: study of the search that found it, None for a network from elsewhere.
    """

    base: Base
    study: StudyConfig | None


def load_ablations(
    studies: Sequence[str | Path] = (),
    *,
    around: str | Path | None = None,
    search_dir: str | Path | None = None,
    arms: Sequence[str] = (),
    seeds: int | None = None,
    seed: int | None = None,
    data: str | None = None,
    predictor: str | Path | None = None,
) -> list[Ablation]:
    """Return ablation studies with their arms, in the order in which they are named.

    Args:
        studies: names or paths of study files; without any, each choice of the trial that
            ``around`` names is turned back to the published network's.
        around: the network to start from instead of the studies' own: ``STUDY:TRIAL`` of a search,
            the name of a published network, or the path of a spec.json.
        search_dir: where that search left its results, by default ``runs/STUDY``.
        arms: names of the arms to keep beside the reference, all where empty.
        seeds: trainings of each arm in place of the studies'.
        seed: the first of their seeds in place of the studies'.
        data: image source in place of the studies'.
        predictor: latency predictor in place of the studies'.

    Raises:
        WorkbenchError: a study, a trial, an arm or a value is not valid.

    >>> (fusion,) = load_ablations(["ablation_fusion"])
    >>> [arm.name for arm in fusion.arms]
    ['with', 'without']
    """
    check_types(
        studies, (str, Path), "`studies=` must be a list of names of ablations", AblationError
    )
    centre = None if around is None else _centre(str(around), search_dir)
    base = centre.base if centre else None
    named = [load_ablation(study) for study in dict.fromkeys(studies)]
    if not named and centre is not None:
        named = [_around(centre, seeds)]
    elif base is not None:
        named = [(f"{name}_around_{_slug(base)}", config) for name, config in named]
    chosen = None if predictor is None else str(expanded(predictor))
    only = tuple(dict.fromkeys(arms))
    return [
        make_ablation(
            name,
            config.with_options(seeds=seeds, seed=seed, data=data, predictor=chosen),
            base=base,
            only=only,
        )
        for name, config in named
    ]


def _around(centre: Centre, seeds: int | None) -> tuple[str, AblationConfig]:
    if centre.study is None:
        raise AblationError(
            f"`around=` {centre.base.name}: only the choices of a search's trial can be turned "
            "back. Name one as STUDY:TRIAL, or say with `studies=` what is to be varied around "
            "this network."
        )
    config = config_around(
        centre.study, centre.base, seeds=SEEDS_AROUND if seeds is None else seeds
    )
    return f"around_{_slug(centre.base)}", config


def _slug(base: Base) -> str:
    return base.name.replace(":", "_")


def _centre(name: str, search_dir: str | Path | None) -> Centre:
    """Return the network of a trial, a published one or that of a file.

    Raises:
        WorkbenchError: there is none.
    """
    if name in PUBLISHED:
        return Centre(Base(name, published(name)), None)
    path = expanded(name)
    if path.suffix == ".json":
        return Centre(Base(path.stem, _spec(path)), None)
    study, colon, trial = name.rpartition(":")
    if not colon or not trial.isascii() or not trial.isdigit():
        raise AblationError(
            f"`around=` takes STUDY:TRIAL, like latency_iphone:48, a published network "
            f"({listed(PUBLISHED)}) or a spec.json, got '{name}'.{nearest(name, PUBLISHED)}"
        )
    found = find_run(study, run_dir=None if search_dir is None else expanded(search_dir)).read()
    return Centre(base_of(found.trials, Path(study).stem, int(trial)), found.config)


def _spec(path: Path) -> MobileViTSpec:
    try:
        return MobileViTSpec.from_json(read_text(path))
    except (OSError, SpecError) as problem:
        raise AblationError(
            f"`around=`: {path} describes no network: {problem} Give a spec.json as exports hold."
        ) from None
