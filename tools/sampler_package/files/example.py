"""The front of an accuracy that takes a trial and a cost that is known."""

import optuna
import optunahub


def objective(trial: optuna.Trial) -> tuple[float, float]:
    """Return an accuracy to be trained for, and a cost."""
    width, depth = trial.suggest_int("width", 1, 64, log=True), trial.suggest_int("depth", 1, 8)
    return 1 - 1 / (width * depth), width * depth


if __name__ == "__main__":
    module = optunahub.load_module("samplers/cost_aware")
    sampler = module.CostAwareSampler({1: lambda params: params["width"] * params["depth"]}, seed=0)
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    study.optimize(objective, n_trials=20)
    for best in study.best_trials:
        print(best.values, best.params)
