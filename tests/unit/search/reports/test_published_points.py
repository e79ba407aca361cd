import pytest

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.figures.pareto.published import published_traces
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.reports.published_points import COLUMNS, VARIANTS, published_points


@pytest.fixture(scope="module")
def predictor() -> LatencyPredictor:
    return load_predictor("iphone12_coreml")


def elsewhere(predictor: LatencyPredictor, **change: str) -> LatencyPredictor:
    target = predictor.document.target.model_copy(update=change)
    return LatencyPredictor(predictor.document.model_copy(update={"target": target}))


def test_every_published_network_is_a_point_with_its_source(predictor: LatencyPredictor) -> None:
    points = published_points(predictor).set_index("name")
    assert set(points.index) == {figures.title for figures in FIGURES.values()}
    for figures in FIGURES.values():
        row = points.loc[figures.title]
        assert (row.top1, row.top1_source) == (figures.top1, figures.top1_source)
        assert (row.latency_kind == "published") == (figures.latency_ms is not None)
        if figures.latency_ms is not None:
            assert (row.latency_ms, row.latency_source) == (
                figures.latency_ms,
                figures.latency_source,
            )
        else:
            assert row.latency_low_ms < row.latency_ms < row.latency_high_ms
    assert points.group.value_counts().to_dict() == {
        "MobileViT v1": 3, VARIANTS: 5, "MobileViTv2": 7, "MobileViTv3": 9,
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"device": "another phone"}, {"runtime": "onnxruntime-web"}])
def test_all_latencies_are_estimated_on_another_phone_or_runtime(
    predictor: LatencyPredictor, change: dict[str, str]
) -> None:
    points = published_points(elsewhere(predictor, **change)).set_index("name")
    assert set(points.latency_kind) == {"estimated"}
    for name in PUBLISHED:
        expected = predictor.predict(published(name)).ms
        assert points.latency_ms[FIGURES[name].title] == pytest.approx(expected)


def test_there_are_no_points_without_a_predictor() -> None:
    points = published_points(None)
    assert tuple(points) == COLUMNS
    assert points.empty
    assert list(published_traces(points)) == []


def test_the_legend_selects_a_paper_and_names_stand_at_published_latencies(
    predictor: LatencyPredictor,
) -> None:
    traces = {trace.name: trace for trace in published_traces(published_points(predictor))}
    assert list(traces) == [
        "ImageNet: MobileViT v1", "ImageNet: MobileViTv2", "ImageNet: MobileViTv3",
        f"ImageNet: {VARIANTS}",
    ]  # fmt: skip
    assert set(traces[f"ImageNet: {VARIANTS}"].text) == {""}
    second = traces["ImageNet: MobileViTv2"]
    assert list(second.text) == ["v2-0.5", "", "v2-1.0", "", "v2-1.5", "", "v2-2.0"]
    assert list(second.marker.symbol) == ["square", "square-open"] * 3 + ["square"]
    assert len({trace.marker.color for trace in traces.values()}) == 4


def test_without_a_published_latency_the_first_paper_is_named(predictor: LatencyPredictor) -> None:
    points = published_points(elsewhere(predictor, device="another phone"))
    texts = {trace.name: [*trace.text] for trace in published_traces(points)}
    assert texts["ImageNet: MobileViT v1"] == ["S", "XS", "XXS"]
    assert set(texts["ImageNet: MobileViTv2"]) == {""}
