"""NodeEvaluator: a training that ends on one machine goes on, the same, on another."""

from pathlib import Path

import pytest
from fakes import ArithmeticEvaluator
from tiny_training import PROXY, tiny_spec

from nasbench_mvit.errors import DataError, StudyError
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage
from nasbench_mvit.search.evaluators.node import NodeEvaluator
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, ProxyEvaluator
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult


class MachineDiedError(Exception):
    """Stands for a kill."""


def on_a_machine(folder: Path, storage: CheckpointStorage) -> NodeEvaluator:
    """Return the evaluator as a node has it: with no files of another node."""
    return NodeEvaluator(
        ProxyEvaluator(
            proxy=PROXY,
            data="embedded",
            data_seed=0,
            cache_dir=folder / "cache",
            checkpoint_dir=folder / "checkpoints",
            device="cpu",
        ),
        storage,
        software_versions(),
    )


def scores(result: TrainingResult) -> list[tuple[float, float]]:
    return [(report.top1, report.train_loss) for report in result.curve]


def test_a_training_goes_on_elsewhere_from_what_it_reported_last(tmp_path: Path) -> None:
    storage = CheckpointStorage.at(str(tmp_path / "shared"))
    storage.prepare()
    first: list[FractionReport] = []
    second: list[FractionReport] = []

    def die_at_half(report: FractionReport) -> None:
        first.append(report)
        if report.fraction >= 0.5:
            raise MachineDiedError

    with pytest.raises(MachineDiedError):
        on_a_machine(tmp_path / "a", storage)(tiny_spec(), 0, die_at_half)
    assert len(list((tmp_path / "shared").glob("*.pt"))) == 1
    resumed = on_a_machine(tmp_path / "b", storage)(tiny_spec(), 0, second.append)
    assert second[: len(first)] == first  # with the seconds they took there, so none was repeated
    assert len(second) == PROXY.fractions
    storage.remove_token()
    assert not list((tmp_path / "shared").iterdir())
    storage.prepare()
    whole = on_a_machine(tmp_path / "c", storage)(tiny_spec(), 0, lambda _: None)
    assert scores(resumed) == scores(whole)


def test_a_training_ended_at_a_rung_leaves_no_checkpoint(tmp_path: Path) -> None:
    storage = CheckpointStorage.at(str(tmp_path / "shared"))
    storage.prepare()

    def end(_: FractionReport) -> None:
        raise EndedAtRungError

    with pytest.raises(EndedAtRungError):
        on_a_machine(tmp_path, storage)(tiny_spec(), 0, end)
    storage.remove_token()
    assert not list((tmp_path / "shared").iterdir())


def test_other_images_under_the_same_name_are_refused(tmp_path: Path) -> None:
    evaluator = ProxyEvaluator(
        proxy=PROXY,
        data="embedded",
        data_seed=0,
        cache_dir=tmp_path,
        checkpoint_dir=tmp_path,
        fingerprint="of other images",
    )
    with pytest.raises(DataError, match=r"'embedded' differ from the study's.*every node"):
        evaluator.images()


def test_a_machine_with_other_software_is_refused(tmp_path: Path) -> None:
    storage = CheckpointStorage.at(str(tmp_path / "shared"))
    driver = software_versions() | {"torch": "1.13", "commit": "of a clone"}
    evaluator = NodeEvaluator(ArithmeticEvaluator(), storage, driver)
    with pytest.raises(StudyError, match=r"has torch .* in place of 1\.13, .*constraints.txt"):
        evaluator(tiny_spec(), 0, lambda _: None)
