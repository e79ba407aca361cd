"""A page of the dashboard in a browser, in the words of a user."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

_POINTS = """
() => {
  const plot = document.querySelector('.js-plotly-plot');
  const box = plot.getBoundingClientRect(), layout = plot._fullLayout, found = {};
  for (const points of plot.calcdata) {
    const data = points[0].trace.customdata;
    if (!data || points[0].trace.yaxis === 'y2') continue;
    points.forEach((point, index) => {
      if (typeof data[index][0] !== 'number') return;  // of a paper, beside estimates
      found[data[index][0]] = [
        box.left + layout.xaxis._offset + layout.xaxis.l2p(point.x),
        box.top + layout.yaxis._offset + layout.yaxis.l2p(point.y),
      ];
    });
  }
  return found;
}
"""


PATIENCE_S = 30
STILL_MS = 500
BOX_MARGIN = 8  # pixels around the outermost points
BOX_STEPS = 5


class DashboardPage:
    """Opens an address and waits until its figures stand."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        page.goto(url)
        self.settle()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def settle(self) -> None:
        """Wait until the script has run and what it draws is there."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)

    @property
    def text(self) -> str:
        return self.page.get_by_test_id("stMain").inner_text()

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    def points(self) -> dict[int, tuple[float, float]]:
        """Return where each trial of the first figure stands, in pixels, once it stands still."""
        self.page.locator(".js-plotly-plot .main-svg").first.wait_for()
        before, found = None, self.page.evaluate(_POINTS)
        while found != before:
            self.page.wait_for_timeout(STILL_MS)
            self.settle()
            before, found = found, self.page.evaluate(_POINTS)
        return {int(trial): (x, y) for trial, (x, y) in found.items()}

    def lonely(self) -> int:
        """Return the trial that stands farthest from its nearest neighbour."""
        points = self.points()
        gaps = {
            trial: min(math.dist(place, other) for key, other in points.items() if key != trial)
            for trial, place in points.items()
        }
        return max(gaps, key=lambda trial: gaps[trial])

    def click_trial(self, trial: int) -> None:
        """Click a point and wait until it is selected."""
        x, y = self.points()[trial]
        self.page.mouse.move(x, y)
        self.page.mouse.click(x, y)
        self.picked_link().wait_for()
        self.settle()

    def picked_link(self) -> Locator:
        """Return the first link to a network that is selected."""
        return self.page.get_by_test_id("stPageLink").filter(has_text="its network").first

    def select_box(self) -> None:
        """Draw a box over the whole upper panel of the first figure."""
        places = self.points().values()
        xs, ys = zip(*places, strict=True)
        self.page.locator(".js-plotly-plot [data-title='Box Select']").first.click()
        self.page.mouse.move(min(xs) - BOX_MARGIN, min(ys) - BOX_MARGIN)
        self.page.mouse.down()
        self.page.mouse.move(max(xs) + BOX_MARGIN, max(ys) + BOX_MARGIN, steps=BOX_STEPS)
        self.page.mouse.up()
        self.picked_link().wait_for()
        self.settle()

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a select box or multiselect and wait until the address has it."""
        before = self.page.url
        box = self.page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.press_sequentially(option)
        self.page.get_by_role("option", name=option, exact=True).first.click()
        self.page.keyboard.press("Tab")
        self.page.wait_for_url(lambda url: url != before)
        self.settle()

    def download(self, label: str, index: int = 0) -> Path:
        """Press a download button and return the file."""
        button = self.page.get_by_test_id("stDownloadButton").get_by_text(label, exact=True)
        with self.page.expect_download() as waiting:
            button.nth(index).click()
        return Path(waiting.value.path())

    def background(self) -> str:
        color: str = self.page.evaluate(
            "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        return color

    def wait_for_trace(self, start: str) -> None:
        """Wait until the first figure has a trace whose name begins with ``start``."""
        self.page.wait_for_function(
            "start => [...document.querySelector('.js-plotly-plot')?.data ?? []]"
            ".some(trace => trace.name?.startsWith(start))",
            arg=start,
        )

    def plot(self) -> Any:
        """Return the data of the first figure: name and number of points of each trace."""
        return self.page.evaluate(
            "[...document.querySelector('.js-plotly-plot').data]"
            ".map(trace => [trace.name, trace.x.length])"
        )


Open = Callable[..., DashboardPage]
