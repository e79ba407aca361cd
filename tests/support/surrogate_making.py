"""Surrogates whose trainings are arithmetic."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.surrogate.files import COLUMNS, SURROGATES, TRAININGS, SurrogateDescription
from nasbench_mvit.surrogate.model import SETTINGS
from nasbench_mvit.surrogate.trainings import TrainedNetworks
from nasbench_mvit.training.proxy.recipe import ProxyConfig

GROUP = "drawn"
ERROR, MARGIN = 0.02, 0.05
DIGEST = "0" * 16


def use_few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit a tenth of the trees, each with more say, where only their kind matters."""
    monkeypatch.setitem(SETTINGS, "n_estimators", 30)
    monkeypatch.setitem(SETTINGS, "learning_rate", 0.3)


def top1_of(spec: MobileViTSpec) -> float:
    """Depends on two switches that cost nothing and one that costs little."""
    _, _, _, fourth, fifth = (stage.block for stage in spec.stages)
    fusions = sum(block is not None and bool(block.fusion) for block in (fourth, fifth))
    return 0.3 + 0.1 * fusions + (0.1 if fifth is not None and fifth.heads == 4 else 0.0)


def arithmetic(count: int, *, lot: bool = False, of: str = "mobilevit") -> pd.DataFrame:
    """Trainings of networks drawn from a space; ``lot`` draws their top-1 too."""
    space, rng = SearchSpace.load(of), np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(count)]
    rows = [
        {
            "spec_id": spec.id,
            "spec": spec.to_json(),
            "group": GROUP,
            "seed": 0,
            "top1": float(rng.uniform(0.2, 0.7)) if lot else top1_of(spec),
            "cpu_seconds": 10.0,
        }
        for spec in specs
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def trained_of(*frames: pd.DataFrame) -> TrainedNetworks:
    return TrainedNetworks.of(pd.concat(frames, ignore_index=True))


def make_surrogate(folder: Path, rows: pd.DataFrame, **changes: object) -> SurrogateDescription:
    """Write a surrogate of the default proxy, whose error is what it is told to be."""
    proxy = ProxyConfig()
    group = {
        "space_digest": DIGEST,
        "networks": int(rows.spec_id.nunique()),
        "trainings": len(rows),
        "r2": 0.9,
        "tau": 0.8,
        "error": ERROR,
        "margin": MARGIN,
    }
    about: dict[str, object] = {
        "name": folder.name,
        "description": "of tests",
        "space": GROUP,
        "groups": dict.fromkeys(rows.group.unique(), group),
        "data": EMBEDDED_DATA,
        "data_seed": 0,
        "images": "fingerprint",
        "proxy": proxy.model_dump(mode="json"),
        "proxy_id": proxy.id,
        "device": "cpu",
        "precision": "float32",
        "versions": {},
    }
    return SURROGATES.write(folder, about | changes, {TRAININGS: rows})
