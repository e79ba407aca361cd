"""A trained backbone that a network which detects or segments starts from, as in the paper."""

import dataclasses
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.differences import differences
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError, counted
from nasbench_mvit.models.weights.loading import NOT_IN_WEIGHTS
from nasbench_mvit.training.full.initial import InitialWeights, open_initial, without_head


class InitialBackbone(InitialWeights):
    """Trained weights of a network of any task, of which all but the head is taken over."""

    def describe(self, num_classes: int) -> str:
        """Return a description of the start of a training on ``num_classes`` classes."""
        head = f"a new head for {counted(num_classes, 'class', 'classes')}"
        return "; ".join([f"the backbone of {self.title}, {self.name}", head, *self.remarks])

    def check(self, spec: MobileViTSpec) -> None:
        """Check that they have the backbone of a network.

        Raises:
            WeightsError: they have not.
        """
        found = dataclasses.replace(
            self.spec, task_head=spec.task_head, head_expansion=spec.head_expansion
        )
        if fields := differences(spec, found, ignoring=NOT_IN_WEIGHTS):
            raise WeightsError(
                f"{self.name} holds the weights of {self.title}, and its backbone is another: "
                f"{fields}. Give weights of this network to `backbone=`, or name no network, to "
                "take theirs."
            )

    def load_into(self, model: nn.Module, num_classes: int) -> None:  # noqa: ARG002
        """Give a network these weights; its head stays."""
        own = model.state_dict()
        state = {key: value for key, value in without_head(self.state).items() if key in own}
        model.load_state_dict(state, strict=False)


def open_backbone(
    weights: str | Path,
    *,
    source: str | None = None,
    part: str | None = None,
    spec: MobileViTSpec | None = None,
) -> InitialBackbone:
    """Return the backbone of trained weights, most often of a network that classifies.

    Args:
        weights: as for ``open_initial``, and so the others.
        source: likewise.
        part: likewise.
        spec: the network, where the file does not name it.

    Raises:
        WeightsError: there are no such weights, or they are not of a MobileViT.
    """
    known = None if spec is None else spec.for_task("classification")
    found = open_initial(weights, source=source, part=part, spec=known, task=None)
    return InitialBackbone(**vars(found))
