"""An image is named right where its class is among as many of the largest logits as are there.

Axes: B canvases, O outputs of the network, L images that an output names, K classes.
"""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.proxy.hits import hits_of
from nasbench_mvit.training.proxy.stream import Batch


class Says(nn.Module):
    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, _: Tensor) -> Tensor:
        return self.logits.flatten(1)


def hits(logits_BOK: list[list[list[float]]], labels_BOL: list[list[list[int]]]) -> list[bool]:
    labels = torch.tensor(labels_BOL)
    batch = Batch(
        canvases=torch.zeros(len(labels), 3, 8, 8),
        labels=labels,
        counted=torch.ones_like(labels, dtype=torch.bool),
    )
    found = hits_of(Says(torch.tensor(logits_BOK)), [batch], place("cpu"), RuntimeError())
    return [bool(hit) for hit in found]


@pytest.mark.parametrize(
    ("labels", "right"),
    [
        ([0, 1], [True, True]),
        ([1, 2], [True, False]),
        ([3, 2], [False, False]),
        ([1, 1], [False, False]),  # one class is there: only the largest logit is looked at
        ([0, 0], [True, True]),
        ([0, 1, 2, 2], [True, True, True, True]),
    ],
)
def test_of_m_classes_on_a_canvas_the_m_largest_logits_count(
    labels: list[int], right: list[bool]
) -> None:
    assert hits([[[4.0, 3.0, 2.0, 1.0]]], [[labels]]) == right


def test_of_a_cell_the_largest_logit_counts() -> None:
    cells = [[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]]
    assert hits([cells], [[[1], [1]]]) == [True, False]


def test_logits_that_are_not_finite_are_no_score() -> None:
    with pytest.raises(RuntimeError):
        hits([[[np.nan, 0.0]]], [[[0]]])
