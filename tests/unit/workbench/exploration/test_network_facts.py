import dataclasses
from pathlib import Path

import pytest
import yaml
from synthetic import synthetic_run

from nasbench_mvit.architecture.heads import DeepLabv3Head
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.figures.architecture import architecture_figure
from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.parts import parts_figure
from nasbench_mvit.latency.networks.file import read_networks
from nasbench_mvit.latency.predictor.breakdown import stage_of
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.exploration import network
from nasbench_mvit.workbench.studies.curves import curves_of
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.study import Study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 20)
    return open_study(run / STORE_FILE)


def test_the_shapes_are_those_of_the_costs() -> None:
    spec = published("mobilevit_s", patches=(8, 4, 2))
    shapes = {part.name: part.shape for part in network.parts_of(spec)}
    ends = {network.part_name(stage_of(layer.name)): layer.output_shape
            for layer in count_costs(spec).layers if layer.name != "classifier"}  # fmt: skip
    assert shapes == ends


@pytest.mark.parametrize("output_stride", [8, 16, 32])
def test_the_parts_of_a_network_that_segments_are_those_of_its_costs(output_stride: int) -> None:
    head = DeepLabv3Head(output_stride=output_stride)
    spec = dataclasses.replace(published("mobilevit_xxs"), task_head=head)
    parts = network.parts_of(spec)
    ends = [layer.output_shape for layer in count_costs(spec).layers
            if layer.name.endswith((".fuse", "aspp.project"))]  # fmt: skip
    assert [part.shape for part in parts[-4:]] == ends
    words = [word for part in parts for piece in part.pieces for word in piece.words]
    assert ("dilation 2" in words) == (output_stride == 8)


def test_the_last_part_of_a_detector_is_its_head() -> None:
    parts = network.parts_of(published("mobilevit_xxs").for_task("detection"))
    assert (parts[-1].name, parts[-1].shape) == ("SSDLite", (64, 1, 1))


def test_the_boxes_are_the_blocks_of_each_stage() -> None:
    spec = published("mobilevit_xxs")
    stages = network.parts_of(spec)[1:-1]
    assert [len(part.pieces) for part in stages] == [
        stage.mv2_depth + (stage.block is not None) for stage in spec.stages
    ]
    figure = architecture_figure(network.parts_of(spec), spec.resolution)
    assert len(figure.layout.shapes) == sum(len(p.pieces) for p in network.parts_of(spec))


def test_the_parts_sum_to_the_network(study: Study) -> None:
    spec = published("mobilevit_xs")
    costs = network.costs_by_part(spec, study.predictor)
    total = count_costs(spec)
    assert costs.params.sum() == total.params
    assert costs.macs.sum() == total.macs
    assert study.predictor is not None
    assert costs.ms.sum() == pytest.approx(study.predictor.predict(spec).ms)
    assert len(parts_figure(costs, "ms").data) == 3
    assert "ms" not in network.costs_by_part(spec, None)


def test_the_yaml_makes_the_same_network() -> None:
    for name in BASELINES:
        spec = published(name)
        assert MobileViTSpec.from_dict(yaml.safe_load(network.as_yaml(spec))) == spec


def test_its_json_is_read_by_the_command_that_measures_it(study: Study, tmp_path: Path) -> None:
    row = study.summary.rows[5]
    command = network.commands(study, row)["measure"]
    path = tmp_path / command.split()[-1]
    path.write_text(network.as_json(mobilevit(row.network)))
    (read,) = read_networks(path)
    assert f"{read.id}.json" == path.name


def test_the_finalists_are_measured_from_the_page_of_one_of_them(study: Study) -> None:
    rows = study.timed_trials.set_index("trial")
    finalists = set(rows.index[rows.on_front | (rows.role == Role.BASELINE)])
    offered = {row.trial for row in study.summary.rows if "front" in network.commands(study, row)}
    assert offered == finalists
    assert len(offered) < len(rows)


def test_a_paper_network_differs_from_the_others_alone() -> None:
    table = network.differences(published("mobilevit_xs"))
    assert (table["this network"] == table["MobileViT-XS"]).all()
    assert "stage3.dim" in set(table.field)
    assert "stage3.kernel" not in set(table.field)


def test_curves_hold_every_seed(study: Study) -> None:
    trial = next(t for t in study.reading.trials if t.record.name == "mobilevit_xxs")
    curves = curves_of(trial)
    assert set(curves.seed) == set(trial.record.seeds)
    assert len(curves_figure(curves, "proxy top-1").data) == len(trial.record.seeds)


def test_neighbours_differ_in_one_choice_and_know_their_trials(study: Study) -> None:
    spec = published("mobilevit_xs")
    found = network.neighbourhood(study, spec)
    assert found.problem == ""
    assert (found.table.change != "").all()
    assert found.table["latency difference, ms"].abs().max() > 0
    own = study.reading.trials[5].record
    near = next(SearchSpace.load(study.config.space).neighbours(mobilevit(own.network())))
    assert 5 in network.neighbourhood(study, near).table.trial.dropna().tolist()


def test_a_network_outside_the_space_has_no_neighbours_but_a_reason(study: Study) -> None:
    found = network.neighbourhood(study, published("mobilevit_s", patches=(3, 3, 3)))
    assert found.table.empty
    assert "stage3.patch" in found.problem
