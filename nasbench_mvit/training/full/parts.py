"""Which parts of a network learn in a full training, and how fast."""

from torch import nn

from nasbench_mvit.training.full.recipe import BACKBONE

HEADS = ("classifier.", "task_head.")


def frozen(model: nn.Module, freeze: str) -> list[nn.Module]:
    """Freeze the parts of a MobileViT that a recipe's ``freeze`` names, and return them.

    Their weights get no gradients; whoever trains keeps them in evaluation mode.
    """
    if freeze == BACKBONE:
        parts = [part for name, part in model.named_children() if f"{name}." not in HEADS]
    else:
        stages = model.get_submodule("stages").children()
        parts = [model.get_submodule("stem"), *stages][: int(freeze) + 1] if int(freeze) else []
    for part in parts:
        part.requires_grad_(requires_grad=False)
    return parts


def parameter_groups(
    model: nn.Module, backbone_rate: float
) -> list[tuple[float, list[nn.Parameter]]]:
    """Return groups of the parameters that learn, and a factor on the learning rate of each."""
    learning = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    backbone = [value for name, value in learning if not name.startswith(HEADS)]
    head = [value for name, value in learning if name.startswith(HEADS)]
    if backbone_rate == 1 or not backbone:
        return [(1.0, backbone + head)]
    return [(backbone_rate, backbone), (1.0, head)]
