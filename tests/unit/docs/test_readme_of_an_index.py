"""README as an index shows it: every link is an address, by the substitutions of the build."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
HOOK = "fancy-pypi-readme"


def test_every_link_is_an_address_of_a_file_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    text = (ROOT / "README.md").read_text()
    for rule in project["tool"]["hatch"]["metadata"]["hooks"][HOOK]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", text)
    assert len(links) > 20
    assert all(link.startswith(("https://", "#")) for _, link in links)
    images = [link for image, link in links if image]
    assert images
    raw, page = "https://raw.githubusercontent.com/", "https://github.com/nasbench-mvit/"
    assert all(link.startswith(raw) for link in images)
    mine = [link for _, link in links if link.startswith((raw, page)) and "/main/" in link]
    assert all((ROOT / link.partition("/main/")[2].partition("#")[0]).exists() for link in mine)
