"""Where LiteRT.js comes from: two packages of npm, made one folder."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
from npm_stand_in import npm_in_place, tarball

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.runtimes import litert_web
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm with both packages; return its log."""
    imports = 'import { createWasmLib } from "@litertjs/wasm-utils";'
    contents = {
        "CORE": {"dist/index.js": imports} | {f"wasm/{n}": n for n in litert_web.FILES[2:]},
        "UTILS": {"dist/index.js": "export const createWasmLib = 0;"},
    }
    packages = {}
    for name, files in contents.items():
        package, content = getattr(litert_web, name), tarball(files)
        packages[package.name] = content
        digest = hashlib.sha512(content).hexdigest()
        monkeypatch.setattr(litert_web, name, dataclasses.replace(package, sha512=digest))
    return npm_in_place(tmp_path, monkeypatch, packages)


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
