"""Shell completions for every verb and option, made by shtab from the very parsers."""

import argparse
import importlib

from nasbench_mvit.cli.entry_point import GROUPS, PROG


def completion(shell: str) -> str:
    """Return the completion script of a shell.

    Raises:
        ImportError: shtab is not installed.
    """
    shtab = importlib.import_module("shtab")
    whole = argparse.ArgumentParser(prog=PROG)
    verbs = whole.add_subparsers()
    for group in GROUPS.values():
        for verb, what in group.items():
            command = importlib.import_module(f"nasbench_mvit.cli.{verb}.command")
            verbs.add_parser(verb, help=what, parents=[command.main.parser()], add_help=False)
    script: str = shtab.complete(whole, shell=shell)
    return script
