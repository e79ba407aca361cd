"""A network's runs in trackers, as the dashboard links to them."""

from pathlib import Path

from synthetic import synthetic_run

from nasbench_mvit.workbench.exploration.network import tracked
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.trackers.links import Link, keep_link


def test_a_network_leads_to_its_runs(tmp_path: Path) -> None:
    run = tmp_path / "smoke"
    synthetic_run(run, 4)
    study = open_study(run)
    first, second = study.summary.rows[:2]
    assert tracked(study, first) == {}
    for tracker in ("mlflow:x", "wandb:y"):
        keep_link(run, tracker, f"{study.name} trial {first.trial}", Link("1", f"at {tracker}"))
    assert tracked(study, first) == {"mlflow:x": "at mlflow:x", "wandb:y": "at wandb:y"}
    assert tracked(study, second) == {}
