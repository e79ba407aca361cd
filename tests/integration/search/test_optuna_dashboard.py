"""optuna-dashboard opens the same store."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from driving import Run
from optuna_dashboard import wsgi

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.search.trials.record import State

STATES = {State.COMPLETE: "Complete", State.STOPPED: "Pruned", State.FAILED: "Fail"}
PRUNING = {"rungs": [0.25], "reduction": 100}  # stops whoever another dominates
Application = Callable[..., Iterable[bytes]]


def get(application: Application, path: str, query: str = "") -> Any:
    """Return the response of the application, without a server."""
    environment: dict[str, Any] = {}
    setup_testing_defaults(environment)
    environment |= {"PATH_INFO": path, "QUERY_STRING": query}
    statuses = []

    def start_response(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        del headers, error
        statuses.append(status)

    body = b"".join(application(environment, start_response))
    assert statuses == ["200 OK"]
    return json.loads(body)


def test_it_lists_the_study_with_every_trial_in_its_state(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=8, pruning=PRUNING)
    run.go()
    application = wsgi(run.location.url)
    (summary,) = get(application, "/api/studies")["study_summaries"]
    assert summary["study_name"] == run.store().study.study_name
    shown = get(application, f"/api/studies/{summary['study_id']}", "after=0")
    ours = run.trials()
    assert [trial["number"] for trial in shown["trials"]] == [trial.number for trial in ours]
    assert Counter(trial.state for trial in ours)[State.STOPPED]
    space = run.candidates.space
    for theirs, trial in zip(shown["trials"], ours, strict=True):
        is_member = space.contains(mobilevit(trial.record.network()))
        assert theirs["state"] == (STATES[trial.state] if is_member else "Pruned")
        if theirs["state"] == "Complete":
            repeated = trial.record.duplicate_of
            first = ours[trial.number if repeated is None else repeated].record
            assert theirs["values"] == [first.top1(), trial.record.latency.ms]
    stopped = {trial.number for trial in ours if trial.state is State.STOPPED}
    assert not stopped & {trial["number"] for trial in shown["best_trials"]}
