"""Makes the predictors of the authors' published iPhone 12 latencies: ensembles of models.

Thirteen numbers cannot tell one model from another, so none is chosen: every non-negative sum of
``FEATURES`` counts that meets the rows of MobileViT v1 and MobileNetV2 within a tolerance, and
those of MobileViTv2 within it times one factor for that paper's set-up. MobileViT-S stands in both
papers, at 9.85 and 9.9 ms; with the tolerance for either the factor lies between 1/``SETUP`` and
``SETUP``. XXS is in the second paper alone and counts as a row of the first, as its authors compare
it.

XS was published with SSDLite and with DeepLabv3, in either patch size. An ensemble for each of
these tasks meets its two rows as well. What SSDLite does with its anchors has a price of its own,
since without one no prices meet all rows within less than 10 %; with it 5 % is enough. The output
stride of the rows with DeepLabv3 is not stated: 16 is assumed. They are met within 6 % or more.

Prices taken from the predictors of a host, up to one factor, are in no such ensemble: with the best
factor they miss a row of v1 by a third (``host_error``), since an iPhone spends its time elsewhere.

What is not in the rows: kernels other than 3, heads other than 4, networks without fusion.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.rivals import RIVALS, RivalSpec
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.domain import TOLERANCE as SLACK
from nasbench_mvit.latency.features.domain import digest, ranges_of, settings_of
from nasbench_mvit.latency.features.sums import RESIZE, Floats, feature_matrix, rival_columns
from nasbench_mvit.latency.fitting.build import report_rows
from nasbench_mvit.latency.fitting.envelope import Polytope
from nasbench_mvit.latency.fitting.fit import rounded
from nasbench_mvit.latency.predictor.document import PredictorDocument, Records
from nasbench_mvit.latency.predictor.envelope import ALONE, Envelope, LeftOut
from nasbench_mvit.latency.predictor.files import PACKAGED
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.target import Target

ROWS = PACKAGED.with_name("published") / "iphone12.csv"
SETUP = 1.1  # (9.9 / 9.85) · 1.05 / 0.95, rounded
MARGIN = 0.02  # by which the stored models may miss an extreme; half of it for those drawn here
NUM_DRAWN = 400  # networks of each space whose extremes are made exact
NUM_FEW = 40  # of them, for the mean model of an ensemble without a row
#: What a network does that takes time, each by kind of layer: multiply-adds, elements moved,
#: weights read, and layers begun.
FEATURES = (
    *(f"{kind}_macs" for kind in ("conv", "pointwise", "depthwise", "linear", "attention")),
    "conv_elements", "depthwise_elements", "dense_token_work", "attention_work",
    "softmax_elements", "norm_elements", RESIZE,
    "conv_weights", "linear_weights", "classifier_weights",
    "constant", "conv_calls", "linear_layers", "attention_layers", "norm_layers", "resize_layers",
)  # fmt: skip
OF_ANCHORS = "anchor_elements"


@dataclass(frozen=True)
class Ensemble:
    """What an ensemble is made for.

    Attributes:
        name: name of the predictor.
        task: what the networks do.
        tolerance: largest relative error of a row.
        spaces: spaces of networks whose extremes are made exact.
        features: what a network does that takes time.
    """

    name: str
    task: Task
    tolerance: float
    spaces: tuple[str, ...]
    features: tuple[str, ...] = FEATURES

    @property
    def interval(self) -> str:
        """A description of the interval."""
        heads = "" if self.task == "classification" else " (with or without a head)"
        return (
            f"the range over all non-negative sums of {len(self.features)} features that meet "
            f"every row of MobileViT v1{heads} and MobileNetV2 within {self.tolerance:.0%}, and "
            f"those of MobileViTv2 within it times one factor from 1/{SETUP:g} to {SETUP:g}; "
            "predicted is their mean"
        )


CLASSIFIERS = Ensemble("iphone12_coreml", "classification", 0.05, ("mobilevit", "mobilevit_family"))
ENSEMBLES = (
    CLASSIFIERS,
    Ensemble(
        "iphone12_coreml_detection",
        "detection",
        0.05,
        ("mobilevit_detection",),
        (*FEATURES, OF_ANCHORS),
    ),
    Ensemble("iphone12_coreml_segmentation", "segmentation", 0.10, ("mobilevit_segmentation",)),
)


@dataclass(frozen=True)
class TrainingRow:
    """A network, its published milliseconds and their source; ``setup`` is "" for our own."""

    label: str
    network: str
    spec: Network
    ms: float
    setup: str
    source: str


def published_rows(task: Task = "classification", path: Path = ROWS) -> list[TrainingRow]:
    """Read the used rows of a CSV of published latencies, classifiers and those of a task."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            TrainingRow(
                label=row["model"],
                network=row["network"],
                spec=_network(row["network"], row["patches"], int(row["resolution"])).for_task(
                    row["task"] or "classification"
                ),
                ms=float(row["latency_ms"]),
                setup=row["setup"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
            if not row["unused_because"] and row["task"] in {"", task}
        ]


def _network(name: str, patches: str, resolution: int) -> Network:
    if name in RIVALS:
        return RivalSpec(name, resolution)
    if not patches:
        return published(name, resolution=resolution)
    first, second, third = map(int, patches.split())
    return published(name, patches=(first, second, third), resolution=resolution)


def features_of(networks: Sequence[Network], features: Sequence[str] = FEATURES) -> Floats:
    """Return the features of S networks, (S, F)."""
    rows = [
        np.concatenate(list(rival_columns(network, features).values()))
        if isinstance(network, RivalSpec)
        else feature_matrix(SpecArrays.of([network]), features)[0]
        for network in networks
    ]
    return np.array(rows)


