"""Small networks and images to export, and a stored study to export from."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from bad_input import Main, images
from fakes import arithmetic_engine
from tiny_training import tiny_spec
from torch import nn

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.export.check import Samples, compare, torch_logits
from nasbench_mvit.export.interface import METADATA_KEY, Classes
from nasbench_mvit.export.manifest import Check
from nasbench_mvit.export.network import Network, random_model
from nasbench_mvit.search.evaluators import proxy
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.workbench.shared import engines

RESOLUTION = 64
MADE_AT = 32


def small_spec(*, width: int = 4, resolution: int = RESOLUTION) -> MobileViTSpec:
    """A network of two transformer layers; ``width`` sets the stem."""
    return dataclasses.replace(tiny_spec(), resolution=resolution, stem_channels=width)


def small_network(classes: Classes | None = None, spec: MobileViTSpec | None = None) -> Network:
    classes = classes or Classes(("shoe", "shirt", "bag"))
    spec = spec or small_spec()
    model = random_model(spec, seed=0, num_classes=classes.num_logits)
    return Network(title="A small network", model=model, spec=spec, classes=classes)


BLOCK: dict[str, Any] = {"dim": 8, "depth": 1, "heads": 2}

#: Blocks of the last three stages, so that every part of the family stands in one of the networks.
FAMILY = {
    "v2, v3, v3_separable": [BlockSpec.of(p, **BLOCK) for p in ("v2", "v3", "v3_separable")],
    "v1, and with v2's parts": [
        BlockSpec(**BLOCK),
        BlockSpec(**BLOCK, local="depthwise"),
        BlockSpec(**BLOCK, attention="separable"),
    ],
    "fusions": [
        BlockSpec(**BLOCK, fusion="none"),
        BlockSpec(**BLOCK, fusion="input", fusion_kernel=1),
        BlockSpec(**BLOCK, fusion="local", kernel=5),
    ],
    "projection, residual, activation": [
        BlockSpec(**BLOCK, projection="fused"),
        BlockSpec(**BLOCK, residual=True),
        BlockSpec(**BLOCK, activation=False),
    ],
    "patches that need a resize, without a head": [
        BlockSpec.of("v1", **BLOCK, patch=(3, 2)),
        BlockSpec.of("v2", **BLOCK, patch=(2, 3)),
        BlockSpec.of("v3_separable", **BLOCK, patch=(4, 4)),
    ],
}


def family_network(name: str) -> Network:
    """A network of ``FAMILY``; no normalisation in it is the identity."""
    blocks = [None, None, *FAMILY[name]]
    stages = tuple(StageSpec(channels=8, expansion=2.0, block=block) for block in blocks)
    head = 0.0 if "without a head" in name else 2.0
    spec = MobileViTSpec(stages=stages, stem_channels=8, resolution=RESOLUTION, head_expansion=head)
    network = small_network(spec=spec)
    torch.manual_seed(1)
    for module in network.model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network


def described(metadata: Mapping[str, str]) -> MobileViTSpec:
    """Return the network that the metadata of a file name."""
    return MobileViTSpec.from_dict(json.loads(metadata[METADATA_KEY])["spec"])


def onnx_metadata(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def noise_samples(count: int = 6, *, seed: int = 0, num_cells: int = 1) -> Samples:
    """Smooth noise, labelled at random among three classes."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.random((count, 3, 4, 4), dtype=np.float32))
    canvases = torch.nn.functional.interpolate(coarse, size=(MADE_AT, MADE_AT), mode="bilinear")
    return Samples(canvases=canvases.numpy(), labels=rng.integers(0, 3, size=(count, num_cells, 1)))


def scene_samples(task: AnnotatedTask, count: int = 6) -> Samples:
    """Scenes of the images that ship, held out."""
    scenes = open_annotated("embedded", task=task, size=MADE_AT).val
    images = np.stack([scenes[index].image for index in range(count)])
    canvases = images.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    return Samples(canvases=canvases, labels=None)


def checked(network: Network, run: Callable[[Samples, int], np.ndarray]) -> Check:
    """Compare what runs a file with the network it was written from, on scenes if it finds any."""
    task = network.spec.task
    if task == "classification":
        samples = noise_samples(seed=1, num_cells=network.classes.cells)
    else:
        samples = scene_samples(task)
    return compare(
        torch_logits(network, samples),
        run(samples, network.spec.resolution),
        samples,
        network.classes,
        runtime="the file",
        task=task,
    )


def exit_code_of(main: Main, args: list[str]) -> int:
    try:
        return main(args)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def stored_smoke(folder: Path) -> None:
    """Run the study smoke on photos in ``folder``, with trainings done by arithmetic."""
    images(24, 24)(folder)
    proxy._images.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(engines, "LocalEngine", arithmetic_engine)
        assert search.main(["--study", "smoke", "--data", "imagefolder:photos"]) == 0
