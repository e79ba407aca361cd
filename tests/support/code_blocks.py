"""The code blocks of README and docs, and what their marks say.

A block runs in the tests unless the line before it is ``<!-- not run: REASON -->``. A Python block
whose first line is ``# NAME.py`` is saved under that name too, for the commands after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
LANGUAGES = ("bash", "json", "python", "text", "yaml")  # text is output, or a picture
RUN = ("bash", "python")
FENCE = re.compile(
    r"(?ms)^(?P<indent> *)(?:<!-- not run: (?P<reason>[^\n]+) -->\n *)?"
    r"```(?P<language>[^\n]*)\n(?P<code>.*?)^ *```$"
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        page: its page, from the root of the repository.
        language: what follows the opening fence.
        code: its lines, without the indent of a list.
        reason: why it is not run; None if it is.
    """

    page: str
    language: str
    code: str
    reason: str | None


def blocks_of(page: str) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    for found in FENCE.finditer((ROOT / page).read_text(encoding="utf-8")):
        code = re.sub(rf"(?m)^{found['indent']}", "", found["code"])
        yield Block(page, found["language"], code, found["reason"])


def all_blocks(*languages: str) -> list[Block]:
    """Return the blocks of all pages in these languages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def commands_of(block: Block) -> Iterator[str]:
    """Yield the command lines of a block for the shell, each in one line and without comments."""
    for line in block.code.replace("\\\n", " ").splitlines():
        if command := re.sub(r"(^|\s)#.*", "", line).strip():
            yield command
