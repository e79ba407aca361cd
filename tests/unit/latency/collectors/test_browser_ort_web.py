"""Where onnxruntime-web comes from."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from browsing import ort_copy
from npm_stand_in import npm_in_place, tarball

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.runtimes import ort_web
from nasbench_mvit.latency.collectors.browser.runtimes.ort_web import (
    ALL,
    NAME,
    VERSION,
    cached_copy,
    files_of,
    local_copy,
)
from nasbench_mvit.latency.collectors.browser.targets import Engine


@pytest.mark.parametrize("engine", ["webgpu", "webnn-cpu", "webnn-gpu", "webnn-npu"])
def test_a_copy_as_npm_makes_it(engine: Engine, tmp_path: Path) -> None:
    ort_copy(tmp_path, "1.29.0")
    for folder in (tmp_path, tmp_path / "node_modules" / NAME):
        found = local_copy(folder, engine)
        assert found.version == "1.29.0"
        assert found.entry == "ort.webgpu.min.mjs"
        assert all((found.folder / name).is_file() for name in found.files)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (None, f"holds no {NAME}"),
        ("{", "describes no package"),
        ("[]", "describes no package"),
        ('{"name": "left-pad", "version": "1.0.0"}', "holds 'left-pad' '1.0.0'"),
        (json.dumps({"name": NAME, "version": "../1"}), "'../1'"),
        (json.dumps({"name": NAME, "version": 1}), f"not {NAME}"),
    ],
)
def test_a_folder_that_is_no_copy(tmp_path: Path, described: str | None, message: str) -> None:
    if described is not None:
        (tmp_path / "package.json").write_text(described)
    with pytest.raises(MeasurementError) as refused:
        local_copy(tmp_path, "wasm")
    assert message in str(refused.value)
    assert "npm install" in str(refused.value)


def test_a_copy_that_is_not_whole(tmp_path: Path) -> None:
    missing = files_of("wasm")[1]
    (ort_copy(tmp_path).folder / missing).unlink()
    with pytest.raises(MeasurementError, match=f"lacks {missing}"):
        local_copy(tmp_path, "wasm")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm that leaves ``tarball`` and a line in a log; return the log."""
    described = json.dumps({"name": NAME, "version": VERSION})
    content = tarball({"package.json": described} | {f"dist/{name}": name for name in ALL})
    tested = dataclasses.replace(ort_web.PACKAGE, sha512=hashlib.sha512(content).hexdigest())
    monkeypatch.setattr(ort_web, "PACKAGE", tested)
    return npm_in_place(tmp_path, monkeypatch, {NAME: content})


def test_the_tested_version_is_fetched_once(npm: Path, tmp_path: Path) -> None:
    first, second = cached_copy("wasm"), cached_copy("webgpu")
    assert (first.folder, first.version) == (second.folder, VERSION)
    assert first.folder.is_relative_to(tmp_path / "cache")
    assert {path.name for path in first.folder.iterdir()} == set(ALL)
    assert npm.read_text().splitlines() == [f"pack {NAME}@{VERSION} --ignore-scripts --silent"]


def test_what_was_not_tested_is_not_used(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort_web, "PACKAGE", dataclasses.replace(ort_web.PACKAGE, sha512="0" * 128))
    with pytest.raises(MeasurementError, match="is not what was tested"):
        cached_copy("wasm")
    assert npm.exists()
    assert not (tmp_path / "cache").exists()


def test_npm_that_fails(npm: Path) -> None:
    program = npm.parent / "bin" / "npm"
    program.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    with pytest.raises(MeasurementError, match=r"npm error code ENOTFOUND.*npm install"):
        cached_copy("wasm")


def test_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(MeasurementError, match=r"no npm on the path\. Install Node\.js"):
        cached_copy("wasm")
