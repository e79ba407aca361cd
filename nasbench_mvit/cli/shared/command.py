"""Command: a verb of the command line, declared by its options and what it runs."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nasbench_mvit.cli.shared.parser import Parser, guarded

VERB = "verb"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A verb, which runs when it is called, or a group of verbs.

    Attributes:
        prog: how it is called.
        description: what it does, for its help.
        about: likewise in a few words, for the help of its group; as ``description`` if empty.
        options: adds its options to a parser.
        check: refuses options that do not go together, by ``Parser.error``.
        run: does it and returns the exit code; modules that are slow to load are imported within.
        verbs: the verbs of a group by their names; a group has neither options nor ``run``.
    """

    prog: str = ""
    description: str
    about: str = ""
    options: Callable[[Parser], object] = lambda _: None
    check: Callable[[Parser, argparse.Namespace], object] = lambda *_: None
    run: Callable[[argparse.Namespace], int] = lambda _: 0
    verbs: Mapping[str, "Command"] = field(default_factory=dict)

    def parser(self) -> Parser:
        """Return the parser of its command line."""
        parser = Parser(prog=self.prog, description=self.description)
        self.options(parser)
        if self.verbs:
            group = parser.add_subparsers(
                dest=VERB, required=True, metavar="VERB", parser_class=Parser
            )
            for name, verb in self.verbs.items():
                description = verb.description
                verb.options(
                    group.add_parser(name, help=verb.about or description, description=description)
                )
        return parser

    def parse(self, args: list[str] | None = None) -> argparse.Namespace:
        """Return the options of a command line, by default that of this process."""
        parser = self.parser()
        options = parser.parse_args(args)
        self._chosen(options).check(parser, options)
        return options

    def __call__(self, args: list[str] | None = None) -> int:
        """Run the command line; return its exit code."""
        options = self.parse(args)
        prog = f"{self.prog} {options.verb}" if self.verbs else self.prog
        return guarded(prog, lambda: self._chosen(options).run(options))

    def _chosen(self, options: argparse.Namespace) -> "Command":
        return self.verbs[options.verb] if self.verbs else self
