"""The measurements of a GPU, as a dry run on whatever there is."""

import functools
import json
import sys
from pathlib import Path

import numpy as np
import on_gpu
import pytest
import torch
from gpu.plan import DRY, FULL, TABLE_6, TABLE_11
from PIL import Image

from nasbench_mvit.proxy.truth import truth_networks


@pytest.fixture
def photos(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(256, size=(16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return f"imagefolder:{tmp_path / 'photos'}"


def test_the_full_measurement_is_what_the_docs_say() -> None:
    assert FULL.longer.steps == 10 * FULL.proxy.steps
    assert FULL.longer.input_size == 128
    assert (*FULL.shared, FULL.batch) == (1, 2, 4, 8, 32)
    assert {*TABLE_11, *TABLE_6} == set(FULL.timed)
    assert FULL.ranked is None
    assert set(DRY.ranked or ()) <= set(truth_networks(DRY.longer.input_size))


@pytest.mark.slow
def test_a_dry_run_measures_all_parts_and_does_none_twice(
    photos: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = on_gpu.measure(DRY, minutes=5, out=tmp_path / "out", data=photos)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["device"] == on_gpu.described()
    assert [row["at_once"] for row in found["sharing"]["rounds"]] == list(DRY.shared)
    for row in found["sharing"]["rounds"]:
        expected = 3600 * row["at_once"] / row["seconds"]
        assert row["trainings_per_hour"] == pytest.approx(expected)
    assert [row["network"] for row in found["inference"]["rows"]][: len(DRY.timed)] == [*DRY.timed]
    assert found["inference"]["rows"][0]["iphone12_ms_published"] == 0.92
    assert found["truth"]["completion"] == "done"
    assert set(found["truth"]["top1"]) == set(DRY.ranked or ())
    assert found["truth"]["agreement"].keys() == {"rho", "rho_macs", "tau", "left_out_points"}
    assert "NaN" not in path.read_text(encoding="utf-8")
    for name in ("sharing", "inference", "truth"):
        monkeypatch.setattr(on_gpu, name, None)
    assert on_gpu.measure(DRY, minutes=5, out=tmp_path / "out", data=photos) == path
    assert json.loads(path.read_text(encoding="utf-8")) == found


def test_a_part_that_was_cut_goes_on_and_finished_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = [{"at_once": n, "trainings_per_hour": hour} for n, hour in ((1, 3), (4, 9), (8, 6))]
    done: list[str] = []

    def measured(name: str, *_: object, at_once: int = 0, **__: object) -> dict[str, object]:
        done.append(f"{name} by {at_once}")
        return {"completion": "the time is up" if len(done) == 3 else "done", "rounds": rounds}

    for name in ("sharing", "inference", "truth"):
        monkeypatch.setattr(on_gpu, name, functools.partial(measured, name))
    for _ in range(3):
        on_gpu.measure(FULL, minutes=1, out=tmp_path)
    assert done == ["sharing by 0", "inference by 0", "truth by 4", "truth by 4"]


def test_without_a_gpu_only_a_dry_run_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(sys, "argv", ["on_gpu"])
    with pytest.raises(SystemExit):
        on_gpu.main()
    assert "sees no NVIDIA GPU here; --dry-run runs without one" in capsys.readouterr().err
