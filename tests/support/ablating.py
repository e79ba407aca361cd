"""Stand-ins for the trainings of ablations: arithmetic, but for the effects it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.batch.run import PlannedEvaluator
from nasbench_mvit.search.evaluators.proxy import Evaluator, Report
from nasbench_mvit.training.proxy.result import FractionReport, NonFiniteLossError, TrainingResult

FRACTIONS = 8
BASE, NOISE = 0.5, 0.01
TINY_RECIPE = {"mosaic_grid": 2, "input_size": 64, "steps": 16, "batch_size": 2,
               "interim_images": 8}  # fmt: skip


def ablation_fields(**changes: Any) -> dict[str, Any]:
    """A small ablation of two factors of the network, as a file has it."""
    return {
        "schema_version": 1,
        "kind": "ablation",
        "description": "a test",
        "proxy": TINY_RECIPE,
        "seeds": 3,
        "factors": {
            "kernel": {
                "default": "3",
                "settings": {"3": {}, "1": {"network": {"stage3.kernel": 1}}},
            },
            "fusion": {
                "default": "with",
                "settings": {"with": {}, "without": {"network": {"stage3.fusion": False}}},
            },
        },
    } | changes


def ablation_config(**changes: Any) -> AblationConfig:
    return AblationConfig.model_validate(ablation_fields(**changes))


def write_ablation(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump(ablation_fields(**changes), sort_keys=False))
    return path


def result_of(top1: float) -> TrainingResult:
    curve = tuple(
        FractionReport(
            fraction=part / FRACTIONS,
            step=part * 2,
            top1=top1 * part / FRACTIONS,
            num_images=1000,
            train_loss=1 / part,
            seconds=float(part),
            cpu_seconds=2.0 * part,
        )
        for part in range(1, FRACTIONS + 1)
    )
    return TrainingResult(curve=curve, device="cpu", precision="float32")


@dataclass(frozen=True)
class ArmArithmetic:
    """Scores an arm by its name: ``BASE``, its effect, a seed's luck for all arms, and noise.

    Attributes:
        planned: the plan whose trainings it stands for.
        effects: by name of an arm, as a fraction.
        diverging: names of arms whose loss is not finite.
        log: gets a line for each training.
    """

    planned: PlannedEvaluator
    effects: Mapping[str, float] = field(default_factory=dict)
    diverging: frozenset[str] = frozenset()
    log: list[str] = field(default_factory=list)

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        training = self.planned.trainings[seed]
        assert training.spec == spec
        self.log.append(f"{training.recipe} {training.seed}")
        if training.recipe in self.diverging:
            raise NonFiniteLossError("loss", step=3, learning_rate=1e-3)
        luck = np.random.default_rng(training.seed).normal()
        own = np.random.default_rng([int(spec.id, 16), int(training.proxy.id, 16), training.seed])
        effect = self.effects.get(training.recipe, 0.0)
        result = result_of(BASE + effect + NOISE * (luck + own.normal()))
        for point in result.curve:
            report(point)
        return result


def arm_engine(
    evaluator: Evaluator,
    workers: int,
    *,
    effects: Mapping[str, float] | None = None,
    diverging: frozenset[str] = frozenset(),
    log: list[str] | None = None,
    stop_after: float = float("inf"),
) -> InlineExecutor:
    """Stand in for ``LocalEngine``."""
    if not isinstance(evaluator, PlannedEvaluator):
        return InlineExecutor(ArithmeticEvaluator(), workers)
    stand_in = ArmArithmetic(evaluator, effects or {}, diverging, [] if log is None else log)
    return InlineExecutor(stand_in, workers, stop_after)
