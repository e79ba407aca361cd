import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import qai_hub_stand_in
from bad_input import exit_code
from measuring import NETWORK, TARGET, FakeCollector, fake_target, networks
from synthetic import synthetic_run
from tiny_training import tiny_spec

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cli.measure import command as measure
from nasbench_mvit.cli.shared.parser import INTERRUPTED, with_options
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.collectors.processes import environment
from nasbench_mvit.latency.fitting.measured import MIN_ROWS
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.records.blocks import blocks_of
from nasbench_mvit.latency.records.plan import read_plan
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.latency.records.repeatability import Noise, Repeatability
from nasbench_mvit.workbench.measurements import measure as measuring
from nasbench_mvit.workbench.measurements.targets.by_name import TARGETS
from nasbench_mvit.workbench.shared.deadline import deadline

RUN = Path("runs/measure-fake")
FAKE = "--target fake"


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeCollector]:
    """Make ``--target fake`` a collector of arithmetic."""

    def use(**fields: object) -> FakeCollector:
        collector = FakeCollector(**fields)  # type: ignore[arg-type]
        monkeypatch.setitem(TARGETS, "fake", fake_target(collector))
        return collector

    use()
    return use


def run(options: str, expected: int = 0) -> None:
    assert exit_code(options.split(), measure.main) == expected


def specs_file(specs: list[MobileViTSpec]) -> str:
    Path("networks.json").write_text(json.dumps([spec.to_dict() for spec in specs]))
    return "--specs networks.json"


@pytest.mark.usefixtures("fake")
def test_a_sample_with_sweeps_and_ends_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    run(f"{FAKE} --space mobilevit_debug --sample 6 --resolutions 192,256")
    origins = [network.origin for network in read_plan(RUN, 0).networks]
    assert {"sample", "fastest", "mobilevit_xxs", "sweep of resolution"} <= set(origins)
    assert "slowest" not in origins  # MobileViT-XXS is, and no network comes twice
    table = pd.read_csv(RUN / "latencies.csv")
    assert list(table.columns) == [
        "spec_id", "origin", "resolution", "latency_ms", "pass_1_ms", "pass_2_ms"
    ]  # fmt: skip
    assert len(table) == len(origins)
    assert set(table.resolution) == {192, 256}
    found = Repeatability.model_validate_json((RUN / "repeatability.json").read_bytes())
    assert found.noise is not None
    assert found.noise.share_close == 1.0
    said = capsys.readouterr().out
    for part in ("noise floor: 100%", "0 blocks rejected", "runs/measure-fake/records.jsonl",
                 "transfer epyc_onnxruntime runs/measure-fake/records.jsonl"):  # fmt: skip
        assert part in said


def test_the_same_command_resumes_and_another_adds(
    fake: Callable[..., FakeCollector], capsys: pytest.CaptureFixture[str]
) -> None:
    options = f"{FAKE} {specs_file(networks(8))}"
    fake(stop_after=5)
    run(options, INTERRUPTED)
    assert len(read_records(RUN / "records.jsonl")) == 5
    resumed = fake()
    run(options)
    total = 2 * (8 + 2 * 2)
    assert resumed.count("measure") == total - 5
    again = fake()
    run(options)
    assert again.count("measure") == 0
    run(f"{FAKE} {specs_file(networks(10))}")
    assert len(pd.read_csv(RUN / "latencies.csv")) == 10
    capsys.readouterr()
    run(f"{FAKE} {specs_file(networks(MIN_ROWS))}")
    fit = "predictor fit runs/measure-fake/records.jsonl -o runs/measure-fake/"
    assert f"{fit}predictor.json" in capsys.readouterr().out
    for name in ("predictor.json", "predictor-2.json"):
        (RUN / name).touch()
    run(FAKE)
    assert f"{fit}predictor-3.json" in capsys.readouterr().out
    run(f"{FAKE} --passes 3")  # the plan names the networks
    assert "pass_3_ms" in pd.read_csv(RUN / "latencies.csv").columns


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("count", [1, 2, 11])
def test_the_latencies_are_shown_and_the_next_command(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run(f"{FAKE} {specs_file(networks(count))}")
    said = capsys.readouterr().out
    table = pd.read_csv(RUN / "latencies.csv").sort_values("latency_ms")
    titles = {spec.id: network_title(spec) for spec in networks(count)}
    shown = [f"{titles[str(row.spec_id)]} " in said and f" {row.latency_ms:.2f} " in said
             for row in table.itertuples()]  # fmt: skip
    assert shown[0]
    assert sum(shown) == min(count, 10)
    export = "next: python -m nasbench_mvit export --weights FILE --format onnx --records "
    assert (f"{export}{RUN}/records.jsonl" in said) == (count == 1)
    assert "another --run-dir" not in said


@pytest.mark.usefixtures("fake")
def test_visits_that_differ_much_are_advised_to_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Noise, "is_high", True)
    run(f"{FAKE} {specs_file(networks(1))}")
    assert "measure again on the quiet machine with another --run-dir" in capsys.readouterr().out


