"""The links of a built site that lead nowhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """Collects the anchors of a page and the addresses that it refers to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.update(filter(None, (found.get("id"), found.get("name"))))
        if tag != "base":
            self.links.update(filter(None, (found.get("href"), found.get("src"))))


def broken_links(site: Path) -> Iterator[tuple[str, str]]:
    """Yield the page and the text of each link to a file, or an anchor, that the site lacks.

    Links to other hosts are not followed. The page of errors, which is shown anywhere, is left out.
    """
    pages = {path.resolve(): _Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for link in sorted(page.links) if path.name != "404.html" else ():
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            anchors = pages[there].anchors if there in pages else {""}
            if not there.is_file() or (
                there in pages and parts.fragment and unquote(parts.fragment) not in anchors
            ):
                yield path.relative_to(site.resolve()).as_posix(), link
