"""The published networks trained for longer, and ranked against their ImageNet top-1."""

import math
from pathlib import Path
from typing import Any

from gpu.plan import Plan

from nasbench_mvit.proxy.recipes import Recipe
from nasbench_mvit.proxy.trainings import plan as planned
from nasbench_mvit.proxy.trainings import scores
from nasbench_mvit.proxy.truth import Truth, compare_with_imagenet, truth_networks
from nasbench_mvit.search.batch.run import evaluator_for
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.workbench.shared.trainings.planned import training_run

LONGER = "longer"


def truth(plan: Plan, data: str, folder: Path, *, at_once: int, minutes: float) -> dict[str, Any]:
    """Train as many networks as the minutes allow, and return scores and agreement so far."""
    proxy = plan.longer
    networks = truth_networks(proxy.input_size)
    ranked = {name: networks[name] for name in plan.ranked or networks}
    images = open_images(data, cell_size=proxy.cell_size, cache_dir=folder / "images")
    recipes = {LONGER: Recipe(proxy, num_seeds=1, is_candidate=True)}
    trainings = planned(recipes, ranked, lambda _: images.fingerprint)
    evaluator = evaluator_for(proxy, data=data, seed=0, folder=folder)
    with training_run(folder, None, workers=at_once, ray=None, max_minutes=minutes) as run:
        trained = run.train(trainings, evaluator)
    found = compare_with_imagenet(scores(trained.results)) if trained.results else None
    return {
        "proxy": proxy.model_dump(mode="json"),
        "at_once": at_once,
        "completion": str(trained.completion),
        "num_networks": len(ranked),
        "top1": {training.network: result.top1 for training, result in trained.results.items()},
        "agreement": None if found is None else _agreement(found),
    }


def _agreement(found: Truth) -> dict[str, Any]:
    return {
        "rho": _number(found.rho.rho),
        "rho_macs": _number(found.rho_macs.rho),
        "tau": _number(found.tau.rho),
        "left_out_points": {fit.terms: _number(fit.left_out) for fit in found.fits},
    }


def _number(value: float) -> float | None:
    """Return a number, None in place of NaN, which JSON does not have."""
    return None if math.isnan(value) else value
