"""Parameters, multiply-adds and activation memory of a network, by closed formulas, without torch.

Convention, here and in every column of that name:

* ``params``: the trainable parameters of convolutions, linear layers, normalisations and a rival's
  embeddings.
* ``macs``: multiply-adds for one image of convolutions, linear layers and the two products of
  attention, QKᵀ and its softmax times V. Normalisation, activation, softmax, pooling, resizing
  and addition are not counted. A multiply-add counts as one, not two.
* ``activation_bytes``: the outputs of exactly those layers for one image in float32, summed over
  the network: a measure of memory traffic, not of the peak.

``traced`` counts the same quantities from the torch module and agrees exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import A_SPEC, MobileViTSpec
from nasbench_mvit.cost.layer import Kind, Layer
from nasbench_mvit.cost.layers import layers
from nasbench_mvit.cost.rival_layers import rival_layers
from nasbench_mvit.cost.spec_arrays import Counts, SpecArrays
from nasbench_mvit.errors import SpecError, check_type

if TYPE_CHECKING:
    import pandas as pd

BYTES_PER_ELEMENT = 4
UNCOUNTED_KINDS = ("norm", "resize", "embedding")
CHUNK = 4096  # specs whose arrays fit into a core's cache


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One layer of one network; see ``layers.Layer`` for the names, kinds and shapes."""

    name: str
    kind: Kind
    params: int
    macs: int
    input_elements: int
    output_shape: tuple[int, ...]
    output_elements: int


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of one network for one image, in the convention of this module."""

    params: int
    macs: int
    activation_bytes: int
    layers: tuple[LayerCost, ...]

    def to_frame(self) -> "pd.DataFrame":
        """Return the layers as a pandas table, one row each in the order of execution."""
        import pandas as pd  # noqa: PLC0415  slow to import, and only this needs it

        return pd.DataFrame([asdict(layer) for layer in self.layers])


@dataclass(frozen=True, slots=True)
class CostArrays:
    """The costs of S networks for one image each, in the convention of this module; (S,) each."""

    params: Counts
    macs: Counts
    activation_bytes: Counts


def count_costs(
    spec: Network, resolution: int | None = None, num_classes: int | None = None
) -> Costs:
    """Count the costs of ``spec``, in total and by layer.

    Args:
        spec: the network, a MobileViT or a rival.
        resolution: side of the input in pixels; the spec's own when None.
        num_classes: classes, in detection without background; None for the usual ones of the task:
            1000 to classify, 80 to detect, 21 to segment.

    Raises:
        SpecError: ``spec`` is not a network.

    >>> from nasbench_mvit.architecture.published import published
    >>> costs = count_costs(published("mobilevit_xs"))
    >>> costs.params, round(costs.macs / 1e9, 3)
    (2317848, 1.026)
    """
    check_type(spec, (MobileViTSpec, RivalSpec), A_SPEC, SpecError)
    if isinstance(spec, RivalSpec):
        listing = rival_layers(spec, num_classes, resolution)
    else:
        listing = layers(SpecArrays.of([spec], resolution), num_classes)
    rows = tuple(_layer_table(listing))
    return Costs(
        params=sum(row.params for row in rows),
        macs=sum(row.macs for row in rows),
        activation_bytes=BYTES_PER_ELEMENT
        * sum(row.output_elements for row in rows if row.kind not in UNCOUNTED_KINDS),
        layers=rows,
    )


def count_costs_many(
    specs: Sequence[MobileViTSpec], resolution: int | None = None, num_classes: int | None = None
) -> CostArrays:
    """Count the costs of each of S ``specs``: the totals of ``count_costs``, vectorised."""
    totals = [
        _totals(SpecArrays.of(specs[start : start + CHUNK], resolution), num_classes)
        for start in range(0, len(specs), CHUNK)
    ] or [np.zeros((3, 0), dtype=np.int64)]
    return CostArrays(*np.concatenate(totals, axis=1))


def _totals(specs: SpecArrays, num_classes: int | None) -> Counts:
    """Return params, macs and activation bytes as (3, S)."""
    totals = np.zeros((3, len(specs.resolution)), dtype=np.int64)
    for layer in layers(specs, num_classes):
        totals[0] += layer.repeats * layer.params
        if layer.kind not in UNCOUNTED_KINDS:
            totals[1] += layer.repeats * layer.macs
            totals[2] += layer.repeats * layer.outputs * BYTES_PER_ELEMENT
    return totals


def _layer_table(rows: Iterable[Layer]) -> Iterator[LayerCost]:
    """Yield the layers of the rows of one spec, with the layers of a repeated block together."""
    present = (row for row in rows if row.repeats[0])
    for _, block in groupby(present, key=lambda row: (row.name.partition("{}")[0], row.first)):
        together = list(block)
        for index in range(int(together[0].repeats[0])):
            yield from (_occurrence(row, index) for row in together)


def _occurrence(row: Layer, index: int) -> LayerCost:
    return LayerCost(
        name=row.name.format(row.first + index),
        kind=row.kind,
        params=int(row.params[0]),
        macs=int(row.macs[0]),
        input_elements=int(row.inputs[0]),
        output_shape=tuple(int(side[0]) for side in row.shape),
        output_elements=int(row.outputs[0]),
    )
