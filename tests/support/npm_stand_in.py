"""Packages as npm packs them, and a program in its place."""

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest


def tarball(files: Mapping[str, str]) -> bytes:
    """Return a package with these files, as npm packs it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def npm_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, packages: Mapping[str, bytes]
) -> Path:
    """Put a program first on the path that packs these packages, and log its calls; return the log.

    The user's cache is in ``folder`` too.
    """
    bin_dir = folder / "bin"
    bin_dir.mkdir()
    for name, content in packages.items():
        (bin_dir / name.replace("/", "-")).write_bytes(content)
    log, program = folder / "npm.log", bin_dir / "npm"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\nname=$(echo "${{2%@*}}" | tr / -)\n'
        f'cat "{bin_dir}/$name" > it.tgz\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_dir}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return log
