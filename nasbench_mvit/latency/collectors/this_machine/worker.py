"""Times one file in a process of its own: a request as JSON on its input, the answer likewise.

A process for every network, so that none runs in what another left behind, and one that crashes
takes only itself along. What may be loaded here is loaded after the parent has set the threads.
"""

import contextlib
import dataclasses
import gc
import json
import os
import sys
from collections.abc import Callable

from nasbench_mvit.latency.collectors.timing import TimingPlan, time_runs


def answer(load: Callable[[str, int], Callable[[], object]]) -> None:
    """Answer the request on the standard input.

    Args:
        load: returns a function that runs a file's network once, with that many threads.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    with contextlib.redirect_stdout(sys.stderr), answers:  # a runtime may print
        request = json.load(sys.stdin)
        run = load(request["model"], request["threads"])
        gc.collect()
        gc.disable()
        json.dump(dataclasses.asdict(time_runs(run, TimingPlan(**request["plan"]))), answers)
