"""Wrong ablation studies and wrong options of ``ablate``."""

from pathlib import Path
from typing import Any

import pytest
from ablating import ablation_fields, write_ablation
from bad_input import Case, Prepare, Refuses, both, study_file, text_file
from synthetic import synthetic_run

from nasbench_mvit.cli.ablate import command as ablate
from nasbench_mvit.cli.search import command as search

OWN = "--study ./own.yaml"


def own(needles: tuple[str, ...], options: str = "", **changes: Any) -> Case:
    return Case(f"{OWN} {options}", needles, ablation_file(**changes), ablate.main)


def ablation_file(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        write_ablation(folder / "own.yaml", **changes)

    return write


def factor(**changes: Any) -> dict[str, Any]:
    kernel: dict[str, Any] = ablation_fields()["factors"]["kernel"]
    return {"factors": {"kernel": kernel | changes}}


def setting(**changes: Any) -> dict[str, Any]:
    return factor(settings={"3": {}, "1": changes})


def finished_search(folder: Path) -> None:
    synthetic_run(folder / "runs/latency_iphone", 3)


CASES = {
    "nothing named": Case("", ("--study", "--around"), main=ablate.main),
    "misspelt study": Case(
        "--study ablation_patchsize", ("unknown ablation study", "'ablation_patch_size'"),
        main=ablate.main,
    ),
    "the study of a search": Case(
        "--study smoke", ("study of a search", "nasbench_mvit.search --study smoke"),
        main=ablate.main,
    ),
    "an ablation for a search": Case(
        "--study ablation_fusion",
        ("is an ablation study", "nasbench_mvit.ablate --study ablation_fusion"),
        main=search.main,
    ),
    "one seed where an interval is asked for": own(("seeds must be 2 or more", "got 1"), seeds=1),
    "one seed on the command line": own(("--seeds", "from 2 to", "interval", "'1'"), "--seeds 1"),
    "an unknown arm": own(("unknown arm 'kernel: 2'", "'kernel: 1'"), "--arm kernel:_2"),
    "an arm of several studies": Case(
        "--study a --study b --arm c", ("--arm", "a single --study"), main=ablate.main
    ),
    "no factors": own(("'factors'",), factors={}),
    "one setting": own(("two settings or more",), **factor(settings={"3": {}})),
    "a default that is no setting": own(("unknown setting '5'",), **factor(default="5")),
    "a setting that YAML reads as a truth": own(
        ("'factors.kernel.settings", "text"), **factor(settings={True: {}, False: {}})
    ),
    "an unknown field of the network": own(
        ("unknown field 'stage3.kernl'", "stage3.kernel"), **setting(network={"stage3.kernl": 1})
    ),
    "an unknown field of the recipe": own(
        ("unknown field of recipe 'decay'", "weight_decay"), **setting(recipe={"decay": 1})
    ),
    "a value no recipe can have": own(
        ("weight_decay", "number"), **setting(recipe={"weight_decay": "much"})
    ),
    "an unknown field of the proxy": own(
        ("unknown field of proxy 'epochs'",), **setting(proxy={"epochs": 1})
    ),
    "a value no proxy can have": own(("batch_size", "got 1"), **setting(proxy={"batch_size": 1})),
    "a recipe where there is none": own(
        ("the recipe, which is null",), recipe=None, **setting(recipe={"weight_decay": 0.1})
    ),
    "only arms that cannot be": own(
        ("nothing to compare", "heads must divide"), **setting(network={"stage3.heads": 7})
    ),
    "patches on small images": own(
        ("fewer than 4 patches", "input_size to 128"), **setting(network={"stage5.patch": 4})
    ),
    "sizes too small to draw from": own(
        ("scaled down", "input_sizes"), proxy={"input_size": 32, "steps": 16},
        **setting(recipe={"sampler": "multi_scale"}),
    ),
    "three settings left out": own(
        ("takes factors of two settings",), design="leave_one_out",
        **factor(settings={"3": {}, "1": {}, "5": {}}),
    ),
    "too many arms": own(
        ("arms, at most 256",), design="full_factorial",
        factors={f"f{n}": ablation_fields()["factors"]["kernel"] for n in range(9)},
    ),
    "a result of an unknown setting": own(
        ("unknown setting '2'",),
        paper={"source": "x", "held_fixed": "y", "results": [{"settings": {"kernel": "2"}}]},
    ),
    "a result of an unknown factor": own(
        ("unknown factor 'kernl'", "'kernel'"),
        paper={"source": "x", "held_fixed": "y", "results": [{"settings": {"kernl": "1"}}]},
    ),
    "misspelt predictor": own(("iphone12_coreml",), predictor="iphone12"),
    "images of another kind": own(("unknown image source 'cifar'",), data="cifar"),
    "a damaged archive": Case(
        OWN, ("cannot be read as Parquet", "Move it away"),
        both(ablation_file(), text_file("runs/ablations/trainings.parquet", "PAR1")), ablate.main,
    ),
    "address without Ray": Case(
        "--study ablation_fusion --address auto", ("--address", "needs --engine ray"),
        main=ablate.main,
    ),
    "around nothing": Case("--around latency_iphone", ("STUDY:TRIAL",), main=ablate.main),
    "around a published network alone": Case(
        "--around mobilevit_s", ("--study what is to be varied",), main=ablate.main
    ),
    "around a search that never ran": Case(
        "--around latency_iphone:3", ("no run of study 'latency_iphone'",), main=ablate.main
    ),
    "around a trial that is not there": Case(
        "--around latency_iphone:999", ("no trial 999",), finished_search, ablate.main
    ),
    "around a published trial": Case(
        "--around latency_iphone:1", ("nothing to turn back",), finished_search, ablate.main
    ),
    "around a file that is none": Case(
        "--around ./none.json", ("none.json", "describes no network"), main=ablate.main
    ),
    "a search's field": own(("unknown key 'trials'",), trials=3),
    "a list": Case(
        OWN, ("must hold a mapping", "factors"), text_file("own.yaml", "- a"), ablate.main
    ),
    "no kind": Case(
        OWN, ("study of a search", "kind: ablation"), study_file(), ablate.main
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    case = CASES[name]
    if "kernel:_2" in case.args:  # an argument with a blank
        argv = tuple(part.replace("_2", " 2") for part in str(case.args).split())
        case = Case(argv, case.needles, case.prepare, case.main)
    refuses(case)
