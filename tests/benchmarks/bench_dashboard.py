"""The dashboard with 10,000 trials on two cores: first paint, interaction, a store that grows.

Run by hand: ``python tests/benchmarks/bench_dashboard.py``; it needs Chromium and, as a peer,
``pip install optuna-dashboard``. Both show the same synthetic store in the same browser, each
``--rounds`` times in turn, and so does a bare Streamlit page with a figure of three points, below
which no page of Streamlit can get; the least time counts, for other programs only add to it. The
aims are 2 s for the first paint and 1 s for an interaction.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "support"
sys.path.insert(0, str(SUPPORT))

from dashboard_page import DashboardPage  # noqa: E402
from dashboard_server import free_port, serving, wait_for  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from synthetic import append_trials, synthetic_records, synthetic_run  # noqa: E402

from nasbench_mvit.search.store.location import STORE_FILE  # noqa: E402
from nasbench_mvit.search.study.config import load_study  # noqa: E402

AIMS = {"first paint": 2.0, "interaction": 1.0, "growth": 2.0}
BARE = """
import plotly.graph_objects as go
import streamlit as st
st.plotly_chart(go.Figure(go.Scattergl(x=[1, 2, 3], y=[1, 2, 3], mode="markers")))
"""
BARE_POINTS = 3
STUDY = "latency_iphone"
PATIENCE_MS = 300_000
DRAWN = """
    () => [...document.querySelectorAll('.js-plotly-plot')].some(
        plot => (plot._fullData || []).reduce((sum, trace) => sum + (trace.x || []).length, 0) > %d
    )
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count, rounds = options.trials, options.rounds
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run_dir = synthetic_run(Path(folder) / "synthetic", count)
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        with (
            serving(run_dir) as address,
            peer(run_dir / STORE_FILE) as other,
            bare_page(script) as floor,
        ):
            time.sleep(10)  # until the server has read the store, as it does before it is asked
            pages = {"own": (address, count // 2), "peer": (other, count // 2),
                     "bare": (floor, BARE_POINTS - 1)}  # fmt: skip
            own, drawn = measure(browser, pages, rounds)
            own["growth"] = grow(browser, address, run_dir, count)
        browser.close()
    for what, seconds in own.items():
        sys.stdout.write(f"{what}: {seconds:.2f} s, aim {AIMS[what]:.0f} s\n")
    sys.stdout.write(
        f"all points: {drawn['own']:.2f} s; a bare Streamlit page with {BARE_POINTS} points: "
        f"{drawn['bare']:.2f} s; optuna-dashboard on the same store: {drawn['peer']:.2f} s, "
        f"{drawn['peer'] / drawn['own']:.1f} × ours\n"
    )
    return 0


def measure(
    browser: Browser, pages: Mapping[str, tuple[str, int]], rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return our least seconds of each kind, and those of every page until its points are drawn.

    Args:
        browser: shows all.
        pages: by name the address, and how many points have to be exceeded.
        rounds: how often each is opened, in turn.
    """
    texts, reactions = [], []
    drawn: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(rounds):
        for name, (address, points) in pages.items():
            page = browser.new_page(viewport={"width": 1366, "height": 900})
            started = time.perf_counter()
            page.goto(address, wait_until="commit")
            if name == "own":
                page.get_by_role("heading", name=STUDY).wait_for()
                texts.append(time.perf_counter() - started)
            page.wait_for_function(DRAWN % points, polling=20, timeout=PATIENCE_MS)
            drawn[name].append(time.perf_counter() - started)
            if name == "own":
                reactions.append(react(page))
            page.close()
    own = {"first paint": min(texts), "interaction": min(reactions)}
    return own, {name: min(seconds) for name, seconds in drawn.items()}


def react(page: Page) -> float:
    """Return the seconds from a click on a switch to the figure drawn anew."""
    page.wait_for_timeout(1000)
    bars = "() => document.querySelector('.js-plotly-plot')._fullData.some(t => t.error_x?.visible)"
    before = page.evaluate(bars)
    started = time.perf_counter()
    page.get_by_text("Intervals", exact=True).click()
    page.wait_for_function(f"() => ({bars})() !== {str(before).lower()}", polling=20)
    return time.perf_counter() - started


def grow(browser: Browser, address: str, run_dir: Path, count: int) -> float:
    """Return the seconds from a commit of ten trials to the page that counts them."""
    page = DashboardPage(browser.new_page(viewport={"width": 1366, "height": 900}), address)
    records = synthetic_records(load_study(STUDY)[1], 10)[-10:]
    before = count + 3
    append_trials(run_dir / STORE_FILE, records)
    started = time.perf_counter()
    page.page.get_by_text(f"{before + 10:,} of {before + 10:,} trials").wait_for()
    return time.perf_counter() - started


def peer(store: Path) -> AbstractContextManager[str]:
    """Serve the store by optuna-dashboard."""
    return served(
        lambda port: ["optuna-dashboard", f"sqlite:///{store}", "--port", str(port)],
        check="/dashboard/",
        page="/dashboard/studies/1",
    )


def bare_page(script: Path) -> AbstractContextManager[str]:
    """Serve ``script`` by Streamlit."""
    return served(
        lambda port: ["streamlit", "run", str(script), "--server.port", str(port),
                      "--server.headless", "true", "--browser.gatherUsageStats", "false"],
        check="/_stcore/health",
        page="/",
    )  # fmt: skip


@contextmanager
def served(command: Callable[[int], list[str]], *, check: str, page: str) -> Iterator[str]:
    """Run a server on a free port; yield the address of its page once it answers at ``check``."""
    port = free_port()
    with subprocess.Popen(
        command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        wait_for(f"http://127.0.0.1:{port}{check}", process)
        yield f"http://127.0.0.1:{port}{page}"
        process.terminate()


if __name__ == "__main__":
    sys.exit(main())
