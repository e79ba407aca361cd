"""The separable networks against the live MobileViTv2 of transformers, random weights.

Maps that the patch divides: at others the implementations part. transformers drops the border,
timm and ml-cvnets resize the block's input and keep the larger map, and this builder resizes up
and back as for v1.
"""

import pytest
from transformers_reference import NUM_CLASSES, check_logits, separable_reference

from nasbench_mvit.architecture.published import published
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.convert import convert

SIZES = ((256, 256), (192, 320))


@pytest.mark.parametrize("width", ["0.5", "0.75", "1.0", "1.25", "2.0"])
def test_logits_agree_with_transformers(width: str) -> None:
    theirs = separable_reference(float(width))
    ours = build_model(published(f"mobilevitv2_{width}"), NUM_CLASSES).eval()
    ours.load_state_dict(convert(theirs.state_dict(), "transformers"), strict=True)
    check_logits(ours, theirs, SIZES)
