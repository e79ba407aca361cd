"""Small networks and images to export, and a stored study to export from."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from bad_input import Main, images
from fakes import arithmetic_engine
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.export.check import Samples, compare, torch_logits
from nasbench_mvit.export.interface import METADATA_KEY, Classes
from nasbench_mvit.export.manifest import Check
from nasbench_mvit.export.network import Network, random_model
from nasbench_mvit.search.evaluators import proxy
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


def checked(network: Network, run: Callable[[Samples, int], np.ndarray]) -> Check:
    """Compare what runs a file with the network it was written from."""
    samples = noise_samples(seed=1, num_cells=network.classes.cells)
    return compare(
        torch_logits(network, samples),
        run(samples, network.spec.resolution),
        samples,
        network.classes,
        runtime="the file",
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
