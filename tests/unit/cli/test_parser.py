"""What a command says when something stops it."""

import errno
import logging
import os
from argparse import ArgumentTypeError

import pytest

from nasbench_mvit.cli.shared.parser import guarded, num_workers, num_workers_or_none
from nasbench_mvit.errors import StudyError


@pytest.mark.parametrize(
    ("error", "needles"),
    [
        (StudyError("trials must be 1 or more."), ("trials must be 1 or more.",)),
        (StudyError("unknown study 'a\nb\x1b[2J'."), ("'a b\N{REPLACEMENT CHARACTER}[2J'",)),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "runs/report.html"),
            ("runs/report.html", os.strerror(errno.EACCES), "permissions"),
        ),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), ("a file", "make room")),
        (StudyError("Lower `crop=`."), ("Lower --crop.",)),
        (StudyError("Give `include_trained=`."), ("Give --include-trained.",)),
        (StudyError("Name `classes=`."), ("Name --labels.",)),
        (StudyError("Run `measure`, leave `recipe` out."), ("Run `measure`, leave `recipe` out.",)),
        (OSError("odd"), ("odd",)),
        (MemoryError(), ("out of memory", "--workers", "--batch-size")),
    ],
)
def test_it_ends_with_one_line_and_exit_code_2(
    error: Exception, needles: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> int:
        raise error

    assert guarded("prog", body) == 2
    message = capsys.readouterr().err
    assert message.startswith("prog: ")
    assert message.count("\n") == 1
    for needle in needles:
        assert needle in message


def test_a_lack_of_memory_says_nothing_of_a_proxy_that_a_command_may_not_have(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def body() -> int:
        raise MemoryError("Unable to allocate 9 GiB")

    assert guarded("python -m nasbench_mvit export", body) == 2
    message = capsys.readouterr().err
    assert "Unable to allocate 9 GiB" in message
    assert "proxy" not in message


def test_a_warning_of_the_package_names_options(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> int:
        logging.getLogger("nasbench_mvit.training").warning("Change `peak_rate=` of %s.", "it")
        return 0

    assert guarded("prog", body) == 0
    assert capsys.readouterr().err == "Change --peak-rate of it.\n"


def test_an_error_of_the_program_is_not_hidden() -> None:
    def body() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        guarded("prog", body)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("3", 3)])
def test_decoding_takes_no_process_too(text: str, value: int) -> None:
    assert num_workers_or_none(text) == value


@pytest.mark.parametrize("text", ["-1", "two", "1.5", ""])
def test_a_number_of_processes_states_the_least(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"whole number of 0 or more, got '{text}'"):
        num_workers_or_none(text)
    with pytest.raises(ArgumentTypeError, match=f"whole number of 1 or more, got '{text}'"):
        num_workers(text)
