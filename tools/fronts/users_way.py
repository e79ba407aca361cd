"""The search that a user would write: Optuna's TPE over width and depth of timm's MobileViT-S.

It shares with the arms the images, the recipe, the predicted latencies, the limits and the seeds.
A network beyond the limits is not trained: TPE is told by how much it exceeds them. Needs timm
(``constraints-timm.txt``).
"""

import dataclasses
import functools
import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import optuna
import pandas as pd
import torch
from fronts.built import Built, opened, two_at_a_time
from torch import Tensor, nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec, make_divisible
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.training.proxy.loop import train_proxy

WIDTHS = (0.5, 1.0)  # in steps of
WIDTH_STEP = 0.125
DEPTHS = (1, 5)  # of each transformer
NUM_RANDOM = 40  # of which a quarter, ten as by default, keep the limits
BASE = "mobilevit_s"
CLASSES = 1000  # of the network whose parameters are compared
_NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _timm(name: str) -> Any:
    """Return a module of timm, whose torchvision may not fit torch: no MobileViT needs it."""
    try:
        return importlib.import_module(f"timm.models.{name}")
    except RuntimeError:  # its library did not load, and its operators are unknown
        for operator in ("nms", "qnms"):
            torch.library.define(f"torchvision::{operator}", _NMS)
        return importlib.import_module(f"timm.models.{name}")


byobnet, mobilevit = _timm("byobnet"), _timm("mobilevit")


def scaled(width: float, depths: tuple[int, ...]) -> MobileViTSpec:
    """Return MobileViT-S with all widths scaled, and other numbers of transformer layers."""
    stages, rest = [], iter(depths)
    for stage in published(BASE).stages:
        block = stage.block
        if block is not None:
            block = dataclasses.replace(
                block, dim=make_divisible(width * block.dim), depth=next(rest)
            )
        stages.append(
            dataclasses.replace(stage, channels=make_divisible(width * stage.channels), block=block)
        )
    stem_channels = make_divisible(width * published(BASE).stem_channels)
    return dataclasses.replace(published(BASE), stem_channels=stem_channels, stages=tuple(stages))


def in_timm(spec: MobileViTSpec, num_classes: int) -> nn.Module:
    """Build a network of ``scaled`` from timm's blocks, as ``timm.models.mobilevit_s`` is."""
    blocks = []
    for place, stage in enumerate(spec.stages):
        stride = 1 if place == 0 else 2
        if stage.block is None:
            blocks.append(
                mobilevit._inverted_residual_block(  # noqa: SLF001 - what its networks are made by
                    d=stage.mv2_depth, c=stage.channels, s=stride, br=stage.expansion
                )
            )
        else:
            blocks.append(
                mobilevit._mobilevit_block(  # noqa: SLF001
                    d=stage.mv2_depth,
                    c=stage.channels,
                    s=stride,
                    transformer_dim=stage.block.dim,
                    transformer_depth=stage.block.depth,
                    patch_size=2,
                    br=stage.expansion,
                )
            )
    config = byobnet.ByoModelCfg(
        blocks=tuple(blocks),
        stem_chs=spec.stem_channels,
        stem_type="3x3",
        stem_pool="",
        downsample="",
        act_layer="silu",
        num_features=spec.head_channels,
    )
    return _Named(byobnet.ByobNet(config, num_classes=num_classes))


class _Named(nn.Module):
    """A network of timm whose first and last layer have the names that the optimizer looks for."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.stem, self.classifier = network.stem, network.head.fc
        self.network = network

    def forward(self, images_B3HW: Tensor) -> Tensor:
        logits_BK: Tensor = self.network(images_B3HW)
        return logits_BK


def searched(seed: int, *, trials: int, study: str) -> Iterator[dict[str, object]]:
    """Search, and yield a row for each network as it is trained, as ``arms.searched`` has them.

    Args:
        seed: of the sampler and the trainings.
        trials: networks to train.
        study: its file's name.
    """
    config, images = opened(study)
    space, proxy = SearchSpace.load(config.space), config.proxy
    candidates = Candidates(space, predictor_of(config), config.limits, config.rule)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=NUM_RANDOM)
    search = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    known: dict[str, float] = {}
    while len(known) < trials:
        trial = search.ask()
        width = trial.suggest_float("width", *WIDTHS, step=WIDTH_STEP)
        depths = tuple(trial.suggest_int(f"depth{stage}", *DEPTHS) for stage in (3, 4, 5))
        spec = scaled(width, depths)
        record = candidates.record(spec, role=Role.SEARCH, seeds=(seed,))
        latency_ms = record.latency.high
        for limit, excess in candidates.excess(record).items():
            trial.set_constraint(limit, excess)
        if not candidates.allows(record):
            search.tell(trial, (0.0, latency_ms))
            continue
        if spec.id not in known:
            num_outputs = proxy.outputs_per_canvas * images.num_classes
            result = train_proxy(
                spec, proxy, images, seed, report=lambda _: None, device="cpu",
                start=Built(spec, is_timm=True).start(num_outputs, seed),
            )  # fmt: skip
            known[spec.id] = result.top1
            yield {
                "spec": spec.to_json(),
                "is_published": False,
                "top1": result.top1,
                "latency_ms": latency_ms,
                "within_limits": True,
                "trainings": 1.0,
            }
        search.tell(trial, (known[spec.id], latency_ms))


def check_equal_parameters() -> None:
    """Check that timm's networks are those of the specs, by their parameters.

    Raises:
        ValueError: they are not.
    """
    for width, depths in ((1.0, (2, 4, 3)), (WIDTHS[0], (1, 1, 1)), (0.75, (5, 3, 1))):
        spec = scaled(width, depths)
        theirs = sum(p.numel() for p in in_timm(spec, CLASSES).parameters())
        if theirs != count_costs(spec).params:
            raise ValueError(f"{theirs} parameters in timm, {count_costs(spec).params} here")


def tables(seeds: Sequence[int], *, trials: int, study: str) -> Iterator[pd.DataFrame]:
    """Yield all rows of the search with each seed, in order; two searches run side by side."""
    yield from two_at_a_time(functools.partial(_table, trials, study), seeds)


def _table(trials: int, study: str, seed: int) -> pd.DataFrame:
    check_equal_parameters()
    return pd.DataFrame(searched(seed, trials=trials, study=study))
