"""Hardware-aware neural architecture search and ablation of MobileViT.

The names below are the public API. They load on first use, so that importing the package loads
neither torch nor optuna. What importing it does is switch off the statistics that libraries send,
before any of them loads.
"""

import importlib
from typing import TYPE_CHECKING, Any

from nasbench_mvit.telemetry import switch_off
from nasbench_mvit.version import __version__

if TYPE_CHECKING:
    from nasbench_mvit.architecture.published import published
    from nasbench_mvit.architecture.space import SearchSpace
    from nasbench_mvit.architecture.spec import BlockSpec, MobileViTSpec, StageSpec
    from nasbench_mvit.cost.analytic import count_costs
    from nasbench_mvit.errors import WorkbenchError
    from nasbench_mvit.latency.predictor.predictor import load_predictor
    from nasbench_mvit.models.mobilevit import build_model
    from nasbench_mvit.surrogate.surrogate import Surrogate
    from nasbench_mvit.table.benchmark import Benchmark

switch_off()

_HOMES = {
    "Benchmark": "table.benchmark",
    "BlockSpec": "architecture.spec",
    "MobileViTSpec": "architecture.spec",
    "SearchSpace": "architecture.space",
    "StageSpec": "architecture.spec",
    "Surrogate": "surrogate.surrogate",
    "WorkbenchError": "errors",
    "build_model": "models.mobilevit",
    "count_costs": "cost.analytic",
    "load_predictor": "latency.predictor",
    "published": "architecture.published",
}

__all__ = [
    "Benchmark",
    "BlockSpec",
    "MobileViTSpec",
    "SearchSpace",
    "StageSpec",
    "Surrogate",
    "WorkbenchError",
    "__version__",
    "build_model",
    "count_costs",
    "load_predictor",
    "published",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
