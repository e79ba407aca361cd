"""The studies that ship for detection and segmentation, whole, with the least of trainings."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ablating import arm_engine
from fakes import InlineExecutor
from streamlit.testing.v1 import AppTest

from nasbench_mvit.ablation.design.config import load_ablation
from nasbench_mvit.ablation.design.design import make_ablation
from nasbench_mvit.errors import AblationError, StudyError
from nasbench_mvit.figures.pareto.look import ParetoLook
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.training.images.annotated import annotated_sources
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.proxy.result import TaskResult
from nasbench_mvit.workbench.ablations.reports import FILE, arm_table, read_report
from nasbench_mvit.workbench.ablations.run import run_ablation
from nasbench_mvit.workbench.ablations.studies import load_ablations
from nasbench_mvit.workbench.exploration.comparison import Compared, side_by_side
from nasbench_mvit.workbench.exploration.front import front_figure
from nasbench_mvit.workbench.proxies import validate_proxy
from nasbench_mvit.workbench.shared import engines
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.pictures import pictures_of
from nasbench_mvit.workbench.studies.run import run_study
from nasbench_mvit.workbench.surrogates import build_surrogate
from nasbench_mvit.workbench.tables import build_table

TINY = {"steps": 8, "batch_size": 2, "interim_images": 2}
BASELINES = {"mobilevit_s": 1, "mobilevit_xs": 1, "mobilevit_xxs": 1}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def engine(evaluator: ProxyEvaluator, workers: int) -> InlineExecutor:
        return InlineExecutor(evaluator, slots=workers)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "LocalEngine", engine)
    monkeypatch.setattr(annotated_sources, "HELD_OUT_SCENES", 6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "metric", "key", "paper"),
    [
        ("detection", "mAP50", "map50", "COCO mAP"),
        ("segmentation", "mIoU", "miou", "VOC mIoU"),
    ],
)
def test_a_shipped_study_ends_with_its_own_metric_everywhere(
    task: AnnotatedTask, metric: str, key: str, paper: str, open_page: Callable[..., AppTest]
) -> None:
    _, config = load_study(f"{task}_iphone")
    proxy = config.proxy.model_dump() | TINY | {"input_size": 64}
    config = config.with_options(trials=1, proxy=proxy, baselines=BASELINES, pruning=None)
    result = run_study(config, run_dir="out", workers=1)
    assert result.completion is Completion.DONE
    front = json.loads(Path("out/front.json").read_text())
    assert front["accuracy"].startswith(f"proxy {metric} on held-out scenes")
    assert all(0 <= row[key] <= 1 and "top1" not in row for row in front["baselines"])
    assert all(row["spec"]["task_head"]["task"] == task for row in front["baselines"])
    trials = pd.read_csv("out/trials.csv")
    assert key in trials
    assert "top1" not in trials
    page = Path("out/report.html").read_text()
    assert f"proxy {metric}" in page
    assert paper in page
    assert "proxy accuracy" not in page
    assert f": {metric} " in Path("out/logs/00000.log").read_text()

    study = open_study("out")
    stored = study.reading.trials[0].record.evaluations[0].result
    assert isinstance(stored, TaskResult)
    assert stored.metric == metric
    assert stored.top1_standard_error == stored.standard_error
    figure = front_figure({"": study}, {"": study.trials}, ParetoLook())
    assert figure.layout.yaxis.title.text == f"proxy {metric}, %"
    assert figure.layout.yaxis2.title.text == f"{paper}, %"

    pictures = pictures_of(study, study.summary.baselines[0])
    assert not pictures.problem
    assert len(pictures.images) == 4
    scenes = open_annotated("embedded", task=task, size=config.proxy.input_size).val
    shown = stored.found[0].image
    np.testing.assert_array_equal(pictures.images[0].image, scenes[shown].image)

    page_of = {name: open_page(name, Path("out").resolve()) for name in ("network", "pareto")}
    assert not any(app.exception for app in page_of.values())
    said = [each.value.replace("\\", "") for each in page_of["network"].subheader]
    assert "What it finds on held-out images" in said
    assert any(f"proxy {metric}" in each.value for each in page_of["pareto"].info)
    headings = {str(name) for each in page_of["pareto"].dataframe for name in each.value}
    assert f"proxy {metric}, %" in headings
    assert "score, %" not in headings
    first, second = (Compared(row.name, study, row) for row in study.summary.rows[:2])
    assert f"proxy {metric} difference, points" in side_by_side([first, second])

    with pytest.raises(StudyError, match=f"finalists.*networks for {task}"):
        run_study(config, run_dir="out", workers=1, finalists=FinalRequest(count=1))


@pytest.mark.parametrize(
    ("task", "metric", "paper", "heading"),
    [
        ("detection", "mAP50", "COCO mAP", "the paper's COCO mAP, %"),
        ("segmentation", "mIoU", "VOC mIoU", "the paper's PASCAL VOC 2012 mIoU, %"),
    ],
)
def test_a_shipped_ablation_states_its_own_metric_beside_the_papers(
    task: str, metric: str, paper: str, heading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LocalEngine", arm_engine)
    name, config = load_ablation(f"ablation_patch_size_{task}")
    config = config.with_options(proxy=config.proxy.model_dump() | TINY, seeds=2)
    ablation = make_ablation(name, config)
    assert {arm.spec.task for arm in ablation.arms} == {task}
    (result,) = run_ablation([ablation], run_dir=Path("out"), workers=1).studies
    assert result.completion is Completion.DONE
    (effect,) = result.summary.effects
    assert effect.paper == pytest.approx(-1.7)
    assert not effect.is_papers_noise
    text = Path(f"out/{name}/report.md").read_text()
    assert f"| {metric}, % |" in text
    assert f"It is no {paper}." in text
    assert "top-1" not in text
    table = arm_table(read_report(Path("out") / name / FILE))
    assert {f"proxy {metric}, %", heading} <= set(table)


def test_the_papers_recipe_is_not_one_of_other_tasks() -> None:
    _, config = load_ablation("ablation_patch_size_detection")
    with pytest.raises(AblationError, match="Write `recipe: null`"):
        config.with_options(recipe={})


def test_an_ablation_starts_from_a_network_of_its_task() -> None:
    with pytest.raises(AblationError, match=r"and proxy\.task of the study is det"):
        load_ablations(["ablation_patch_size_detection"], around="mobilevit_xs")


def test_what_is_not_there_for_a_task_is_refused() -> None:
    _, config = load_study("detection_iphone")
    with pytest.raises(StudyError, match="networks for detection, and the proxy trains for class"):
        run_study(config.with_options(proxy={}), run_dir="a")
    with pytest.raises(StudyError, match="networks for classification, and the proxy trains for d"):
        run_study(config.with_options(space="mobilevit"), run_dir="a")
    with pytest.raises(StudyError, match="a table of a proxy for detection"):
        build_table(config, num_seeds=1, run_dir="a", out="t")
    with pytest.raises(StudyError, match="a surrogate of a proxy for detection"):
        build_surrogate(config, num_networks=1, table=None, run_dir="a", out="s")
    with pytest.raises(StudyError, match="a validation of a proxy for detection"):
        validate_proxy(config, num_networks=1, run_dir="a")
