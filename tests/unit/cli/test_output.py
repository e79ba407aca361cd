"""Standard output takes any text: substitutes in narrow encodings, nothing where it is closed."""

import io
import subprocess
import sys

import pytest

from nasbench_mvit.cli.shared.output import accept_any_text

SAID = "0.8 ± 0.1 – ρ 2×2 … caf\udce9"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", rb"0.8 +/- 0.1 - \u03c1 2x2 ... caf\udce9"),
        ("latin-1", b"0.8 \xb1 0.1 - \\u03c1 2\xd72 ... caf\\udce9"),
        ("utf-8", "0.8 ± 0.1 – ρ 2×2 … caf".encode() + rb"\udce9"),
    ],
)
def test_what_an_encoding_lacks(
    monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    accept_any_text()
    sys.stdout.write(SAID)
    sys.stdout.flush()
    assert written.getvalue() == expected


def test_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    accept_any_text()
    sys.stdout.write(SAID)
    assert not sys.stdout.isatty()
    sys.stdout.close()


@pytest.mark.parametrize("entrance", [("nasbench_mvit", "search"), ("nasbench_mvit.search",)])
def test_every_entrance_accepts_any_text(entrance: tuple[str, ...]) -> None:
    arguments = ["--study", "smoke", "--data", "nowhere ±"]
    done = subprocess.run(
        [sys.executable, "-m", *entrance, *arguments],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 2
    assert done.stderr.isascii()
    assert b"nowhere +/-" in done.stderr
