"""Files written by version 0.1.0 still open, and hold what they held."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from full_training import tiny_full_training
from tiny_training import MOSAICS, tiny_data, tiny_spec

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.compare.archive import ArchivedSearch, SearchArchive
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.results.summary import summarise
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.supernet.description import digest_of, read_description
from nasbench_mvit.supernet.files import read_supernet
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.result import FractionReport

GOLDEN = Path(__file__).parents[1] / "golden"


def test_a_study_has_the_front_that_was_reported() -> None:
    study = StudyReader(GOLDEN / "study_v1" / "study.db").read()
    space = SearchSpace.load(study.config.space)
    candidates = Candidates(space, predictor_of(study.config), study.config.limits)

    summary = summarise(study.trials, study.config, candidates)

    reported = json.loads((GOLDEN / "study_v1" / "front.json").read_text())
    assert {row.spec_id: row.top1 for row in summary.front} == {
        network["spec_id"]: network["top1"] for network in reported["front"]
    }
    assert summary.hypervolume == pytest.approx(reported["hypervolume"])
    assert study.final is not None
    assert len(study.final.records) == 10  # two finalists and three baselines, two seeds each


def test_a_proxy_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.pt"
    shutil.copy(GOLDEN / "proxy_training_v1.pt", checkpoint)
    trained: list[FractionReport] = []

    def note(report: FractionReport) -> None:
        if checkpoint.stat().st_mtime_ns != written:
            trained.append(report)

    written = checkpoint.stat().st_mtime_ns
    result = train_proxy(
        tiny_spec(), MOSAICS, tiny_data(), 0, report=note, checkpoint_path=checkpoint, device="cpu"
    )

    assert [report.step for report in trained] == [10, 12, 14, 16]
    assert [report.step for report in result.curve] == [2, 4, 6, 8, 10, 12, 14, 16]


def test_a_full_training_goes_on_from_its_checkpoint() -> None:
    training = tiny_full_training()

    training.resume(GOLDEN / "full_training_v1.pt")

    assert training.updates_done == 4


def test_an_archive_of_trainings_answers_the_training_it_holds() -> None:
    archive = Archive(GOLDEN / "trainings_v1.parquet")
    training = Training("any name", MOSAICS, "any", tiny_spec(), tiny_data().fingerprint, 0)

    (result,) = archive.finished([training]).values()

    assert [report.step for report in result.curve] == [2, 4, 6, 8, 10, 12, 14, 16]


def test_an_archive_of_searches_misses_none_that_it_holds() -> None:
    archive = SearchArchive(GOLDEN / "searches_v1.parquet")
    held = ArchivedSearch("mobilevit_table", "d2e6739b772abec8", "random", 0, 100)

    assert archive.missing([held]) == []
    assert len(archive.rows) == 100


def test_a_predictor_predicts_what_it_predicted() -> None:
    predictor = load_predictor(str(GOLDEN / "predictor_v1.json"))
    for expected in json.loads((GOLDEN / "predictions_v1.json").read_text()):
        spec = MobileViTSpec.from_json(json.dumps(expected["spec"]))
        latency = predictor.predict(spec)
        assert spec.id == expected["id"]
        np.testing.assert_allclose(
            [latency.ms, latency.low, latency.high],
            [expected["ms"], expected["low"], expected["high"]],
        )
        assert latency.extrapolating == expected["extrapolating"]


def test_networks_of_a_supernet_answer_what_they_answered() -> None:
    file = GOLDEN / "supernet_v1.safetensors"
    x_BCHW = torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)

    supernet = read_supernet(file, digest_of(file))

    assert read_description(file).updates == 16
    for expected in json.loads((GOLDEN / "supernet_logits_v1.json").read_text()):
        spec = MobileViTSpec.from_json(json.dumps(expected["spec"]))
        assert spec.id == expected["id"]
        logits = supernet.network(spec).eval()(x_BCHW)[0]
        np.testing.assert_allclose(logits.detach(), expected["logits"], rtol=1e-4, atol=1e-5)
