"""Search for a front, choose a network within a budget, and write it as a file with its card.

The study looks its trainings up in the benchmark table, so this takes seconds. Any other study of
``studies/`` takes its place, and then trains.
"""

from pathlib import Path

from nasbench_mvit import StudyObserver, StudyTrial, export_network, load_study, run_study

BUDGET_MS = 8.0


class Lines(StudyObserver):
    """Prints what the search notes."""

    def note(self, text: str) -> None:
        """Print one line."""
        print(text)


name, config = load_study("table_iphone")
result = run_study(config.with_options(trials=20), run_dir="runs/example", observer=Lines())
print(result.study.front[["trial", "top1", "latency_ms", "latency_high_ms"]].to_string(index=False))

best = result.study.best_under(BUDGET_MS)
trial = StudyTrial(study=result.study, number=best.trial, run_dir=Path("runs/example"))
exported = export_network(trial, formats=["torch"], weights="random", out="exports/example")
print(f"trial {best.trial}, {best.latency_high_ms:.1f} ms at most: {exported.card}")
