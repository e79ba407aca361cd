"""Builds the documentation site in ``build/site`` and checks it; ``make site`` runs it.

The pages of ``docs/`` are staged in ``build/docs``, beside the reference, which is generated. Links
that leave the site lead to the repository.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from website.links import broken_links
from website.reference import reference_pages
from website.schemas import schema_page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STAGED = ROOT / "build/docs"
SITE = ROOT / "build/site"
OTHER_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
CODE = re.compile(r"(?ms)(^ *```.*?^ *```$)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]


def main() -> int:
    """Build the site; return the exit code."""
    stage()
    done = subprocess.run(["zensical", "build", "--strict", "--clean"], cwd=ROOT, check=False)  # noqa: S607
    if done.returncode:
        return done.returncode
    broken = list(broken_links(SITE))
    sys.stdout.writelines(f"{page}: {link} leads nowhere\n" for page, link in broken)
    sys.stdout.write(f"{len(list(SITE.rglob('*.html')))} pages, {len(broken)} broken links\n")
    return 1 if broken else 0


def stage() -> None:
    """Write all pages of the site, and what they show, to ``build/docs``."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    for source, target in staged_files():
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text = relinked(source.read_text(encoding="utf-8"), source, target)
            target.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(source, target)
    (STAGED / "reference").mkdir()
    for name, text in {**reference_pages(), "schemas": schema_page()}.items():
        place = Path("reference", f"{name}.md")
        (STAGED / place).write_text(relinked(text, DOCS / place, STAGED / place), encoding="utf-8")


def staged_files() -> Iterator[tuple[Path, Path]]:
    """Yield each file that the site takes over, and its place."""
    for path in sorted(DOCS.rglob("*")):
        if path.is_file():
            yield path, STAGED / path.relative_to(DOCS)
    for name, place in OTHER_PAGES.items():
        yield ROOT / name, STAGED / place


def relinked(text: str, source: Path, target: Path) -> str:
    """Return the text of a page with its links as they are from its place in the site."""
    places = dict(staged_files())

    def moved(match: re.Match[str]) -> str:
        there = (source.parent / match[1]).resolve()
        place = places.get(there)
        if there.is_relative_to(DOCS / "reference"):  # is generated
            place = STAGED / there.relative_to(DOCS)
        if place is not None:
            return f"]({Path(os.path.relpath(place, target.parent)).as_posix()}"
        return f"]({REPOSITORY}/tree/main/{there.relative_to(ROOT).as_posix()}"

    parts = CODE.split(text)
    parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
