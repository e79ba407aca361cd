"""Build any network, a MobileViT or a rival."""

from torch import nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rival_tables import MobileNetTable
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.errors import SpecError
from nasbench_mvit.models import mobilenet
from nasbench_mvit.models.layers import initialise
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.vision_transformer import VisionTransformer


def build_network(network: Network, num_classes: int = 1000) -> nn.Module:
    """Return a network with freshly initialised weights, in training mode.

    Rivals are initialised as MobileViT is, and take images of any size too.

    Raises:
        SpecError: ``num_classes`` is not positive.
    """
    if not isinstance(network, RivalSpec):
        return build_model(network, num_classes)
    if num_classes < 1:
        raise SpecError(f"num_classes must be at least 1, got {num_classes}.")
    table = network.table
    model: nn.Module = (
        mobilenet.MobileNet(table, num_classes)
        if isinstance(table, MobileNetTable)
        else VisionTransformer(table, network.resolution, num_classes)
    )
    model.apply(initialise)
    return model
