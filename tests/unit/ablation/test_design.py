"""Which arms a design has, and what is compared with what."""

import numpy as np
import pytest
from ablating import ablation_config, ablation_fields
from synthetic import synthetic_records

from nasbench_mvit.ablation.design.around import FOUND, config_around
from nasbench_mvit.ablation.design.config import load_ablation
from nasbench_mvit.ablation.design.contrasts import ARMS, FACTORS
from nasbench_mvit.ablation.design.design import Base, make_ablation
from nasbench_mvit.architecture.fields import flatten, spelled_out
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.patches import patches_per_stage
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import AblationError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.study.config import load_study

PAPER_FIVE = ("patch_size", "fusion", "weight_decay", "label_smoothing_ema", "sampler")


def test_one_factor_changes_one_thing_at_a_time() -> None:
    found = make_ablation("test", ablation_config())
    reference, *others = found.arms
    assert reference.name == "reference"
    assert [arm.name for arm in others] == ["kernel: 1", "fusion: without"]
    before = flatten(reference.spec)
    for arm, field in zip(others, ("stage3.kernel", "stage3.fusion"), strict=True):
        changed = {k for k, v in flatten(arm.spec).items() if before[k] != v}
        assert changed == {field}
    assert [contrast.weights for contrast in found.contrasts] == [(-1, 1, 0), (-1, 0, 1)]


def test_a_factorial_has_all_combinations_and_their_main_effects() -> None:
    found = make_ablation("test", ablation_config(design="full_factorial"))
    assert len(found.arms) == 4
    families = [contrast.family for contrast in found.contrasts]
    assert families == [ARMS] * 3 + [FACTORS] * 3
    # A table of main effects and one interaction, from which the contrasts must find them again.
    kernel, fusion, both = 3.0, -5.0, 0.5
    means_A = np.array(
        [
            (kernel if arm.choices["kernel"] == "1" else 0)
            + (fusion if arm.choices["fusion"] == "without" else 0)
            + (both if set(arm.choices.values()) == {"1", "without"} else 0)
            for arm in found.arms
        ]
    )
    effects = [float(np.dot(contrast.weights, means_A)) for contrast in found.contrasts[3:]]
    assert effects == pytest.approx([kernel + both / 2, fusion + both / 2, both])
    assert all(sum(contrast.weights) == pytest.approx(0) for contrast in found.contrasts)


def test_leave_one_out_puts_each_factor_back_and_then_all() -> None:
    found = make_ablation("test", ablation_config(design="leave_one_out"))
    choices = [tuple(arm.choices.values()) for arm in found.arms]
    assert choices == [("1", "without"), ("3", "without"), ("1", "with"), ("3", "with")]
    assert found.arms[-1].spec == published("mobilevit_xxs")


def test_the_arms_named_are_trained_beside_the_reference() -> None:
    found = make_ablation("test", ablation_config(), only=("fusion: without",))
    assert [arm.name for arm in found.arms] == ["reference", "fusion: without"]
    assert [contrast.weights for contrast in found.contrasts] == [(-1, 1)]
    with pytest.raises(AblationError, match=r"unknown arm 'fusion: witout'.*Did you mean"):
        make_ablation("test", ablation_config(), only=("fusion: witout",))


def test_an_arm_that_is_no_network_is_absent_with_its_reason() -> None:
    factors = ablation_fields()["factors"]
    heads = {"default": "4", "settings": {"4": {}, "7": {"network": {"stage3.heads": 7}}}}
    found = make_ablation("test", ablation_config(factors=factors | {"heads": heads}))
    assert [arm.name for arm in found.arms] == ["reference", "kernel: 1", "fusion: without"]
    assert "heads must divide dim" in found.absent["heads: 7"]


@pytest.mark.parametrize("name", catalogue.names("ablations"))
def test_shipped_studies_are_sound(name: str) -> None:
    _, config = load_ablation(name)
    found = make_ablation(name, config)
    assert not found.absent
    assert config.seeds >= 3
    assert len({(arm.spec.id, arm.proxy.id) for arm in found.arms}) == len(found.arms)
    told = [arm for arm in found.arms if arm.paper is not None]
    assert len(told) == (len(config.paper.results) if config.paper else 0)


def test_the_shipped_studies_share_one_default_training() -> None:
    ablations = [make_ablation(*load_ablation(name)) for name in catalogue.names("ablations")]
    assert len(ablations) >= len(PAPER_FIVE)
    assert {f"ablation_{name}" for name in PAPER_FIVE} <= {found.name for found in ablations}
    defaults = [f.reference for f in ablations if f.config.proxy.task == "classification"]
    assert len({(arm.spec.id, arm.proxy.id) for arm in defaults}) == 1


def test_patches_of_table_6_at_128_px() -> None:
    found = make_ablation(*load_ablation("ablation_patch_size"))
    patches = {
        arm.name: tuple(patches_per_stage(arm.spec, arm.proxy.input_size).values())
        for arm in found.arms
    }
    assert patches == {
        "2,2,2": (64, 16, 4),
        "3,3,3": (36, 9, 4),
        "4,4,4": (16, 4, 1),
        "8,4,2": (4, 4, 4),
    }
    assert [arm.full_size for arm in found.arms] == [
        published("mobilevit_s", patches=(a, b, c))
        for a, b, c in ((2, 2, 2), (3, 3, 3), (4, 4, 4), (8, 4, 2))
    ]


def winner() -> tuple[MobileViTSpec, SearchSpace]:
    _, study = load_study("latency_iphone")
    _, record = synthetic_records(study, 5)[-1]
    return mobilevit(record.network()), SearchSpace.load(study.space)


def test_around_a_winner_every_choice_goes_back_to_the_published_one() -> None:
    spec, space = winner()
    _, study = load_study("latency_iphone")
    base = Base("latency_iphone:9", spec)
    config = config_around(study, base, seeds=5)
    found = make_ablation("around", config, base=base)
    assert found.reference.spec == spec
    assert found.reference.proxy == study.proxy
    assert set(found.reference.choices.values()) == {FOUND}
    used = study.seed + max(study.seeds, *study.baselines.values())
    assert min(config.all_seeds) >= used
    default = spelled_out(published(space.base_name))
    for arm in found.arms[1:-1]:
        (axis,) = (name for name, setting in arm.choices.items() if setting != FOUND)
        assert spelled_out(arm.spec)[axis] == default[axis] != spelled_out(spec)[axis]
        assert space.contains(arm.spec)
    assert found.arms[-1].spec.id == published(space.base_name).id


def test_around_the_published_network_itself_there_is_nothing_to_turn_back() -> None:
    _, study = load_study("latency_iphone")
    base = Base("mobilevit_xs", published("mobilevit_xs"))
    with pytest.raises(AblationError, match="nothing to turn back"):
        config_around(study, base, seeds=5)


def test_images_that_repeat_the_file_change_nothing() -> None:
    config = ablation_config(proxy={"mosaic_grid": 4, "input_size": 96, "steps": 16})
    options = {"seeds": None, "seed": None, "predictor": None}
    assert config.with_options(data="embedded", **options) == config
    assert config.with_options(data="imagefolder:photos", **options).proxy.mosaic_grid == 1
