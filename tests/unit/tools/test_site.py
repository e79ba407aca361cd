"""The documentation site: its navigation has every page, and broken links are found."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from build_site import DOCS, OTHER_PAGES, ROOT, STAGED, relinked
from website.links import broken_links
from website.reference import PAGES, TITLES, reference_pages
from website.schemas import schema_page

import nasbench_mvit


def listed(nav: object) -> Iterator[str]:
    """Yield the pages of a part of the navigation."""
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from listed(part)


def test_every_page_is_in_the_navigation_once() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    pages += [*OTHER_PAGES.values(), "reference/commands.md", "reference/schemas.md"]
    pages += [f"reference/{name}.md" for name in TITLES]
    assert sorted(listed(nav)) == sorted(pages)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("limits.md#accuracy", "limits.md#accuracy"),
        ("../CONTRIBUTING.md", "contributing.md"),
        ("../README.md", "/tree/main/README.md"),
        ("../studies/smoke.yaml", "/tree/main/studies/smoke.yaml"),
        ("latency_iphone", "/tree/main/docs/latency_iphone"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("#here", "#here"),
    ],
)
def test_a_link_leads_to_the_site_or_to_the_repository(link: str, expected: str) -> None:
    found = relinked(f"[a]({link})", DOCS / "searching.md", STAGED / "searching.md")
    assert found.removesuffix(")").endswith(expected)
    code = f"```\n[a]({link})\n```\n"
    assert relinked(code, DOCS / "searching.md", STAGED / "searching.md") == code


def test_broken_links_are_those_without_a_file_or_an_anchor(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/index.html").write_text('<p id="yes"><a href="../">up</a>')
    (tmp_path / "index.html").write_text(
        '<a href="there/"></a><a href="there/#yes"></a><a href="https://example.org"></a>'
        '<a href="there/#no"></a><a href="gone/"></a><img src="gone.png"><a href="#nowhere"></a>'
    )
    broken = {link for page, link in broken_links(tmp_path) if page == "index.html"}
    assert broken == {"there/#no", "gone/", "gone.png", "#nowhere"}


def test_the_reference_has_every_public_name_once_and_every_command() -> None:
    pages = reference_pages()
    names = [line.removeprefix("::: nasbench_mvit.") for page in TITLES
             for line in pages[page].splitlines() if line.startswith("::: ")]  # fmt: skip
    assert sorted(names) == sorted(set(nasbench_mvit.__all__) - {"__version__"})
    assert set(PAGES.values()) == set(TITLES)
    assert "usage: python -m nasbench_mvit measure" in pages["commands"]


def test_the_schemas_have_a_table_for_each_file() -> None:
    page = schema_page()
    assert page.count("\nThe file: [") == len(list((DOCS / "schemas").glob("*.json")))
    assert "| `schema_version` | `1` | yes |" in page
