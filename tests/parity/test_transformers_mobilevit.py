"""The builder and the conversion against the live MobileViT of transformers, random weights."""

import pytest
import torch
from transformers_reference import NUM_CLASSES, check_logits, reference

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.convert import convert

# At 256 px patches of 2×2 need no resizing; 232 px leads to maps of 29, 15 and 8 pixels.
SIZES = ((256, 256), (232, 232), (200, 264))


@pytest.mark.parametrize(
    ("name", "patch"), [*((name, 2) for name in BASELINES), ("mobilevit_xxs", 3)]
)
def test_logits_agree_with_transformers(name: str, patch: int) -> None:
    theirs = reference(name, patch)
    ours = build_model(published(name, patches=(patch, patch, patch)), NUM_CLASSES).eval()
    ours.load_state_dict(convert(theirs.state_dict(), "transformers"), strict=True)
    check_logits(ours, theirs, SIZES)


def test_a_network_without_classifier_is_refused() -> None:
    state = reference("mobilevit_xxs").state_dict()
    headless = {key: value for key, value in state.items() if not key.startswith("classifier")}
    with pytest.raises(WeightsError, match=r"no key 'classifier\.weight'"):
        convert(headless, "transformers")


def test_a_part_of_query_key_and_value_is_named() -> None:
    state = reference("mobilevit_xxs").state_dict()
    key = "mobilevit.encoder.layer.2.transformer.layer.0.attention.attention.key"
    del state[f"{key}.weight"]
    state[f"{key}.bias"] = torch.zeros(192)
    with pytest.raises(WeightsError) as error:
        convert(state, "transformers")
    assert f"missing: {key}.weight;" in str(error.value)
    assert f"{key}.bias ((192,), needs (64,))" in str(error.value)
