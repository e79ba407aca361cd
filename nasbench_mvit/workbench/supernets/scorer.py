"""open_supernet: networks cut from a supernet, their scores and their ranks."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import platformdirs

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import SupernetError, check_count, check_types
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.evaluators.finetuning import fine_tuning
from nasbench_mvit.search.evaluators.supernet import SupernetEvaluator, open_evaluator
from nasbench_mvit.supernet.description import SupernetDescription
from nasbench_mvit.training.proxy.result import SharedResult

if TYPE_CHECKING:
    from torch import nn

NETWORKS = "a list of MobileViTSpec, or names of published networks"


class SupernetScorer:
    """Cuts networks out of a supernet, scores and ranks them; ``open_supernet`` makes it.

    A network is a ``MobileViTSpec`` or the name of a published one.
    """

    def __init__(self, evaluator: SupernetEvaluator, seed: int) -> None:
        self._evaluator, self._seed = evaluator, seed

    @property
    def about(self) -> SupernetDescription:
        """The space, recipe, images and updates of the supernet."""
        return self._evaluator.about

    def holds(self, network: MobileViTSpec | str) -> bool:
        """Return whether a network can be cut out of the supernet.

        Raises:
            SupernetError: the file has changed since it was opened.
            SpecError: there is no published network of that name.
        """
        from nasbench_mvit.supernet.files import read_supernet  # noqa: PLC0415 - loads torch

        evaluator = self._evaluator
        return read_supernet(evaluator.path, evaluator.digest).holds(_spec(network))

    def network(self, network: MobileViTSpec | str) -> "nn.Module":
        """Return a network with copies of its weights and statistics of normalisation of its own.

        Returns:
            A module on the CPU, in evaluation mode: images (B, 3, H, W), float32 in [0, 1], H = W =
            ``about.proxy["input_size"]`` as it was trained, to logits (B, ``about.num_outputs``).

        Raises:
            SupernetError: the supernet does not hold the network.
            DataError: the images are missing, or others than it was trained on.
        """
        evaluator = self._evaluator
        updates = evaluator.trainer.proxy.steps  # which play no part in what it begins with
        start = fine_tuning(evaluator, updates).start(_spec(network), self._seed)
        return start.cpu().eval()

    def score(self, network: MobileViTSpec | str) -> SharedResult:
        """Return the score of a network with shared weights.

        Returns:
            Its ``top1`` is a fraction of ``num_images`` validation images, the same for all
            networks, with a binomial ``top1_standard_error``; ``cpu_seconds`` is what it took.

        Raises:
            SupernetError: the supernet does not hold the network.
            NonFiniteLossError: an output is infinite or not a number.
            DataError: the images are missing, or others than it was trained on.
        """
        return self._evaluator(_spec(network), self._seed, lambda _: None)

    def rank(self, networks: Sequence[MobileViTSpec | str]) -> pd.DataFrame:
        """Return the scores of networks, the best first.

        Scores rank networks; they are lower than the top-1 of trainings and not comparable with it.

        Returns:
            A row for each network: ``network`` (its title), ``spec_id``, ``shared_top1`` and
            ``standard_error`` (fractions), ``params``, ``macs`` (multiply-adds at the network's
            resolution), ``within_max_macs`` (False of a network larger than any that was trained
            itself) and ``place``, its place in ``networks``, from 0.

        Raises:
            SupernetError: ``networks`` is no list, or the supernet does not hold one.
            NonFiniteLossError: an output is infinite or not a number.
            DataError: the images are missing, or others than it was trained on.
        """
        check_types(networks, (MobileViTSpec, str), f"`networks` must be {NETWORKS}", SupernetError)
        specs = [_spec(network) for network in networks]
        results = [self.score(spec) for spec in specs]
        costs, most = count_costs_many(specs), self.about.max_macs
        table = pd.DataFrame(
            {
                "network": [network_title(spec) for spec in specs],
                "spec_id": [spec.id for spec in specs],
                "shared_top1": [result.top1 for result in results],
                "standard_error": [result.top1_standard_error for result in results],
                "params": costs.params,
                "macs": costs.macs,
                "within_max_macs": costs.macs <= (math.inf if most is None else most),
                "place": range(len(specs)),
            }
        )
        return table.sort_values("shared_top1", ascending=False, kind="stable", ignore_index=True)


def open_supernet(
    supernet: str | Path,
    *,
    cache_dir: str | Path | None = None,
    seed: int = 0,
    device: str = "auto",
) -> SupernetScorer:
    """Open the file of a supernet, as ``train_supernet`` writes it.

    Args:
        supernet: the file.
        cache_dir: where decoded images are kept; None for the user's cache.
        seed: draws the training images that normalisations are set on.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        SupernetError: the file is missing, damaged or no supernet.

    >>> from nasbench_mvit.search.study.config import load_study
    >>> from nasbench_mvit.workbench.supernets.train import train_supernet
    >>> _, study = load_study("smoke")
    >>> result = train_supernet(study, updates=8, run_dir="runs/supernet", out="own.safetensors")
    >>> scorer = open_supernet("own.safetensors")
    >>> scorer.holds("mobilevit_xxs"), scorer.holds("mobilevitv2_1.0")
    (True, False)
    >>> sorted(scorer.rank(["mobilevit_xxs", "mobilevit_xs"])["network"])
    ['MobileViT-XS', 'MobileViT-XXS']
    >>> sum(weight.numel() for weight in scorer.network("mobilevit_xxs").parameters())
    954234
    """
    check_count(seed, "`seed=`", SupernetError, least=0)
    folder = platformdirs.user_cache_path("nasbench_mvit") if cache_dir is None else cache_dir
    evaluator = open_evaluator(expanded(supernet), folder=expanded(folder), device=device)
    return SupernetScorer(evaluator, seed)


def _spec(network: MobileViTSpec | str) -> MobileViTSpec:
    """Return the spec of a network.

    Raises:
        SpecError: there is no published network of that name.
        SupernetError: it is neither a spec nor a name.
    """
    if not isinstance(network, MobileViTSpec | str):
        raise SupernetError(
            f"a network must be a MobileViTSpec or the name of a published one, got {network!r}."
        )
    return published(network) if isinstance(network, str) else network
