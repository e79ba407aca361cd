"""What a command says when something stops it."""

import errno
import os

import pytest

from nasbench_mvit.cli.shared.parser import guarded
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
        (MemoryError(), ("out of memory", "proxy.input_size")),
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


def test_an_error_of_the_program_is_not_hidden() -> None:
    def body() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        guarded("prog", body)