def test_a_minute_that_is_up(
    fake: Callable[..., FakeCollector], capsys: pytest.CaptureFixture[str]
) -> None:
    collector = fake()
    run(f"{FAKE} {specs_file(networks(3))} --max-minutes 1e-9")
    assert collector.count("measure") == 0
    assert "same command again" in capsys.readouterr().out
    run(f"{FAKE} --max-minutes 5")


def test_failures_are_told_and_stop_nothing(
    fake: Callable[..., FakeCollector], capsys: pytest.CaptureFixture[str]
) -> None:
    one, *others = networks(4)
    fake(broken=frozenset({one.id}))
    run(f"{FAKE} {specs_file([one, *others])}")
    said = capsys.readouterr().out
    assert f"no latency for {network_title(one)} (file): given up, for it is broken" in said
    assert "3 of 4 networks have a latency: runs/measure-fake/latencies.csv" in said
    assert set(pd.read_csv(RUN / "latencies.csv").spec_id) == {spec.id for spec in others}
    run(f"{FAKE} --run-dir other {specs_file([one])}", 1)


@pytest.mark.usefixtures("fake")
def test_the_finalists_of_a_study_beside_what_it_predicted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    synthetic_run(Path("runs/latency_iphone"), 60)
    run(f"{FAKE} --front latency_iphone")
    said = capsys.readouterr().out
    for part in ("finalists of latency_iphone", "MobileViT-XXS", "not comparable",
                 "device iPhone 12 predicted, Test CPU measured",
                 "runtime Core ML predicted, onnxruntime measured"):  # fmt: skip
        assert part in said
    assert "gap" not in said
    assert "Spearman" not in said
    measured = {record.spec_id for record in read_records(RUN / "records.jsonl")}
    assert len(measured) > len(BASELINES)
    shutil.move("runs/latency_iphone", "elsewhere")
    run(f"{FAKE} --front elsewhere")


def test_on_the_target_of_the_study_the_gap_is_shown_and_no_finalist_vanishes(
    fake: Callable[..., FakeCollector], capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(Path("runs/latency_iphone"), 60)
    iphone = TARGET.model_copy(update={"device": "iPhone 12", "runtime": "Core ML"})
    fake(target=iphone, broken=frozenset({NETWORK.id}))
    run(f"{FAKE} --front latency_iphone")
    said = capsys.readouterr().out
    cells = [re.split(r"\s{2,}|│", line.strip(" │")) for line in said.splitlines()]
    rows = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in cells}
    small = published("mobilevit_s")
    predicted = load_predictor("iphone12_coreml").predict(small).ms
    gap = count_costs(small).macs / 1e7 / predicted - 1
    assert rows["MobileViT-S"][-1] == f"{gap:+.0%}"
    assert rows["MobileViT-XS"][-2:] == ["–", "–"]
    assert f"no latency for {network_title(NETWORK)} (front: MobileViT-XS): given up" in said
    assert "Spearman" in said
    measured = len(pd.read_csv(RUN / "latencies.csv"))
    assert f"{measured} of {measured + 1} networks have a latency" in said
    assert "transfer iphone12_coreml" in said


