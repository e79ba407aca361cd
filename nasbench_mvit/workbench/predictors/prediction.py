"""predict_latency: the latencies of networks, named or drawn from a space."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.fitting import report
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.reports import text
from nasbench_mvit.workbench.shared.named_networks import Networks, names_and_specs

EXTRAPOLATED: Final = text.EXTRAPOLATED
EXTRAPOLATED_NOTE: Final = text.EXTRAPOLATED_NOTE


@dataclass(frozen=True, kw_only=True)
class LatencyPrediction:
    """Predicted latencies.

    Attributes:
        predictor: what predicts.
        networks: a line for each: network (its name or id), ms, low_ms, high_ms (of the 90 %
            interval), extrapolating, params, macs, spec (as JSON).
        resolutions: resolutions of the networks, in pixels.
        parts: milliseconds of a single network by kind of layer and stage, of several by kind, the
            mean of the networks; as text.
    """

    predictor: LatencyPredictor
    networks: pd.DataFrame
    resolutions: tuple[int, ...]
    parts: pd.DataFrame

    def write(self, path: str | Path) -> None:
        """Write the networks to a CSV file.

        Raises:
            OSError: it cannot be written.
        """
        write_text(expanded(path), self.networks.to_csv(index=False))


def predict_latency(predictor: str, networks: Networks) -> LatencyPrediction:
    """Return the latencies of one network or more, at the networks' own resolutions.

    >>> from nasbench_mvit.architecture.published import published
    >>> found = predict_latency("iphone12_coreml", [published("mobilevit_xs")])
    >>> found.networks.ms.between(5, 10).tolist()
    [True]

    Raises:
        PredictorError: the predictor, a name or a path, cannot be loaded.
    """
    loaded = load_predictor(predictor)
    names, specs = names_and_specs(networks)
    latencies, costs = loaded.predict_many(specs), count_costs_many(specs)
    frame = pd.DataFrame(
        {
            "network": names,
            "ms": latencies.ms,
            "low_ms": latencies.low,
            "high_ms": latencies.high,
            "extrapolating": latencies.extrapolating,
            "params": costs.params,
            "macs": costs.macs,
            "spec": [spec.to_json() for spec in specs],
        }
    )
    model = loaded.document.fit.model
    is_single = len(specs) == 1
    return LatencyPrediction(
        predictor=loaded,
        networks=frame,
        resolutions=tuple(spec.resolution for spec in specs),
        parts=report.parts_frame(model, specs[0])
        if is_single
        else report.kinds_frame(model, specs),
    )


def drawn_networks(space: str, size: int, *, seed: int = 0) -> list[MobileViTSpec]:
    """Return ``size`` networks drawn from a space, given by its name or path.

    Raises:
        SpaceError: there is no such space, or its file is not valid.
    """
    loaded, rng = SearchSpace.load(space), np.random.default_rng(seed)
    return [loaded.sample(rng) for _ in range(size)]
