import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.study.config import check_proxy_fits, load_study, map_side
from nasbench_mvit.training.proxy.recipe import ProxyConfig


@pytest.mark.parametrize("name", catalogue.names("studies"))
def test_every_packaged_study_is_valid_and_its_space_fits_its_proxy(name: str) -> None:
    loaded, config = load_study(name)
    assert loaded == name
    check_proxy_fits(SearchSpace.load(config.space), config.proxy)


def test_latency_iphone_evaluates_at_least_24_networks_of_the_main_space() -> None:
    _, config = load_study("latency_iphone")
    assert config.trials >= 24
    assert config.space == "mobilevit"
    assert config.predictor == "iphone12_coreml"


@pytest.mark.parametrize(
    ("field", "input_size", "side"),
    [("stage1.patch", 64, 32), ("stage3.patch", 64, 8), ("stage5.patch", 64, 2),
     ("stage5.patch", 65, 3)],
)  # fmt: skip
def test_map_side_follows_the_strides(field: str, input_size: int, side: int) -> None:
    assert map_side(field, input_size) == side


def test_a_larger_proxy_input_makes_room_for_larger_patches() -> None:
    space = SearchSpace.load("mobilevit")
    check_proxy_fits(space, ProxyConfig(input_size=64))
    with pytest.raises(StudyError, match="4x4: 1"):
        check_proxy_fits(space, ProxyConfig(input_size=32))


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
