import re
from pathlib import Path

import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.study.proxy_fit import check_proxy_fits
from nasbench_mvit.search.study.sections import Reference
from nasbench_mvit.training.proxy.recipe import ProxyConfig


@pytest.mark.parametrize("name", catalogue.names("studies"))
def test_every_packaged_study_is_valid_and_its_space_fits_its_proxy(name: str) -> None:
    loaded, config = load_study(name)
    assert loaded == name
    check_proxy_fits(SearchSpace.load(config.space), config.proxy)


def test_latency_iphone_evaluates_at_least_24_networks_of_the_family() -> None:
    _, config = load_study("latency_iphone")
    assert config.trials >= 24
    assert config.space == "mobilevit_family"
    assert config.predictor == "iphone12_coreml"


def test_a_larger_proxy_input_makes_room_for_larger_patches() -> None:
    space = SearchSpace.load("mobilevit")
    check_proxy_fits(space, ProxyConfig(input_size=64))
    with pytest.raises(StudyError, match="4x4: 1"):
        check_proxy_fits(space, ProxyConfig(input_size=32))


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_a_space_of_networks_that_do_not_classify_is_refused(tmp_path: Path, task: str) -> None:
    path = tmp_path / "heads.yaml"
    path.write_text(
        f"{{schema_version: 1, description: heads, base: mobilevit_xxs, task: {task}, "
        "axes: {stage3.depth: [1, 2]}}"
    )
    with pytest.raises(StudyError, match=f"space heads is of networks for {task}"):
        check_proxy_fits(SearchSpace.load(path), ProxyConfig())


def test_own_images_are_classified_one_by_one() -> None:
    _, config = load_study("latency_iphone")
    changed = config.with_options(trials=None, seed=None, data="imagefolder:photos")
    assert config.proxy.mosaic_grid == 2
    assert changed.proxy.mosaic_grid == 1
    assert changed.proxy.steps == config.proxy.steps


def test_options_replace_what_the_file_says() -> None:
    _, config = load_study("smoke")
    assert config.with_options(trials=None, seed=None, data=None) == config
    changed = config.with_options(trials=9, seed=4, data=None)
    assert (changed.trials, changed.seed) == (9, 4)


@pytest.mark.parametrize("grid", [1, 4, 8])
def test_an_option_that_repeats_the_file_changes_nothing(grid: int) -> None:
    _, config = load_study("smoke")
    fields = config.model_dump(exclude_unset=True)
    own = type(config).model_validate(fields | {"proxy": fields["proxy"] | {"mosaic_grid": grid}})
    repeated = own.with_options(
        trials=own.trials,
        seed=own.seed,
        data=own.data,
        predictor=own.predictor,
        evaluator=own.evaluator,
        sampler=own.sampler,
    )
    assert repeated == own
    assert own.with_options(data="emoji").proxy.mosaic_grid == grid
    assert own.with_options(data="imagefolder:photos").proxy.mosaic_grid == 1
    assert type(config).model_validate(fields | {"data": "emoji"}).proxy == config.proxy


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("trials: 4", "trials: 1_0", "'trials' must be a whole number, got '1_0'. Write it in"),
        ("latency_ms: 15.0", "latency_ms: 1:30", "must be a number, got '1:30'. Write it in"),
        ("trials: 4", "trials: yes", "'trials' must be a whole number, got 'yes'"),
        ("trials: 4", "trials: 4\npruning:", "'pruning' is empty"),
        ("trials: 4", "trials: 4\npredictor:", "'predictor' is empty"),
    ],
)
def test_what_yaml_1_1_read_differently_is_refused(
    tmp_path: Path, old: str, new: str, rule: str
) -> None:
    text = catalogue.find("studies", "smoke", StudyError).read_text()
    path = tmp_path / "own.yaml"
    path.write_text(text.replace("predictor: ", "# ").replace(old, new, 1))
    with pytest.raises(StudyError) as caught:
        load_study(str(path))
    assert rule in str(caught.value)


def test_an_octal_number_of_yaml_1_1_is_read_as_written(tmp_path: Path) -> None:
    text = catalogue.find("studies", "smoke", StudyError).read_text()
    path = tmp_path / "own.yaml"
    path.write_text(text.replace("trials: 4", "trials: 010\nseed: 0123", 1))
    _, config = load_study(str(path))
    assert (config.trials, config.seed) == (10, 123)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"front": "memory", "reference": Reference(top1=0.2, latency_ms=9.0)},
            "reference: needs peak_activation_mb where `front=` is 'memory'",
        ),
        ({"reference": Reference(top1=0.2, peak_activation_mb=9.0)}, "reference: needs latency_ms"),
        (
            {
                "front": "memory",
                "reference": Reference(top1=0.2, peak_activation_mb=9.0),
                "rivals": {"mobilenet_v2": 1},
            },
            "peak memory of rivals is not known, got mobilenet_v2",
        ),
    ],
)
def test_the_reference_point_and_the_rivals_have_the_cost(
    changes: dict[str, object], said: str
) -> None:
    _, config = load_study("smoke")
    with pytest.raises(StudyError, match=re.escape(said)):
        config.with_options(**changes)


def test_a_study_may_weigh_memory_and_others_are_written_as_before() -> None:
    _, config = load_study("smoke")
    given = config.with_options(reference=Reference(top1=0.2, latency_ms=9.0))
    assert set(given.model_dump()["reference"]) == {"top1", "latency_ms"}
    reference = Reference(top1=0.2, peak_activation_mb=9.0)
    weighed = config.with_options(front="memory", reference=reference)
    assert (reference.worst(weighed.rule), weighed.rule.unit) == (9.0, "MB")
    assert weighed.model_dump()["reference"] == {"top1": 0.2, "peak_activation_mb": 9.0}
