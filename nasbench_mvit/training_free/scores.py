"""All scores of one network."""

import math

import torch

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ScoreError
from nasbench_mvit.training.device import reproducible
from nasbench_mvit.training_free.distinctions import jacob_cov, naswot
from nasbench_mvit.training_free.gradients import grad_norm, gradients, snip, zico
from nasbench_mvit.training_free.names import NAMES
from nasbench_mvit.training_free.synflow import synflow
from nasbench_mvit.training_free.untrained import Start, weights


def score(spec: MobileViTSpec, start: Start) -> dict[str, float]:
    """Return the scores ``NAMES`` of a network, more being better by their authors.

    They depend on the arguments alone. Scores of one batch take the first.

    Raises:
        ScoreError: one of them is infinite or not a number.
    """
    with reproducible(torch.device("cpu")):
        model = start.network(spec)
        by_batch = [gradients(model, batch) for batch in start.batches]
        found = {
            "grad_norm": grad_norm(by_batch[0]),
            "snip": snip(by_batch[0], weights(model)),
            "synflow": synflow(start.network(spec), start.input_size),
            "naswot": naswot(model, torch.cat([batch.canvases for batch in start.batches])),
            "zico": zico(by_batch),
            "jacob_cov": jacob_cov(model, start.batches[0].canvases),
        }
    for name in NAMES:
        if not math.isfinite(found[name]):
            raise ScoreError(
                f"the score {name} of the network {spec.id} is {found[name]}, where it must be "
                "finite. Networks of equal answers to different images have none: look at its "
                "widths, or leave the network out."
            )
    return found
