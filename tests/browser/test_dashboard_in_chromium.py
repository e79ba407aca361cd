"""The dashboard as a person uses it, in a real browser."""

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from dashboard_page import PATIENCE_S, DashboardPage, Open
from dashboard_server import serving
from playwright.sync_api import Browser, expect
from synthetic import append_trials, synthetic_records, synthetic_run

from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.results.row import trial_title
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import State

pytestmark = pytest.mark.slow

PAGES = ("", "pareto", "network", "compare", "space", "latency", "ablations", "running")
HOSTILE = '<img src=x onerror="window.hacked=1"> ![x](http://example.com/x.png) <b>bold</b>'
NETWORKS = 40
NAVIGATION = ["Pareto", "Network", "Compare", "Space", "Latency", "Ablations", "Running"]
MAX_IN_LINK = 50  # of the networks picked, the page's own


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "searched", NETWORKS)


@pytest.fixture(scope="module")
def address(run_dir: Path) -> Iterator[str]:
    with serving(run_dir) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    expect.set_options(timeout=PATIENCE_S * 1000)
    contexts = []

    def open_page(url: str, *, width: int = 1366, scheme: str = "light") -> DashboardPage:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        return DashboardPage(context.new_page(), url)

    yield open_page
    for context in contexts:
        context.close()


def name_of(run_dir: Path, number: int) -> str:
    return trial_title(StudyReader(run_dir / STORE_FILE).read().trials[number])


def trained(run_dir: Path) -> list[int]:
    trials = StudyReader(run_dir / STORE_FILE).read().trials
    return [trial.number for trial in trials if trial.state is State.COMPLETE]


