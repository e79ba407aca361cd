"""Options are declared once, as fields, and reach a command as a typed object."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import nasbench_mvit.cli
from nasbench_mvit.cli.shared.command import Command, CommandGroup
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import Parser, positive_int


@dataclass(frozen=True, kw_only=True)
class Place(Options):
    """Shared by two commands."""

    host_name: str | None = option(group="where", help="a machine")
    port: int = option(type=positive_int, default=80, group="where", help="on it")

    def check_options(self, parser: Parser) -> None:
        """Refuse a port without a machine."""
        if self.port != 80 and self.host_name is None:
            parser.error("argument --port: needs --host-name")


@dataclass(frozen=True, kw_only=True)
class Asked(Options):
    """Of one command."""

    what: str = option("what")
    place: Place = included(Place)
    path: str | None = option("-o", "--output", help="a file")
    again: list[str] = option(action="append", help="may be repeated")
    spec: str | None = option(one_of="network", required=True)
    space: str | None = option(one_of="network", required=True)
    dry_run: bool = flag(help="only show it")


command = Command(prog="ask", description="Ask.", options=Asked, run=lambda asked: len(asked.again))
group = CommandGroup(prog="all", description="All.", verbs={"ask": command})


def test_what_is_given_has_its_place_and_the_rest_its_default() -> None:
    asked = command.parse(
        ["x", "--space", "s", "--host-name", "h", "-o", "f", "--again", "a", "--again", "b"]
    )
    assert asked == Asked(
        what="x",
        place=Place(host_name="h"),
        path="f",
        again=["a", "b"],
        spec=None,
        space="s",
        dry_run=False,
    )
    assert command.parse(["x", "--spec", "s", "--dry-run"]).dry_run
    assert list(Place(port=8).not_default()) == [("--port", 8)]
    assert [name for name, _ in asked.not_default()] == [
        "what",
        "--host-name",
        "--output",
        "--again",
        "--space",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x", "one of the arguments --spec --space is required"),
        ("x --spec a --space b", "--space: not allowed with argument --spec"),
        ("x --spec a --again=", "argument --again: must not be empty"),
        ("x --spec=", "argument --spec: must not be empty"),
        ("x --spec a --port 81", "argument --port: needs --host-name"),
        ("x --spec a --port 0", "1 or more"),
        ("x --spec a --portt 1", "Did you mean '--port'?"),
    ],
)
def test_what_does_not_go_together_is_refused(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for main, args in ((command, line.split()), (group, ["ask", *line.split()])):
        with pytest.raises(SystemExit) as ended:
            main(args)
        assert ended.value.code == 2
        assert message in capsys.readouterr().err


def test_a_verb_of_a_group_runs_with_its_options() -> None:
    assert group(["ask", "x", "--spec", "s", "--again", "a", "--again", "b"]) == 2
    assert group.parse(["ask", "x", "--spec", "s"]) == command.parse(["x", "--spec", "s"])


def test_only_the_parser_knows_a_namespace() -> None:
    (folder,) = nasbench_mvit.cli.__path__
    names = [p.name for p in Path(folder).rglob("*.py") if "Namespace" in p.read_text("utf-8")]
    assert names == ["parser.py"]
