"""Build any network, a MobileViT or a rival."""

from torch import nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rival_tables import MobileNetTable
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.models import mobilenet
from nasbench_mvit.models.backbone import checked_classes, initialised
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.vision_transformer import VisionTransformer


def build_network(
    network: Network, num_classes: int | None = None, *, task: str | None = None
) -> nn.Module:
    """Return a network with freshly initialised weights, in training mode.

    Rivals are initialised as MobileViT is, and take images of any size too; for the arguments see
    ``build_model``.

    Raises:
        SpecError: ``num_classes`` is not positive, there is no such task, or the network has no
            maps for its head.
    """
    if not isinstance(network, RivalSpec):
        return build_model(network, num_classes, task=task)
    if task is not None:
        network = network.for_task(task)
    table, num_classes = network.table, checked_classes(num_classes, network)
    return initialised(
        mobilenet.MobileNet(table, network.task_head, num_classes)
        if isinstance(table, MobileNetTable)
        else VisionTransformer(table, network.resolution, num_classes)
    )
