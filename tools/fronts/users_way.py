"""What a user would write: Optuna's TPE over width and depth of MobileViT-S in timm's modules.

It shares with the arms the images, the updates, the predicted latencies and the seeds, and knows
nothing else of them. Needs timm (``constraints-timm.txt``).
"""

import dataclasses
import math
from collections.abc import Iterator

import optuna
import pandas as pd
from timm.models import byobnet, mobilevit
from torch import nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec, make_divisible
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.search.study.config import load_study, predictor_of
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.loop import train_proxy

WIDTHS = (0.5, 0.625, 0.75, 0.875, 1.0)
DEPTHS = (1, 5)  # of each transformer
BASE = "mobilevit_s"
CLASSES = 1000  # of the network whose parameters are compared


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
    return dataclasses.replace(published(BASE), stages=tuple(stages))


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
    network: nn.Module = byobnet.ByobNet(config, num_classes=num_classes)
    return network


def searched(seed: int, *, trials: int, study: str) -> Iterator[dict[str, object]]:
    """Search, and yield a row for each network as it is trained, as ``arms.searched`` has them."""
    _, config = load_study(study)
    predictor, proxy = predictor_of(config), config.proxy
    images = open_images(config.data, cell_size=proxy.cell_size)
    limit = config.limits.latency_ms or math.inf
    sampler = optuna.samplers.TPESampler(
        seed=seed,
        constraints_func=lambda trial: (trial.values[1] - limit,) if trial.values else (0.0,),
    )
    search = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    known: dict[str, float] = {}
    while len(known) < trials:
        trial = search.ask()
        width = trial.suggest_categorical("width", WIDTHS)
        depths = tuple(trial.suggest_int(f"depth{stage}", *DEPTHS) for stage in (3, 4, 5))
        spec = scaled(width, depths)
        latency_ms = predictor.predict(spec).high
        if spec.id not in known:
            start = in_timm(spec, proxy.outputs_per_canvas * images.num_classes)
            result = train_proxy(
                spec, proxy, images, seed, report=lambda _: None, device="cpu", start=start
            )
            known[spec.id] = result.top1
            yield {
                "spec": spec.to_json(),
                "top1": result.top1,
                "latency_ms": latency_ms,
                "within_limits": latency_ms <= limit,
                "cpu_seconds": result.cpu_seconds,
            }
        search.tell(trial, (known[spec.id], latency_ms))


def check_equal_parameters() -> None:
    """Check that timm's networks are those of the specs, by their parameters.

    Raises:
        ValueError: they are not.
    """
    for width, depths in ((1.0, (2, 4, 3)), (WIDTHS[0], (1, 1, 1)), (WIDTHS[2], (5, 3, 1))):
        spec = scaled(width, depths)
        theirs = sum(p.numel() for p in in_timm(spec, CLASSES).parameters())
        if theirs != count_costs(spec).params:
            raise ValueError(f"{theirs} parameters in timm, {count_costs(spec).params} here")


def table(seed: int, *, trials: int, study: str) -> pd.DataFrame:
    """Return all rows of a search."""
    check_equal_parameters()
    return pd.DataFrame(searched(seed, trials=trials, study=study))
