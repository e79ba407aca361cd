"""Which ablations a command line asks for."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.ablation.design.around import base_of, config_around
from nasbench_mvit.ablation.design.config import AblationConfig, load_ablation
from nasbench_mvit.ablation.design.design import Ablation, Base, make_ablation
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import AblationError, SpecError, listed, nearest
from nasbench_mvit.search.readers.stored_study import read_study
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.study.config import StudyConfig, load_study

SEEDS_AROUND = 5


@dataclass(frozen=True)
class Centre:
    """What ``--around`` names.

    Attributes:
        base: the network.
        study: of the search that found it, None for a network from elsewhere.
    """

    base: Base
    study: StudyConfig | None


def find_ablations(options: argparse.Namespace) -> list[Ablation]:
    """Return the ablations that the options name, in their order.

    Raises:
        WorkbenchError: a study, a trial, an arm or a value is not valid.
    """
    centre = None if options.around is None else _centre(options.around, options.search_dir)
    base = centre.base if centre else None
    named = [load_ablation(study) for study in dict.fromkeys(options.study)]
    if not named and centre is not None:
        named = [_around(centre, options.seeds)]
    elif base is not None:
        named = [(f"{name}_around_{_slug(base)}", config) for name, config in named]
    only = tuple(dict.fromkeys(options.arm))
    return [
        make_ablation(name, _with_options(config, options), base=base, only=only)
        for name, config in named
    ]


def _with_options(config: AblationConfig, options: argparse.Namespace) -> AblationConfig:
    return config.with_options(
        seeds=options.seeds, seed=options.seed, data=options.data, predictor=options.predictor
    )


def _around(centre: Centre, seeds: int | None) -> tuple[str, AblationConfig]:
    if centre.study is None:
        raise AblationError(
            f"--around {centre.base.name}: only the choices of a search's trial can be turned "
            "back. Name one as STUDY:TRIAL, or say with --study what is to be varied around this "
            "network."
        )
    config = config_around(centre.study, centre.base, seeds=seeds or SEEDS_AROUND)
    return f"around_{_slug(centre.base)}", config


def _slug(base: Base) -> str:
    return base.name.replace(":", "_")


def _centre(name: str, search_dir: Path | None) -> Centre:
    """Return the network that ``--around`` names.

    Raises:
        WorkbenchError: there is none.
    """
    if name in BASELINES:
        return Centre(Base(name, published(name)), None)
    path = Path(name)
    if path.suffix == ".json":
        return Centre(Base(path.stem, _spec(path)), None)
    study, colon, trial = name.rpartition(":")
    if not colon or not trial.isascii() or not trial.isdigit():
        raise AblationError(
            f"--around takes STUDY:TRIAL, like latency_iphone:48, a published network "
            f"({listed(BASELINES)}) or a spec.json, got '{name}'.{nearest(name, BASELINES)}"
        )
    title, _ = load_study(study)
    stored = read_study(Location.in_folder(search_dir or Path("runs") / title), title)
    return Centre(base_of(stored, title, int(trial)), stored.config)


def _spec(path: Path) -> MobileViTSpec:
    try:
        return MobileViTSpec.from_json(path.read_text(encoding="utf-8"))
    except (OSError, SpecError, UnicodeDecodeError) as problem:
        raise AblationError(
            f"--around: {path} describes no network: {problem} Give a spec.json as exports hold."
        ) from None
