"""docs/files.md names every key and column there is, and nothing that is not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from calibrating import calibrated
from fakes import curve_of
from measuring import measurement

from nasbench_mvit.architecture.fields import FIELDS
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.cli.search.command import main
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.records.estimator import Estimator, NetworkLatency
from nasbench_mvit.latency.records.plan import MeasurementPlan
from nasbench_mvit.latency.records.profile import Profile
from nasbench_mvit.latency.records.repeatability import Repeatability
from nasbench_mvit.search.finalists.record import Final, FinalPlan, FinalRecord
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.results.exact_front import compare
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.study.proxy_fit import check_proxy_fits
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.proxy.result import EstimatedResult, FinalResult, TrainingResult
from nasbench_mvit.workbench.measurements.results import write_results

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
TEXT = (DOCS / "files.md").read_text(encoding="utf-8")
SCHEMAS = (
    "studies/study.schema.json",
    "studies/ablation.schema.json",
    "search_spaces/space.schema.json",
)
SHIPPED = (DOCS / "latency_iphone/front.json", DOCS / "rivals/classification/front.json")
GROUPS = {"front": "network", "baselines": "network", "rivals": "network", "exact_front": "network",
          "claims": "claims", "finalists": "finalists"}  # fmt: skip
WHOLE = ("spec", "notes")  # keys whose content the page leaves to others
CONFIG = load_study("smoke")[1]
PREDICTOR = load_predictor("iphone12_coreml")
SEEDS, FRESH_SEEDS = (0, 1), (2, 3)
RIVAL = "mobilenet_v2"


def named(heading: str) -> set[str]:
    """Return the names in backticks in the first column of the table under a heading."""
    (part,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", TEXT, re.M | re.S)
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(.+?)`", cell)}


def trained(network: Network, seed: int) -> TrainingResult:
    return TrainingResult(curve=curve_of(network, seed), device="cpu", precision="float32")


def estimated(network: Network) -> EstimatedResult:
    return EstimatedResult(
        **vars(replace(trained(network, 0), curve=())), expected_top1=0.6, low=0.5, high=0.7,
        error=0.05, extrapolating=False, expected_seconds=9.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A study of the published networks, of which one is estimated, of a rival and of another."""
    candidates = Candidates(SearchSpace.load(CONFIG.space), PREDICTOR, CONFIG.limits)
    networks: list[tuple[str, Network, Role]] = [
        *((name, published(name), Role.BASELINE) for name in BASELINES),
        (RIVAL, RivalSpec(RIVAL), Role.RIVAL),
        ("", next(candidates.space.enumerate()), Role.SEARCH),
    ]
    trials = []
    for number, (name, network, role) in enumerate(networks):
        record = candidates.record(network, role=role, seeds=SEEDS, name=name or None)
        done = tuple(
            Evaluation(seed=seed, result=trained(network, seed) if number else estimated(network))
            for seed in SEEDS
        )
        record = record.changed(evaluations=done)
        trials.append(StoredTrial(number=number, state=State.COMPLETE, record=record))
    return summarise(trials, CONFIG, candidates, ImagenetCalibration(calibrated()))


def last_word(summary: Summary) -> FinalSummary:
    plan = FinalPlan(trials=(2, 4), seeds=FRESH_SEEDS)
    hits = np.arange(100) < 60
    records = tuple(
        FinalRecord(trial=trial, seed=seed, test_images="f", versions={},
                    result=FinalResult.of(trained(summary.rows[trial].network, seed),
                                           np.roll(hits, seed * trial)))
        for trial in plan.trials for seed in FRESH_SEEDS
    )  # fmt: skip
    return summarise_final(Final(plan, records), summary)


