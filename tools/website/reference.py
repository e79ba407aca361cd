"""The reference of the documentation site: the commands, and the public API by its docstrings."""

from collections.abc import Iterator, Mapping

import nasbench_mvit
from nasbench_mvit.cli.entry_point import GROUPS, VERBS, command_of

#: The page of a public name, by the longest beginning of its module that is listed.
TITLES: Mapping[str, str] = {
    "networks": "Networks and costs",
    "studies": "Studies",
    "latency": "Latency",
    "training": "Training and export",
    "evidence": "Evidence",
}
PAGES: Mapping[str, str] = {
    "errors": "networks",
    "architecture": "networks",
    "cost": "networks",
    "models": "networks",
    "latency": "latency",
    "search": "studies",
    "surrogate": "evidence",
    "table": "evidence",
    "training": "training",
    "workbench.ablations": "evidence",
    "workbench.samplers": "evidence",
    "workbench.costs": "networks",
    "workbench.evaluations": "training",
    "workbench.exports": "training",
    "workbench.full_training": "training",
    "workbench.measurements": "latency",
    "workbench.predictors": "latency",
    "workbench.proxies": "evidence",
    "workbench.shared": "studies",
    "workbench.studies": "studies",
    "workbench.supernets": "evidence",
    "workbench.surrogates": "evidence",
    "workbench.tables": "evidence",
}


def reference_pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    names: dict[str, list[str]] = {page: [] for page in TITLES}
    for name, module in nasbench_mvit._HOMES.items():  # noqa: SLF001 - nothing is loaded thus
        names[_page_of(module)].append(name)
    pages = {page: _api_page(TITLES[page], found) for page, found in names.items()}
    return {**pages, "commands": "\n".join(_commands())}


def _page_of(module: str) -> str:
    """Return the page of a module.

    Raises:
        KeyError: ``PAGES`` says nothing of its room.
    """
    inside = module.split(".")
    return PAGES.get(inside[0]) or PAGES[".".join(inside[:2])]


def _api_page(title: str, names: list[str]) -> str:
    """Return a page of functions first, then classes."""
    functions_first = sorted(names, key=lambda name: (name[0].isupper(), name.lower()))
    blocks = [f"::: nasbench_mvit.{name}\n" for name in functions_first]
    return "\n".join([f"# {title}\n\nFrom `nasbench_mvit`, as everything here.\n", *blocks])


def _commands() -> Iterator[str]:
    """Yield the help of every verb."""
    yield "# Commands\n\n`python -m nasbench_mvit VERB` is the same as `nasbench-mvit VERB`.\n"
    for group, verbs in GROUPS.items():
        listed = (f"[`{verb}`](#{verb}): {about}" for verb, about in verbs.items())
        yield f"To {group}: {'; '.join(listed)}.\n"
    for verb in VERBS:
        yield f"## {verb}\n"
        for part in _helps(verb):
            yield f"```text\n{part}```\n"


def _helps(verb: str) -> Iterator[str]:
    command = command_of(verb)
    yield command.parser().format_help()  # type: ignore[attr-defined]
    for name in getattr(command, "verbs", ()):
        yield command.verbs[name].parser().format_help()  # type: ignore[attr-defined]
