"""Rivals as data and their latencies; no torch."""

import json

import pytest

from nasbench_mvit.architecture.network import mobilevit, network_from_dict, title_of
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES, RIVALS, RivalSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import SpecError
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.predictor.rivals import rival_latency

RECORDED = {  # a store is keyed by them
    "mobilenet_v2": "01099ce45a40768f",
    "mobilenet_v3_large": "62c9041bfa431199",
    "deit_tiny": "6d0346ffd48d2237",
}


def test_every_rival_has_its_published_parameters_and_a_name() -> None:
    assert list(RIVAL_FIGURES) == list(RIVALS)
    for name in RIVALS:
        assert count_costs(RivalSpec(name)).params == RIVAL_FIGURES[name].params
        assert title_of(name) == RIVAL_FIGURES[name].title
    assert [title_of(name) for name in BASELINES] == [
        f"MobileViT-{size}" for size in ("S", "XS", "XXS")
    ]


def test_ids_stay_and_differ() -> None:
    assert {name: RivalSpec(name).id for name in RIVALS} == RECORDED
    assert RivalSpec("deit_tiny", 64).id not in RECORDED.values()


@pytest.mark.parametrize("network", [RivalSpec("deit_tiny", 96), published("mobilevit_xxs")])
def test_either_kind_of_network_survives_json(network: RivalSpec) -> None:
    assert network_from_dict(json.loads(network.to_json())) == network


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"rival": "deit", "resolution": 224}, "unknown rival 'deit'. Did you mean 'deit_tiny'?"),
        ({"rival": "deit_tiny"}, "given by rival, resolution, got rival"),
        ({"rival": "deit_tiny", "resolution": 16}, "from 32 to 2048, got 16"),
        ({"rival": "deit_tiny", "resolution": True}, "got True"),
        ({"rival": "deit_tiny", "resolution": 224, "depth": 3}, "got rival, resolution, depth"),
    ],
)
def test_what_is_no_rival_is_refused(data: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError) as error:
        network_from_dict(data)
    assert words in str(error.value)


def test_where_only_a_mobilevit_will_do_a_rival_is_refused_by_name() -> None:
    spec = published("mobilevit_s")
    assert mobilevit(spec) is spec
    with pytest.raises(SpecError, match=r"MobileNetV2 is a rival and no MobileViT.*Choose another"):
        mobilevit(RivalSpec("mobilenet_v2"))


@pytest.mark.parametrize("predictor", predictor_names())
@pytest.mark.parametrize("name", RIVALS)
def test_a_prediction_for_a_rival_always_extrapolates(predictor: str, name: str) -> None:
    latency = load_predictor(predictor).predict(RivalSpec(name))
    assert latency.extrapolating
    assert latency.low < latency.ms < latency.high


def test_published_latencies_stand_where_the_predictor_s_own_rows_come_from() -> None:
    predictor = load_predictor("iphone12_coreml")
    for name, ms in {"mobilenet_v2": 0.92, "deit_tiny": 10.99}.items():
        latency = rival_latency(predictor, RivalSpec(name))
        assert (latency.ms, latency.kind, latency.extrapolating) == (ms, "published", False)
        assert rival_latency(predictor, RivalSpec(name, 256)).kind == "estimated"
    elsewhere = load_predictor("epyc_onnxruntime")
    assert rival_latency(elsewhere, RivalSpec("deit_tiny")).kind == "estimated"


def test_a_rival_without_a_figure_may_be_missed_as_those_with_one_are() -> None:
    predictor = load_predictor("iphone12_coreml")
    published_ms = {"mobilenet_v2": 0.92, "deit_tiny": 10.99}
    ratios = [predictor.predict(RivalSpec(name)).ms / ms for name, ms in published_ms.items()]
    factor = max(max(ratio, 1 / ratio) for ratio in ratios)
    assert factor == pytest.approx(10.99 / 9.0, rel=0.01)  # as the module says
    plain = predictor.predict(RivalSpec("mobilenet_v3_large"))
    latency = rival_latency(predictor, RivalSpec("mobilenet_v3_large"))
    assert latency.ms == plain.ms
    assert latency.low == pytest.approx(min(plain.low, plain.ms / factor))
    assert latency.high == pytest.approx(max(plain.high, plain.ms * factor))