@pytest.fixture(scope="module")
def written(summary: Summary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a search that has all it can have."""
    folder = tmp_path_factory.mktemp("run")
    word, exact = last_word(summary), compare(summary, summary)
    write_report(folder, "smoke", CONFIG, summary, PREDICTOR, final=word, exact=exact)
    return folder


def keys(value: Any, prefix: str = "") -> Iterator[str]:
    """Yield every key inside; of a list those of its entries."""
    for entry in value if isinstance(value, list) else [value]:
        for key, inner in entry.items() if isinstance(entry, dict) else ():
            inside = isinstance(inner, dict | list) and key not in WHOLE
            below = list(keys(inner, f"{prefix}{key}{'[].' if isinstance(inner, list) else '.'}"))
            yield from below if inside and below else [f"{prefix}{key}"]


def test_every_key_of_a_schema_is_named() -> None:
    (block,) = re.findall(r"tools/generate.py -->\n(.*?)<!-- end", TEXT, re.DOTALL)
    cells = {key for line in re.findall(r"^\| `(.+?)` \|", block, re.MULTILINE)
             for key in line.replace("[]", "").split(".")}  # fmt: skip
    for path in SCHEMAS:
        schema = json.loads((ROOT / path).read_text())
        for part in (schema, *schema["$defs"].values()):
            assert part.get("properties", {}).keys() <= cells, path


def test_every_field_of_a_network_is_named() -> None:
    fields = {re.sub(r"^stage\d", "stageN", name) for name in FIELDS}
    assert named("The fields of a network") == fields - {"task"}  # a key of spaces


def test_every_column_of_trials_csv_is_named(written: Path) -> None:
    pairs = {f"{name}_{side}" for name in FIELDS for side in ("height", "width")}
    names = named("The columns of `trials.csv`")
    assert set(pd.read_csv(written / "trials.csv")) - set(FIELDS) - pairs == names
    of_an_earlier_version = set(pd.read_csv(DOCS / "latency_iphone/trials.csv"))
    assert of_an_earlier_version - set(FIELDS) - pairs <= names


def test_every_key_of_front_json_is_named(written: Path) -> None:
    found: dict[str, set[str]] = {"top": set(), "network": set(), "claims": set(),
                                  "finalists": set()}  # fmt: skip
    for path in (*SHIPPED, written / "front.json"):
        front = json.loads(path.read_text())
        found["top"] |= front.keys()
        for key, group in GROUPS.items():
            found[group] |= set(keys(front.get(key, {})))
    assert found["top"] == named("The keys of `front.json`")
    assert found["network"] == named("A network of `front.json`")
    assert found["claims"] == named("The claims of `front.json`")
    assert found["finalists"] == named("The finalists of `front.json`")


def test_every_column_of_finalists_csv_is_named(written: Path) -> None:
    assert set(pd.read_csv(written / "finalists.csv")) == named("The columns of `finalists.csv`")


def test_every_column_of_latencies_csv_is_named(tmp_path: Path) -> None:
    found = Repeatability(estimator=Estimator(), chosen_by="default", visits=(), over_passes={})
    values = [NetworkLatency(published("mobilevit_xs"), 7.0, {1: 7.0, 2: 7.1})]
    profile = Profile(peak_memory_bytes=(1, 2), energy_mj=3.0, images_per_s=4.0)
    records = [measurement(values[0].spec, profile=profile)]
    write_results(tmp_path, MeasurementPlan.empty(0), values, found, records)
    columns = [re.sub(r"\d+", "N", str(name)) for name in pd.read_csv(tmp_path / "latencies.csv")]
    assert set(columns) == named("The columns of `latencies.csv`")


def test_seconds_and_sampling_error_are_what_the_page_says(summary: Summary) -> None:
    row = summary.rows[1]
    results = [trained(row.network, seed) for seed in SEEDS]
    assert row.seconds == sum(result.seconds for result in results)
    errors = [(r.top1 * (1 - r.top1) / r.num_images) ** 0.5 for r in results]
    assert row.sampling_error == pytest.approx(np.mean(errors))


def test_the_example_is_a_study_and_its_command_parses() -> None:
    (code,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    study = validate(yaml.safe_load(code), StudyConfig, StudyError, where="docs/files.md")
    check_proxy_fits(SearchSpace.load(study.space), study.proxy)
    assert study.limits.latency_ms is not None
    assert study.reference is None
    (command,) = re.findall(r"`python -m nasbench_mvit\.search (.+?)`", TEXT)
    assert main.parse(command.split()).study == "./my_study.yaml"


def test_every_link_leads_somewhere() -> None:
    targets = set(re.findall(r"\]\(([^)#]+)", TEXT))
    assert len(targets) > 20
    assert [target for target in targets if not (DOCS / target).exists()] == []