def ensemble(rows: Sequence[TrainingRow], about: Ensemble = CLASSIFIERS) -> Polytope:
    """Return all prices that meet the rows."""
    return Polytope(
        features=features_of([row.spec for row in rows], about.features),
        ms=np.array([row.ms for row in rows]),
        is_other_setup=np.array([bool(row.setup) for row in rows]),
        tolerance=about.tolerance,
        setup=SETUP,
    )


def groups_of(rows: Sequence[TrainingRow]) -> dict[str, list[int]]:
    """Return the rows left out together: each alone, each network, all of v2 or a task."""
    alone = {f"{row.label}, {row.ms:g} ms": [index] for index, row in enumerate(rows)}
    together = {
        "all rows of S": [i for i, row in enumerate(rows) if row.network == "mobilevit_s"],
        "all rows of XS": [i for i, row in enumerate(rows) if row.network == "mobilevit_xs"],
        "all rows of v2-2.0": [i for i, r in enumerate(rows) if r.network == "mobilevitv2_2.0"],
        "all rows of v2": [index for index, row in enumerate(rows) if row.setup],
    }
    with_heads = [i for i, row in enumerate(rows) if row.spec.task != "classification"]
    return alone | together | ({"all rows with this head": with_heads} if with_heads else {})


def left_out(
    rows: Sequence[TrainingRow], models: Polytope, groups: Mapping[str, Sequence[int]]
) -> list[LeftOut]:
    """Return each row of the groups beside the ensemble that is fitted without its group."""
    found = []
    for name, group in groups.items():
        others = models.without(group)
        for index in group:
            low, high = others.interval(models.features[index])
            found.append(
                LeftOut(
                    network=rows[index].label,
                    without=ALONE if len(group) == 1 else name,
                    published_ms=rows[index].ms,
                    low_ms=rounded(low),
                    high_ms=rounded(high) if math.isfinite(high) else None,
                )
            )
    return found


def drawn(count: int, seed: int, about: Ensemble = CLASSIFIERS) -> list[MobileViTSpec]:
    """Return ``count`` random networks of each space."""
    rng = np.random.default_rng(seed)
    spaces = map(SearchSpace.load, about.spaces)
    return [space.sample(rng) for space in spaces for _ in range(count)]


def directions(about: Ensemble) -> Floats:
    """Return features of networks whose extremes the shipped models hold, (S, F).

    The published ones, with three patch sizes, are among them. A little of a random network is
    added to theirs: the rows themselves are fastest at many models alike, and which of these a
    solver returns depends on the machine.
    """
    random = features_of(drawn(NUM_DRAWN, seed=0, about=about), about.features)
    networks = [published(name) for name in PUBLISHED]
    sizes = ((3, 3, 3), (4, 4, 4), (8, 4, 2))
    networks += [published(n, patches=p) for n in PUBLISHED if "patch" not in n for p in sizes]
    known = features_of([network.for_task(about.task) for network in networks], about.features)
    return np.concatenate([random, known + 0.01 * random[: len(known)]])


def host_error(name: str, rows: Sequence[TrainingRow]) -> float:
    """Return the largest relative error of a v1 row by a host's predictor times the best factor."""
    specs = [row.spec for row in rows if isinstance(row.spec, MobileViTSpec) and not row.setup]
    ms = np.array([row.ms for row in rows if row.network.startswith("mobilevit_")])
    ratios = ms / load_predictor(name).predict_many(specs).ms
    worst = float(ratios.max() / ratios.min())
    return (worst - 1) / (worst + 1)


def iphone12_document(about: Ensemble = CLASSIFIERS) -> PredictorDocument:
    """Fit a predictor of the authors' published iPhone 12 latencies."""
    rows = published_rows(about.task)
    models = ensemble(rows, about)
    networks = directions(about)
    vertices = models.vertices(networks, MARGIN / 2)
    specs = [row.spec for row in rows if isinstance(row.spec, MobileViTSpec)]
    few = networks[:: len(networks) // NUM_FEW]
    left_out_ms = [
        models.features[index] @ models.without([index]).vertices(few).mean(axis=0)
        for index in range(len(rows))
    ]
    reached = features_of(drawn(NUM_DRAWN, seed=1, about=about), about.features) @ vertices.T
    half_widths = np.log(reached.max(axis=1) / reached.min(axis=1)) / 2
    return PredictorDocument(
        schema_version=2,
        name=about.name,
        target=Target(
            device="iPhone 12",
            os=None,
            runtime="Core ML",
            runtime_version=None,
            engine="as Core ML chose; the paper's Table 11 names the Neural Engine",
            threads=None,
            precision="full precision",
            batch=1,
        ),
        records=Records(
            kind="published",
            basis="the authors' published iPhone 12 measurements",
            count=len(rows),
            sha256=digest([row.spec for row in rows], models.ms),
            estimator="mean of 100 runs",
            noise=None,
        ),
        fit=Envelope(
            tolerance=about.tolerance,
            setup=SETUP,
            features=list(about.features),
            models=[[rounded(price) for price in prices] for prices in vertices],
            margin=MARGIN,
            extrapolation_margin=rounded(float(np.quantile(half_widths, 0.9))),
            left_out=left_out(rows, models, groups_of(rows)),
        ),
        rows=report_rows(
            [(row.label, row.spec, row.source) for row in rows],
            models.ms,
            models.features @ vertices.mean(axis=0),
            np.array(left_out_ms),
            models.features[:, about.features.index(RESIZE)] > 0,
        ),
        ranges=ranges_of(SpecArrays.of(specs), list(about.features)),
        tolerance=SLACK,
        settings=settings_of(SpecArrays.of(specs)),
        interval=about.interval,
    )
