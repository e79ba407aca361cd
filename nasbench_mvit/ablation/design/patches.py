"""How many patches the transformers of a network attend to."""

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.study.proxy_fit import map_side


def patches_per_stage(spec: MobileViTSpec, input_size: int) -> dict[int, int]:
    """Return for each stage with a block, from 1 on, the patches its map holds at an input size.

    A map that is no multiple of the patch is resized up to one.
    """
    counts = {}
    for number, stage in enumerate(spec.stages, start=1):
        if stage.block is not None:
            side = map_side(f"stage{number}", input_size)
            height, width = stage.block.patch
            counts[number] = -(-side // height) * -(-side // width)
    return counts
