"""The feature maps of the stages at an input size, and the patches that they hold."""

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.architecture.strides import FULL_STRIDE, STAGE_STRIDES, STEM_STRIDE, dilate


def map_side(field: str, input_size: int, output_stride: int = FULL_STRIDE) -> int:
    """Return the side of the feature map of the stage that ``field`` belongs to."""
    stage = int(field.partition(".")[0].removeprefix("stage"))
    side = -(-input_size // STEM_STRIDE)
    for stride, _ in list(dilate(STAGE_STRIDES, output_stride))[:stage]:
        side = -(-side // stride)
    return side


def num_patches(side: int, patch: tuple[int, int]) -> int:
    """Return how many patches a square map holds; it is resized up to a multiple of the patch."""
    height, width = patch
    return -(-side // height) * -(-side // width)


def patches_per_stage(spec: MobileViTSpec, input_size: int) -> dict[int, int]:
    """Return for each stage with a block, from 1 on, the patches its map holds at an input size."""
    return {
        number: num_patches(
            map_side(f"stage{number}", input_size, spec.output_stride), stage.block.patch
        )
        for number, stage in enumerate(spec.stages, start=1)
        if stage.block is not None
    }
