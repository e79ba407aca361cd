"""Hardware-aware neural architecture search and ablation of MobileViT.

The names below are the public API. They load on first use, so that importing the package loads
neither torch nor optuna. What importing it does is switch off the statistics that libraries send,
and the spinning of their idle threads, before any of them loads.
"""

import importlib
from typing import TYPE_CHECKING, Any

from nasbench_mvit.io.system.machine import let_threads_sleep
from nasbench_mvit.telemetry import switch_off
from nasbench_mvit.version import __version__

if TYPE_CHECKING:
    from nasbench_mvit.architecture.block import BlockSpec
    from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead
    from nasbench_mvit.architecture.published import published
    from nasbench_mvit.architecture.space import SearchSpace
    from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
    from nasbench_mvit.cost.analytic import count_costs
    from nasbench_mvit.errors import WorkbenchError
    from nasbench_mvit.latency.predictor.predictor import load_predictor
    from nasbench_mvit.models.mobilevit import build_model
    from nasbench_mvit.search.engines.ray.options import RayOptions
    from nasbench_mvit.search.finalists.choice import FinalRequest
    from nasbench_mvit.search.study.config import StudyConfig, load_study
    from nasbench_mvit.surrogate.surrogate import Surrogate
    from nasbench_mvit.table.benchmark import Benchmark
    from nasbench_mvit.training.full.recipe import FullRecipe
    from nasbench_mvit.workbench.ablations.result import AblationObserver
    from nasbench_mvit.workbench.ablations.run import run_ablation
    from nasbench_mvit.workbench.ablations.studies import load_ablations
    from nasbench_mvit.workbench.costs import network_costs
    from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights
    from nasbench_mvit.workbench.evaluations.result import EvaluationObserver
    from nasbench_mvit.workbench.exports.export import export_network
    from nasbench_mvit.workbench.full_training.result import FullTrainingObserver
    from nasbench_mvit.workbench.full_training.train import plan_training, train_network
    from nasbench_mvit.workbench.measurements.measure import measure_latency
    from nasbench_mvit.workbench.measurements.observer import MeasurementObserver
    from nasbench_mvit.workbench.measurements.sources import SpaceSample, StudyFront
    from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
    from nasbench_mvit.workbench.measurements.targets.android import AndroidTarget
    from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget
    from nasbench_mvit.workbench.measurements.targets.coreml import CoreMLTarget
    from nasbench_mvit.workbench.measurements.targets.this_machine import (
        ExecuTorchTarget,
        LiteRTTarget,
        OnnxRuntimeTarget,
    )
    from nasbench_mvit.workbench.predictors.evaluation import evaluate_predictor
    from nasbench_mvit.workbench.predictors.making import fit_predictor, transfer_predictor
    from nasbench_mvit.workbench.proxies import validate_proxy, validate_proxy_on_imagenet
    from nasbench_mvit.workbench.samplers import compare_samplers
    from nasbench_mvit.workbench.shared.described_network import StudyTrial
    from nasbench_mvit.workbench.shared.observer import Observer
    from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
    from nasbench_mvit.workbench.studies.observer import StudyObserver
    from nasbench_mvit.workbench.studies.open import open_study
    from nasbench_mvit.workbench.studies.plan import plan_study
    from nasbench_mvit.workbench.studies.refit import refit_study
    from nasbench_mvit.workbench.studies.run import run_study
    from nasbench_mvit.workbench.supernets.rank import rank_supernet
    from nasbench_mvit.workbench.supernets.scorer import open_supernet
    from nasbench_mvit.workbench.supernets.train import train_supernet
    from nasbench_mvit.workbench.surrogates import build_surrogate
    from nasbench_mvit.workbench.tables import build_table

switch_off()
let_threads_sleep()