@pytest.mark.usefixtures("fake")
def test_the_terminal_shows_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    run(f"{FAKE} {specs_file(networks(2))}")
    assert "4/4" in capsys.readouterr().out


def test_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    run("--target list")
    said = capsys.readouterr().out
    for name, target in TARGETS.items():
        assert with_options(f"{name}: {target.measures}; needs {target.needs}") in said
    assert "(--ort-web)" in said


def test_a_killed_measurement_on_this_machine_goes_on() -> None:
    tiny = tiny_spec()
    specs = [
        MobileViTSpec.from_dict(tiny.to_dict() | {"head_expansion": float(n)}) for n in (1, 2, 3)
    ]
    command = [sys.executable, "-m", "nasbench_mvit", "measure", "--target", "onnxruntime",
               "--seconds", "0.01", "--run-dir", "run", *specs_file(specs).split()]  # fmt: skip
    records = Path("run/records.jsonl")
    with subprocess.Popen(command, env=environment(1), stdout=subprocess.DEVNULL) as process:
        while not (records.exists() and records.read_bytes().count(b"\n") >= 2):
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    before = read_records(records)
    subprocess.run(command, env=environment(1), check=True, stdout=subprocess.DEVNULL)
    after = read_records(records)
    assert after[: len(before)] == before
    accepted = [block for block in blocks_of(after) if block.is_accepted]
    visits = [(b.pass_number, r.spec) for b in accepted for r in b.candidates]
    assert len(visits) == len(set(visits))
    assert {spec for _, spec in visits} <= set(specs)
    left = {path.stem for path in Path("run/models").iterdir()}
    finished = {spec.id for n, spec in visits if n == 1} & {s.id for n, s in visits if n == 2}
    assert left.isdisjoint(finished)


@pytest.mark.usefixtures("fake")
def test_files_alone_are_written_for_a_device_that_is_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(f"{FAKE} {specs_file([tiny_spec()])} --prepare-only")
    files = {path.name for path in (RUN / "models").iterdir()}
    plan = read_plan(RUN, 0)
    assert files == {f"{spec.id}.onnx" for spec in (tiny_spec(), plan.reference)}
    assert not (RUN / "records.jsonl").exists()
    assert "1 of 1 networks and the reference are in" in capsys.readouterr().out
    run(f"{FAKE} --passes 1")  # goes on from the plan
    assert len(read_records(RUN / "records.jsonl")) == 3


def test_hosted_devices_have_a_folder_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = qai_hub_stand_in.install(monkeypatch)
    service.devices.append(qai_hub_stand_in.Device("Pixel 9 (Family)", "15", ["os:android"]))
    folders = {"Pixel 9 (Family)": "pixel-9-family", qai_hub_stand_in.DEVICE: "samsung-galaxy-s24"}
    for folder in folders.values():
        models = Path("runs/measure-aihub") / folder / "models"
        models.mkdir(parents=True)
        for spec in (tiny_spec(), published("mobilevit_xxs")):
            (models / f"{spec.id}.onnx").write_text("not looked at")
    devices = [word for name in folders for word in ("--device", name)]
    options = f"--target aihub --passes 1 --max-minutes 60 {specs_file([tiny_spec()])}".split()
    limits: list[float] = []

    def noted(limit: float) -> Callable[[], bool]:
        limits.append(limit)
        return deadline(limit)

    monkeypatch.setattr(measuring, "deadline", noted)
    assert exit_code([*options, *devices], measure.main) == 0
    assert 60 >= limits[0] > limits[1]  # which all devices share
    assert "AI Hub runs 3 jobs on Pixel 9 (Family)" in capsys.readouterr().out
    for device, folder in folders.items():
        records = read_records(Path("runs/measure-aihub") / folder)
        assert {record.target.device for record in records} == {device}
        assert len(records) == 3
