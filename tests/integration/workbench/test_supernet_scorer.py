"""Networks cut from a supernet and scored from Python."""

import doctest
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from fakes import curve_of
from few_images import NUM_IMAGES, use_few_images

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError, SupernetError
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.evaluators import proxy
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.workbench.supernets.rank import rank_supernet
from nasbench_mvit.workbench.supernets.scorer import SupernetScorer, open_supernet
from nasbench_mvit.workbench.supernets.train import train_supernet

FUNCTIONS = (train_supernet, open_supernet, rank_supernet)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SupernetScorer]:
    """The supernet of the examples, which train it, open it and rank by it."""
    _, study = load_study("smoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("home"))
        use_few_images(patch, cell_size=study.proxy.cell_size)
        write_trainings(study)
        for function in FUNCTIONS:
            names = dict(vars(sys.modules[function.__module__]))
            (example,) = doctest.DocTestFinder().find(function, globs=names)
            said: list[str] = []
            result = doctest.DocTestRunner().run(example, out=said.append)
            assert result.attempted > 0
            assert not result.failed, "".join(said)
        yield open_supernet("own.safetensors")


def write_trainings(study: StudyConfig) -> None:
    """Write trainings by arithmetic of the networks of a study."""
    images = proxy._images("", 0, Path(), 0).fingerprint
    archive = Archive(Path("trainings.parquet"))
    for spec in SearchSpace.load(study.space).enumerate():
        result = TrainingResult(curve=curve_of(spec, 0), device="cpu", precision="float32")
        archive.add(Training("", study.proxy, "", spec, images, 0), result)


def test_a_list_is_ranked_by_scores(scorer: SupernetScorer) -> None:
    table = scorer.rank(BASELINES)
    scores = table["shared_top1"].tolist()
    assert scores == sorted(scores, reverse=True)
    by_place = table.set_index("place")
    for place, name in enumerate(BASELINES):
        row, result = by_place.loc[place], scorer.score(name)
        assert row["spec_id"] == published(name).id
        assert row["shared_top1"] == result.top1
        assert row["standard_error"] == result.top1_standard_error
        assert result.num_images == NUM_IMAGES


def test_a_network_is_as_it_was_scored(scorer: SupernetScorer) -> None:
    network = scorer.network("mobilevit_xxs")
    side, outputs = scorer.about.proxy["input_size"], scorer.about.num_outputs
    assert not network.training
    assert network(torch.zeros(2, 3, side, side)).shape == (2, outputs)
    stem = network.get_submodule("stem.norm")
    assert isinstance(stem, torch.nn.BatchNorm2d)
    assert stem.running_mean is not None
    assert stem.running_mean.abs().sum() > 0


@pytest.mark.parametrize(
    ("networks", "error", "words"),
    [
        ("mobilevit_xs", SupernetError, "must be a list of MobileViTSpec"),
        ([3], SupernetError, "must be a list of MobileViTSpec"),
        (["mobilevit_m"], SpecError, "mobilevit_m"),
        (["mobilevitv2_1.0"], SupernetError, "Train a supernet of a space that holds"),
    ],
)
def test_networks_it_cannot_score_are_refused(
    scorer: SupernetScorer,
    networks: list[MobileViTSpec | str],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        scorer.rank(networks)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SupernetError, match="there is no file"):
        open_supernet(tmp_path / "none.safetensors")