_HOMES = {
    "AblationObserver": "workbench.ablations.result",
    "AIHubTarget": "workbench.measurements.targets.aihub",
    "AndroidTarget": "workbench.measurements.targets.android",
    "Benchmark": "table.benchmark",
    "BlockSpec": "architecture.block",
    "BrowserTarget": "workbench.measurements.targets.browser",
    "CoreMLTarget": "workbench.measurements.targets.coreml",
    "DeepLabv3Head": "architecture.heads",
    "EvaluationObserver": "workbench.evaluations.result",
    "ExecuTorchTarget": "workbench.measurements.targets.this_machine",
    "FinalRequest": "search.finalists.choice",
    "FullRecipe": "training.full.recipe",
    "FullTrainingObserver": "workbench.full_training.result",
    "LiteRTTarget": "workbench.measurements.targets.this_machine",
    "MeasurementObserver": "workbench.measurements.observer",
    "MobileViTSpec": "architecture.spec",
    "Observer": "workbench.shared.observer",
    "OnnxRuntimeTarget": "workbench.measurements.targets.this_machine",
    "RayOptions": "search.engines.ray.options",
    "SSDLiteHead": "architecture.heads",
    "SearchSpace": "architecture.space",
    "SpaceSample": "workbench.measurements.sources",
    "StageSpec": "architecture.spec",
    "StudyConfig": "search.study.config",
    "StudyFront": "workbench.measurements.sources",
    "StudyObserver": "workbench.studies.observer",
    "StudyTrial": "workbench.shared.described_network",
    "Surrogate": "surrogate.surrogate",
    "TrainingsObserver": "workbench.shared.trainings.observer",
    "WorkbenchError": "errors",
    "build_model": "models.mobilevit",
    "build_surrogate": "workbench.surrogates",
    "build_table": "workbench.tables",
    "compare_samplers": "workbench.samplers",
    "count_costs": "cost.analytic",
    "evaluate_predictor": "workbench.predictors.evaluation",
    "evaluate_weights": "workbench.evaluations.evaluate",
    "export_network": "workbench.exports.export",
    "fit_predictor": "workbench.predictors.making",
    "load_ablations": "workbench.ablations.studies",
    "load_predictor": "latency.predictor.predictor",
    "load_study": "search.study.config",
    "measure_latency": "workbench.measurements.measure",
    "network_costs": "workbench.costs",
    "open_study": "workbench.studies.open",
    "open_supernet": "workbench.supernets.scorer",
    "plan_study": "workbench.studies.plan",
    "plan_training": "workbench.full_training.train",
    "published": "architecture.published",
    "rank_supernet": "workbench.supernets.rank",
    "refit_study": "workbench.studies.refit",
    "run_ablation": "workbench.ablations.run",
    "run_study": "workbench.studies.run",
    "train_network": "workbench.full_training.train",
    "train_supernet": "workbench.supernets.train",
    "transfer_predictor": "workbench.predictors.making",
    "validate_proxy": "workbench.proxies",
    "validate_proxy_on_imagenet": "workbench.proxies",
}

__all__ = [
    "AIHubTarget",
    "AblationObserver",
    "AndroidTarget",
    "Benchmark",
    "BlockSpec",
    "BrowserTarget",
    "CoreMLTarget",
    "DeepLabv3Head",
    "EvaluationObserver",
    "ExecuTorchTarget",
    "FinalRequest",
    "FullRecipe",
    "FullTrainingObserver",
    "LiteRTTarget",
    "MeasurementObserver",
    "MobileViTSpec",
    "Observer",
    "OnnxRuntimeTarget",
    "RayOptions",
    "SSDLiteHead",
    "SearchSpace",
    "SpaceSample",
    "StageSpec",
    "StudyConfig",
    "StudyFront",
    "StudyObserver",
    "StudyTrial",
    "Surrogate",
    "TrainingsObserver",
    "WorkbenchError",
    "__version__",
    "build_model",
    "build_surrogate",
    "build_table",
    "compare_samplers",
    "count_costs",
    "evaluate_predictor",
    "evaluate_weights",
    "export_network",
    "fit_predictor",
    "load_ablations",
    "load_predictor",
    "load_study",
    "measure_latency",
    "network_costs",
    "open_study",
    "open_supernet",
    "plan_study",
    "plan_training",
    "published",
    "rank_supernet",
    "refit_study",
    "run_ablation",
    "run_study",
    "train_network",
    "train_supernet",
    "transfer_predictor",
    "validate_proxy",
    "validate_proxy_on_imagenet",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
