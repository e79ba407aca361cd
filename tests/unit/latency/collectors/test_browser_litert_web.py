"""Where LiteRT.js comes from: two packages of npm, made one folder."""

import dataclasses
import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.runtimes import litert_web
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget


def tarball(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm with both packages; return its log."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    imports = 'import { createWasmLib } from "@litertjs/wasm-utils";'
    contents = {
        "CORE": {"dist/index.js": imports} | {f"wasm/{n}": n for n in litert_web.FILES[2:]},
        "UTILS": {"dist/index.js": "export const createWasmLib = 0;"},
    }
    for name, files in contents.items():
        package, content = getattr(litert_web, name), tarball(files)
        (bin_dir / package.name.replace("/", "-")).write_bytes(content)
        digest = hashlib.sha512(content).hexdigest()
        monkeypatch.setattr(litert_web, name, dataclasses.replace(package, sha512=digest))
    log, program = tmp_path / "npm.log", bin_dir / "npm"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\nname=$(echo "${{2%@*}}" | tr / -)\n'
        f'cat "{bin_dir}/$name" > it.tgz\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_dir}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return log


def test_a_worker_can_import_what_is_kept(npm: Path) -> None:
    first, second = litert_web.cached_copy(), litert_web.cached_copy()
    assert first == second
    assert all((first.folder / name).is_file() for name in first.files)
    text = (first.folder / first.entry).read_text()
    assert text == 'import { createWasmLib } from "./wasm_utils.js";'
    assert len(npm.read_text().splitlines()) == 2  # each package once


def test_a_copy_of_the_other_runtime_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match=r"is LiteRT\.js.*take another `engine=`"):
        BrowserTarget(engine="litert-wasm", ort_web=tmp_path)
