"""Command: a verb of the command line, declared by its options and what it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nasbench_mvit.cli.shared.options import Options
from nasbench_mvit.cli.shared.parser import Parser, guarded

VERB = "verb"
O = TypeVar("O", bound=Options)  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class Command(Generic[O]):
    """A verb, which runs when it is called.

    Attributes:
        prog: how it is called; empty in a group.
        description: what it does, for its help.
        about: likewise in a few words, for the help of its group; as ``description`` if empty.
        options: the class of its options.
        run: does it and returns the exit code; modules that are slow to load are imported within.
    """

    prog: str = ""
    description: str
    about: str = ""
    options: type[O]
    run: Callable[[O], int]

    def parser(self) -> Parser:
        """Return the parser of its command line."""
        parser = Parser(prog=self.prog, description=self.description)
        self.options.declare(parser)
        return parser

    def parse(self, args: list[str] | None = None) -> O:
        """Return the options of a command line, by default that of this process."""
        parser = self.parser()
        return self.checked(parser, vars(parser.parse_args(args)))

    def checked(self, parser: Parser, values: Mapping[str, Any]) -> O:
        """Return the options that a parser has found, if they go together."""
        options = self.options.of(values)
        options.check_options(parser)
        return options

    def __call__(self, args: list[str] | None = None) -> int:
        """Run the command line; return its exit code."""
        options = self.parse(args)
        return guarded(self.prog, lambda: self.run(options))


@dataclass(frozen=True, kw_only=True)
class CommandGroup:
    """A verb that has verbs of its own.

    Attributes:
        prog: how it is called.
        description: what they have in common, for its help.
        verbs: its verbs by their names.
    """

    prog: str
    description: str
    verbs: Mapping[str, Command[Any]]

    def parser(self) -> Parser:
        """Return the parser of its command line."""
        parser = Parser(prog=self.prog, description=self.description)
        group = parser.add_subparsers(dest=VERB, required=True, metavar="VERB", parser_class=Parser)
        for name, verb in self.verbs.items():
            about = verb.about or verb.description
            verb.options.declare(group.add_parser(name, help=about, description=verb.description))
        return parser

    def parse(self, args: list[str] | None = None) -> Any:
        """Return the options of a command line, by default that of this process."""
        return self._parsed(args)[1]

    def __call__(self, args: list[str] | None = None) -> int:
        """Run the command line; return its exit code."""
        name, options = self._parsed(args)
        return guarded(f"{self.prog} {name}", lambda: self.verbs[name].run(options))

    def _parsed(self, args: list[str] | None) -> tuple[str, Options]:
        parser = self.parser()
        values = vars(parser.parse_args(args))
        name = values[VERB]
        return name, self.verbs[name].checked(parser, values)
