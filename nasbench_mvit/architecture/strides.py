"""The strides of a network: of its stem and stages, and what dilation makes of them."""

from collections.abc import Iterable, Iterator

STEM_STRIDE = 2
STAGE_STRIDES = (1, 2, 2, 2, 2)
FULL_STRIDE = 32  # of the last map, without dilation
OUTPUT_STRIDES = (8, 16, FULL_STRIDE)


def dilate(strides: Iterable[int], output_stride: int) -> Iterator[tuple[int, int]]:
    """Yield stride and dilation of each block after the stem, for a last map of a given stride.

    A block that would go beyond it keeps stride 1, and the convolutions after it are dilated in its
    place (DeepLabv3 §3.1); its own has the dilation of those before it, as in ml-cvnets and
    transformers.

    >>> list(dilate((1, 2, 2, 2, 1, 2, 1), output_stride=8))
    [(1, 1), (2, 1), (2, 1), (1, 1), (1, 2), (1, 2), (1, 4)]
    """
    reached, dilation = STEM_STRIDE, 1
    for stride in strides:
        if reached * stride > output_stride:
            yield 1, dilation
            dilation *= stride
        else:
            yield stride, dilation
            reached *= stride