def test_a_click_on_a_point_leads_to_its_network(address: str, run_dir: Path, opened: Open) -> None:
    page = opened(address)
    trial = page.lonely()
    page.click_trial(trial)
    link = page.picked_link()
    box = link.bounding_box()
    assert box is not None
    assert 0 < box["y"] < 900  # where the eye is, above the figure
    expect(link).to_contain_text(name_of(run_dir, trial))
    link.locator("a").click()
    heading = f"{name_of(run_dir, trial)} of searched: latency_iphone"
    expect(page.page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.query["trial"] == [str(trial)]
    page.settle()
    assert "Where the milliseconds go" in page.text


def test_a_box_selects_the_networks_inside(address: str, opened: Open) -> None:
    page = opened(address)
    expect(page.page.locator(".js-plotly-plot [data-title='Lasso Select']").first).to_be_visible()
    trials = page.points()
    page.select_box()
    page.wait_for_trace("picked")
    assert len(page.query["picked"]) == min(len(trials), MAX_IN_LINK)


def test_a_filter_narrows_the_front_and_stands_in_the_link(
    address: str, run_dir: Path, opened: Open
) -> None:
    page = opened(address)
    total = len(StudyReader(run_dir / STORE_FILE).read().trials)
    expect(page.page.get_by_text(f"{total} of {total} trials")).to_be_visible()
    page.choose("Filter by", "state")
    page.choose("state", "rejected")
    rejected = total - len(trained(run_dir)) - count(run_dir, State.FAILED)
    expect(page.page.get_by_text(f"{rejected} of {total} trials")).to_be_visible()
    page.settle()  # the address follows the page
    again = opened(page.page.url)
    expect(again.page.get_by_text(f"{rejected} of {total} trials")).to_be_visible()


def count(run_dir: Path, state: State) -> int:
    return sum(trial.state is state for trial in StudyReader(run_dir / STORE_FILE).read().trials)


def test_the_address_restores_colour_budget_and_page(address: str, opened: Open) -> None:
    page = opened(address)
    page.choose("Colour", "stage3.residual")
    page.wait_for_trace("stage3.residual = ")
    budget = page.page.get_by_label("Latency budget, ms", exact=True)
    budget.fill("7")
    budget.press("Enter")
    expect(page.page.get_by_text("Best within 7 ms")).to_be_visible()
    page.settle()
    again = opened(page.page.url)
    expect(again.page.get_by_text("Best within 7 ms")).to_be_visible()
    again.wait_for_trace("stage3.residual = ")
    assert again.plot() == page.plot()


def brightness(color: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", color)[:3]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_theme(scheme: str, address: str, opened: Open) -> None:
    page = opened(address, scheme=scheme)
    page.points()
    ground = sum(brightness(page.background()))
    ticks = page.page.locator(".js-plotly-plot .xtick text, .js-plotly-plot .x2tick text").first
    ink = sum(brightness(ticks.evaluate("text => getComputedStyle(text).fill")))
    assert (ground < 3 * 128) == (scheme == "dark")
    assert abs(ground - ink) > 3 * 70


def test_the_theme_can_be_switched_in_the_menu(address: str, opened: Open) -> None:
    page = opened(address)
    light = page.background()
    page.page.get_by_test_id("stMainMenuButton").click()
    page.page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.page.get_by_test_id("stApp")).not_to_have_css("background-color", light)
    assert sum(brightness(page.background())) < sum(brightness(light))


def test_tables_and_figures_are_downloaded(address: str, opened: Open) -> None:
    page = opened(address)
    front = pd.read_csv(io.StringIO(page.download("CSV").read_text()))
    assert {"network", "trial", "proxy accuracy, %"} <= set(front)
    assert page.download("HTML").read_text().count("plotly") > 10
    plot = page.page.locator(".js-plotly-plot").first
    plot.hover()
    with page.page.expect_download() as waiting:
        plot.locator("[data-title*='Download plot']").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    page.page.get_by_role("radio", name="SVG").click()
    page.page.wait_for_function(
        "document.querySelector('.js-plotly-plot')._context.toImageButtonOptions.format == 'svg'"
    )
    plot.hover()
    with page.page.expect_download() as waiting:
        plot.locator("[data-title*='Download plot']").click()
    assert Path(waiting.value.path()).read_text().startswith("<svg")


def test_a_running_search_grows_on_the_page_and_the_selection_stays(
    tmp_path: Path, opened: Open
) -> None:
    run_dir = synthetic_run(tmp_path / "growing", 12)
    records = synthetic_records(load_study("latency_iphone")[1], 20)[-8:]
    with serving(run_dir) as address:
        page = opened(address)
        page.choose("Colour", "stage3.residual")
        page.wait_for_trace("stage3.residual = ")
        trial = page.lonely()
        page.click_trial(trial)
        expect(page.page.get_by_text("15 of 15 trials")).to_be_visible()
        append_trials(run_dir / STORE_FILE, records)
        expect(page.page.get_by_text("23 of 23 trials")).to_be_visible()
        page.settle()
        expect(page.picked_link()).to_contain_text(name_of(run_dir, trial))
        assert any(name.startswith("stage3.residual = ") for name, _ in page.plot())


def test_a_store_that_breaks_and_heals_says_so_without_a_traceback(
    tmp_path: Path, opened: Open
) -> None:
    run_dir = synthetic_run(tmp_path / "breaking", 12)
    store = run_dir / STORE_FILE
    whole = store.read_bytes()
    with serving(run_dir) as address:
        page = opened(address)
        store.write_bytes(whole[: len(whole) // 2])
        expect(page.page.get_by_text("the store is not complete.")).to_be_visible()
        expect(page.page.get_by_text("15 of 15 trials")).to_be_visible()
        store.write_bytes(whole)
        expect(page.page.get_by_text("the store is not complete.")).to_have_count(0)
        assert "Traceback" not in page.text


def test_what_a_store_says_is_shown_as_text(tmp_path: Path, opened: Open) -> None:
    run_dir = synthetic_run(tmp_path / "a <b>folder</b>", 12)
    with closing(sqlite3.connect(run_dir / STORE_FILE)) as connection, connection:
        connection.execute("UPDATE studies SET study_name = ?", (HOSTILE,))
        connection.execute(
            "UPDATE study_user_attributes SET value_json = "
            "json_set(value_json, '$.config.description', ?)",
            (HOSTILE,),
        )
        connection.execute(
            "UPDATE trial_user_attributes SET value_json = json_set(value_json, '$.rejection', ?) "
            "WHERE json_extract(value_json, '$.rejection') IS NOT NULL OR trial_id = 6",
            (HOSTILE,),
        )
    with serving(run_dir) as address:
        for name in PAGES:
            page = opened(f"{address}/{name}")
            assert page.page.evaluate("window.hacked") is None
            assert page.page.locator("img[src='x'], img[src*='example.com']").count() == 0
            assert page.hosts == {"127.0.0.1"}
            assert page.errors == []
        assert HOSTILE[:20] in opened(address).text


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1366, 390])
def test_no_page_is_wider_than_the_window_or_asks_another_host(
    name: str, width: int, address: str, opened: Open
) -> None:
    page = opened(f"{address}/{name}", width=width)
    assert page.page.get_by_test_id("stException").count() == 0
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    links = page.page.locator("[data-testid=stPageLink] a:visible")
    assert [link.inner_text() for link in links.all()][:7] == NAVIGATION
    assert page.hosts == {"127.0.0.1"}
    assert page.errors == []


def test_a_cell_of_a_table_leads_to_its_network(address: str, opened: Open) -> None:
    page = opened(address)
    page.points()
    grid = page.page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    page.page.wait_for_timeout(1000)
    box = grid.bounding_box()
    assert box is not None
    place = (box["x"] + 22, box["y"] + 52)  # the name in the first row
    page.page.mouse.move(*place)
    with page.page.context.expect_page() as waiting:
        page.page.mouse.click(*place)
    expect(waiting.value.get_by_role("heading").first).to_contain_text("of searched")


def test_the_keyboard_reaches_the_table_of_all_points(address: str, opened: Open) -> None:
    page = opened(address)
    page.points()
    page.page.get_by_text("All points as a table").locator("xpath=ancestor::summary").focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_test_id("stDataFrame")).to_have_count(3)
    page.settle()
    for _ in range(8):
        page.page.keyboard.press("Tab")
        if page.page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    page.page.keyboard.press("ArrowDown")
    page.page.wait_for_function("document.activeElement.textContent.includes('trial=')")


