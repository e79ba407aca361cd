"""Networks keep the names by which a person gave them."""

import json
from pathlib import Path

import pytest

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.workbench.costs import network_costs
from nasbench_mvit.workbench.predictors.prediction import predict_latency
from nasbench_mvit.workbench.shared.named_networks import named_networks


@pytest.mark.parametrize("name", BASELINES)
def test_a_published_network_is_shown_by_its_name(name: str) -> None:
    assert network_costs(named_networks(name)).networks.network.tolist() == [name]
    assert network_costs([published(name)], resolution=200).networks.network.tolist() == [name]
    found = predict_latency("iphone12_coreml", named_networks(name)).networks
    assert found.network.tolist() == [name]


def test_the_network_of_a_file_has_the_name_of_the_file(tmp_path: Path) -> None:
    own = published("mobilevit_s").to_dict()
    path = tmp_path / "winner.json"
    path.write_text(json.dumps(own))
    assert list(named_networks(str(path))) == ["winner"]


def test_several_networks_of_a_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "several.json"
    entries = [published("mobilevit_xs").to_dict(), published("mobilevit_s").to_dict()]
    path.write_text(json.dumps(entries))
    assert list(named_networks(str(path))) == ["mobilevit_xs", "mobilevit_s"]
