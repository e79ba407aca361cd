"""What several people do with the pages: compare networks, leave notes, pass a page on."""

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from synthetic import synthetic_run

from nasbench_mvit.cli.dashboard.command import scripts
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.studies.notes import EMPTY, read_notes, write_note
from nasbench_mvit.workbench.studies.open import open_study

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "searched", 12)


@pytest.fixture
def run(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "searched")


def test_networks_of_two_studies_are_compared(
    run: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    networks = ["searched:0", "other:1", "searched:5"]
    app = open_page("compare", run, other, study="searched", beside="other", networks=networks)
    assert not app.exception
    assert app.query_params["networks"] == networks
    numbers, fields = (table.value for table in app.dataframe)
    assert numbers.network.tolist()[:2] == [
        "MobileViT-S, trial 0 of searched", "MobileViT-XS, trial 1 of other"
    ]  # fmt: skip
    assert list(fields)[1:] == numbers.network.tolist()


def test_the_comparison_is_of_the_front_and_the_published_at_first(
    run: Path, open_page: OpenPage
) -> None:
    app = open_page("compare", run)
    assert not app.exception
    assert 2 <= len(app.multiselect(key="networks").value) <= 5
    app.multiselect(key="networks").set_value(["searched:0"]).run()
    assert "Choose two to five networks" in app.info[0].value


def test_a_note_is_saved_beside_the_study_alone(run: Path, open_page: OpenPage) -> None:
    before = {path: path.read_bytes() for path in run.iterdir()}
    app = open_page("network", run, trial="5")
    app.multiselect(key="tags.searched.5").set_value(["keep"])
    app.text_area(key="note.searched.5").set_value("fast <b>and</b> good")
    app.button(key="save.searched.5").click().run()
    assert not app.exception
    assert not app.error
    note = read_notes(open_study(run)).of(5)
    assert (note.text, note.tags) == ("fast <b>and</b> good", ("keep",))
    assert {path: path.read_bytes() for path in before} == before
    assert open_page("network", run, trial="5").text_area(key="note.searched.5").value == note.text
    app = open_page("pareto", run, filter="tags")
    assert "1 of 15 trials" in [caption.value for caption in app.caption]


def test_a_note_that_somebody_else_changed_meanwhile_is_shown(
    run: Path, open_page: OpenPage
) -> None:
    app = open_page("network", run, trial="5")
    app.text_area(key="note.searched.5").set_value("mine")
    write_note(open_study(run), 5, {"text": "theirs"}, before=EMPTY)
    app.button(key="save.searched.5").click().run()
    assert app.error[0].value.endswith("theirs")
    assert app.text_area(key="note.searched.5").value == "mine"
    app.button(key="save.searched.5").click().run()
    assert read_notes(open_study(run)).of(5).text == "mine"


def test_notes_that_cannot_be_read_do_not_keep_the_page(run: Path, open_page: OpenPage) -> None:
    (run / "notes.json").write_text("{")
    app = open_page("pareto", run)
    assert not app.exception
    assert any("is damaged" in each.value for each in app.warning)


@pytest.mark.parametrize("name", ["pareto", "network", "compare", "running"])
def test_a_share_has_what_the_page_shows(name: str, run: Path, open_page: OpenPage,
                                         monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.syspath_prepend(str(scripts()))
    share = importlib.import_module("share")
    kept: list[Callable[[], str]] = []
    monkeypatch.setattr(share, "add", kept.append)
    app = open_page(name, run)
    page = share.document("A page of searched", kept, {"trial": "5"})
    plain = page.replace("&#x27;", "'").replace("&amp;", "&").replace("&gt;", ">")
    for heading in app.subheader:
        assert heading.value.replace("\\", "") in plain
    for table in app.dataframe:
        assert all(f"<th>{column}</th>" in plain for column in table.value)
    assert page.count("<figure") == len(app.get("plotly_chart"))
    assert page.count("<script") == 2 + page.count("<figure")
    assert "Chosen there: trial: 5." in page
    assert STORE_FILE not in page
