"""The data of the table that ships; that its files are whole is checked as it is loaded."""

import functools

import numpy as np
import pytest

from nasbench_mvit import Benchmark, published
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.table_trainings import NUM_REPEATED
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.recipe import ProxyConfig

CHANCE = 0.1  # one of ten garments


@functools.cache
def shipped() -> Benchmark:
    return Benchmark.load()


def test_it_holds_exactly_the_networks_of_its_space() -> None:
    space = SearchSpace.load("mobilevit_table")
    assert shipped().about.space_digest == space.digest
    assert {spec.id for spec in shipped().specs()} == {spec.id for spec in space.enumerate()}


def test_every_network_is_trained_with_the_first_seed_and_sixty_with_three() -> None:
    assert all(0 in shipped().seeds(spec) for spec in shipped().specs())
    assert all(len(shipped().seeds(published(name))) >= 3 for name in BASELINES)
    assert sum(len(shipped().seeds(spec)) >= 3 for spec in shipped().specs()) >= NUM_REPEATED


def test_every_training_has_the_same_eight_fractions_and_steps() -> None:
    proxy = ProxyConfig()
    steps = {part / proxy.fractions: proxy.step_after(part) for part in range(1, 9)}
    assert shipped().fractions == tuple(steps)
    for spec in shipped().specs():
        for seed in shipped().seeds(spec):
            curve = shipped().curve(spec, seed=seed)
            assert {entry.fraction: entry.step for entry in curve} == steps


def test_it_was_made_by_the_default_proxy_on_the_embedded_images() -> None:
    about, proxy = shipped().about, ProxyConfig()
    assert about.proxy_id == proxy.id
    assert about.proxy == proxy.model_dump(mode="json")
    assert about.data == EMBEDDED_DATA
    images = open_images(EMBEDDED_DATA, cell_size=proxy.cell_size)
    assert about.images == images.fingerprint
    last = {shipped().query(spec).num_images for spec in shipped().specs()}
    assert last == {len(images.val)}


@pytest.mark.parametrize("quantity", ["seconds", "cpu_seconds"])
def test_time_only_grows(quantity: str) -> None:
    frame = shipped().frame(quantity)  # type: ignore[arg-type]
    assert (frame.to_numpy() > 0).all()
    assert (np.diff(frame.to_numpy(), axis=1) > 0).all()


def test_values_are_possible() -> None:
    top1, loss = shipped().frame("top1"), shipped().frame("train_loss")
    assert top1.notna().to_numpy().all()
    assert top1.to_numpy().min() >= 0
    assert top1.to_numpy().max() <= 1
    assert np.isfinite(loss.to_numpy()).all()
    assert loss.to_numpy().min() > 0
    assert top1[1.0].min() > CHANCE
    counts = top1[1.0] * 5_000
    assert np.allclose(counts, counts.round())


def test_training_helps() -> None:
    top1 = shipped().frame("top1")
    assert (top1[1.0] > top1[0.125]).mean() > 0.95


@pytest.mark.parametrize("name", BASELINES)
def test_the_published_corners_have_their_exact_size(name: str) -> None:
    assert shipped().query(published(name)).params == FIGURES[name].params


def test_costs_are_those_of_the_formulas() -> None:
    for spec in shipped().specs():
        costs, entry = count_costs(spec), shipped().query(spec)
        assert (entry.params, entry.macs) == (costs.params, costs.macs)


def test_latencies_are_those_of_the_predictors_that_ship() -> None:
    benchmark = shipped()
    specs = list(benchmark.specs())
    assert set(benchmark.about.predictors) <= set(predictor_names())
    for name, digest in benchmark.about.predictors.items():
        predictor = load_predictor(name)
        assert predictor.digest == digest
        rows = benchmark.latencies.query("target == @name and kind == 'estimated'")
        stored = rows.set_index("spec_id")["ms"].loc[[spec.id for spec in specs]]
        assert stored.to_numpy() == pytest.approx(predictor.predict_many(specs).ms)


def test_networks_differ_by_clearly_more_than_the_noise_between_seeds() -> None:
    final = shipped().frame("top1")[1.0].groupby(level="spec_id")
    noise = pooled_sd(group.tolist() for _, group in final)
    assert final.first().std() > 2.5 * noise