CONTRAST = """
() => {
  const parse = color => { const n = color.match(/[\\d.]+/g).map(Number); return [...n, 1]; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3]));
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const v = c[i] / 255;
    return sum + w * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ground = document.querySelector("[data-testid=stApp]");
  const app = parse(getComputedStyle(ground).backgroundColor);
  const texts = document.querySelectorAll(
    "[data-testid=stCaptionContainer] p, .xtick text, .ytick text, .x2tick text, .g-xtitle text, "
    + ".g-ytitle text, .legendtext, .textpoint text, .annotation-text");
  return [...texts].filter(text => text.getBoundingClientRect().width).map(text => {
    const style = getComputedStyle(text);
    const ink = parse(text instanceof SVGElement ? style.fill : style.color);
    let opacity = ink[3];
    for (let node = text; node; node = node.parentElement) {
      opacity *= Number(getComputedStyle(node).opacity);
    }
    const [a, b] = [light(over([...ink.slice(0, 3), opacity], app)), light(app)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["", "running"])
def test_text_is_dark_enough_on_its_ground(
    scheme: str, name: str, address: str, opened: Open
) -> None:
    page = opened(f"{address}/{name}", scheme=scheme)
    page.page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.page.wait_for_timeout(1000)
    ratios = page.page.evaluate(CONTRAST)
    assert len(ratios) > 5
    assert min(ratios) >= 4.5
