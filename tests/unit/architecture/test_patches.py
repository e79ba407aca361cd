import pytest

from nasbench_mvit.architecture.patches import map_side, patches_per_stage
from nasbench_mvit.architecture.published import published


@pytest.mark.parametrize(
    ("field", "input_size", "side"),
    [("stage1.patch", 64, 32), ("stage3.patch", 64, 8), ("stage5.patch", 64, 2),
     ("stage5.patch", 65, 3)],
)  # fmt: skip
def test_map_side_follows_the_strides(field: str, input_size: int, side: int) -> None:
    assert map_side(field, input_size) == side


@pytest.mark.parametrize(("size", "patches"), [(64, (16, 4, 1)), (128, (64, 16, 4))])
def test_patches_of_the_stages_with_a_block(size: int, patches: tuple[int, ...]) -> None:
    found = patches_per_stage(published("mobilevit_xs"), size)
    assert found == dict(zip((3, 4, 5), patches, strict=True))
