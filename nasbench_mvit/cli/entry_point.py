"""The entry point: ``nasbench-mvit VERB …`` and ``python -m nasbench_mvit VERB …``.

Each verb has a folder here, whose ``command`` module is imported only when the verb is asked for.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from nasbench_mvit.cli.shared.output import accept_any_text
from nasbench_mvit.errors import unknown
from nasbench_mvit.version import __version__

PROG = "nasbench-mvit"
USAGE_ERROR = 2
PACKAGES = Path(__file__).parents[2]  # what holds this package
SHELLS = ("bash", "zsh", "tcsh")
INSTALL_COMPLETION = "pip install 'nasbench-mvit[completion]'"

#: What a person wants, and the verbs for it with one line each.
GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "find networks": {
        "search": "find the Pareto front of accuracy and latency",
        "status": "show how a search is doing, in the terminal",
        "dashboard": "look at searches in the browser, while they run and afterwards",
    },
    "use a network": {
        "train": "train a network in full, by the paper's recipe",
        "evaluate": "score weights on images: top-1 and top-5, mAP or mIoU",
        "cost": "count parameters, MACs and activation memory",
        "export": "write a network as files for a phone or another runtime",
    },
    "know a device": {
        "measure": "time networks on a device",
        "predictor": "fit, transfer, evaluate and use latency predictors",
    },
    "trust the numbers": {
        "ablate": "train what an ablation study compares, and report effects",
        "proxy": "compare a proxy's ranking of networks with longer training",
        "table": "build a benchmark table, or compare samplers on tables",
        "surrogate": "build a surrogate of the proxy, or report its error",
        "supernet": "train networks of a space with shared weights, and rank them",
    },
}
VERBS: Final = tuple(verb for verbs in GROUPS.values() for verb in verbs)


def main(args: list[str] | None = None) -> int:
    """Run the verb that the arguments name; return the exit code."""
    accept_any_text()
    first, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    if first in {"-h", "--help", "help"}:
        sys.stdout.write(overview())
        return 0
    if first == "--version":
        sys.stdout.write(f"{PROG} {__version__}\n")
        return 0
    if first == "--print-completion":
        return _print_completion(rest)
    if first not in VERBS:
        sys.stderr.write(f"{PROG}: {unknown('command', first, VERBS)} See {PROG} --help.\n")
        return USAGE_ERROR
    return command_of(first)(rest)


def run_module(*verb: str) -> int:
    """Run the arguments of ``python -m``, after ``verb``; return the exit code."""
    hide_working_directory()
    return main([*verb, *sys.argv[1:]])


def hide_working_directory() -> None:
    """Take the directory that ``python -m`` puts before all others off the path, for libraries too.

    It stays where this package itself lies in it, as in a clone that is not installed.
    """
    here = Path.cwd()
    if not sys.flags.safe_path and here == Path(sys.path[0]).resolve() != PACKAGES:
        del sys.path[0]


def command_of(verb: str) -> Callable[[list[str]], int]:
    """Return the function that runs ``verb`` with its arguments and returns the exit code."""
    module = importlib.import_module(f"nasbench_mvit.cli.{verb}.command")
    run: Callable[[list[str]], int] = module.main
    return run


def overview() -> str:
    """Return the text of ``--help``: every verb, grouped by what a person wants."""
    width = max(map(len, VERBS))
    lines = [
        f"usage: {PROG} VERB [options]       {PROG} VERB --help says more",
        "",
        "Hardware-aware architecture search and ablation of MobileViT.",
    ]
    for group, verbs in GROUPS.items():
        lines += ["", f"{group}:"]
        lines += [f"  {verb:<{width}}  {what}" for verb, what in verbs.items()]
    lines += [
        "",
        "options:",
        "  --version                 print the version",
        f"  --print-completion SHELL  print completions for {', '.join(SHELLS)}",
        "",
        f"`python -m nasbench_mvit VERB` is the same as `{PROG} VERB`.",
    ]
    return "\n".join(lines) + "\n"


def _print_completion(args: list[str]) -> int:
    from nasbench_mvit.cli.completion import completion  # noqa: PLC0415 - loads every verb

    shell = args[0] if len(args) == 1 else ""
    if shell not in SHELLS:
        known = unknown("shell", shell, SHELLS)
        sys.stderr.write(f"{PROG}: --print-completion takes one shell: {known}\n")
        return USAGE_ERROR
    try:
        sys.stdout.write(completion(shell))
    except ImportError:
        sys.stderr.write(f"{PROG}: completions need shtab. Install it: {INSTALL_COMPLETION}\n")
        return USAGE_ERROR
    return 0
