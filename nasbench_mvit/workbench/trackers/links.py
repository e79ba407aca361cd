"""``tracking.json``: the run of each trial or training in each tracker, beside the results."""

import json
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.io.text_files import write_text

FILE = "tracking.json"


@dataclass(frozen=True)
class Link:
    """A run: what opens it again, and where a person finds it."""

    id: str
    link: str


def read_links(folder: Path) -> dict[str, dict[str, Link]]:
    """Return the runs by tracker and name; empty where there are none, or the file is damaged."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {
            tracker: {name: Link(**entry) for name, entry in runs.items()}
            for tracker, runs in content.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_link(folder: Path, tracker: str, name: str, link: Link) -> None:
    """Add a run to those in a folder."""
    links = read_links(folder)
    links.setdefault(tracker, {})[name] = link
    content = {
        key: {run: vars(entry) for run, entry in runs.items()} for key, runs in links.items()
    }
    write_text(folder / FILE, json.dumps(content, indent=1, ensure_ascii=False))
