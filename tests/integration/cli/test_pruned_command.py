"""A search with rungs as a user runs it: worker processes that train, a report, logs."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from driving import stop_slower_than

from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.status import command as status
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue

# Slower than this are six of the eleven networks that a search has to choose from: some of any six.
STOPPED_ABOVE_MS = 3.5


@pytest.mark.slow
def test_stopped_networks_stand_in_report_table_logs_and_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    stop_slower_than(STOPPED_ABOVE_MS, monkeypatch)
    smoke = yaml.safe_load(catalogue.find("studies", "smoke", StudyError).read_text())
    proxy = {"steps": 8, "batch_size": 8, "interim_images": 64}
    changes = {"proxy": smoke["proxy"] | proxy, "pruning": {"rungs": [0.25], "reduction": 100}}
    Path("own.yaml").write_text(yaml.safe_dump(smoke | changes))
    assert search.main(["--study", "./own.yaml", "--trials", "6"]) == 0
    said = capsys.readouterr().out
    trials = pd.read_csv("runs/own/trials.csv")
    stopped = trials[(trials.state == "stopped") & trials.duplicate_of.isna()]
    searched = trials[(trials.role == "search") & trials.duplicate_of.isna()]
    slow = searched[searched.latency_front_ms > STOPPED_ABOVE_MS]
    assert len(slow)
    assert list(stopped.trial) == list(slow.trial)
    assert (stopped.rung == 0.25).all()
    assert stopped.top1.isna().all()
    assert not stopped.on_front.any()
    assert said.count("stopped at 25 % of its training") == len(stopped)
    log = Path("runs/own/logs") / f"{stopped.trial.iloc[0]:05}.log"
    assert "25 %, a rung: accuracy" in log.read_text()
    assert "stopped" in Path("runs/own/report.html").read_text()
    assert not list(Path("runs/own/checkpoints").iterdir())
    assert status.main(["own"]) == 0
    assert f"{len(stopped)} stopped" in capsys.readouterr().out
