"""Loading a table and asking it."""

import dataclasses
import json
import math
from pathlib import Path

import pandas as pd
import pytest
from fakes import FRACTIONS, curve_of
from table_making import make_table, table_study

from nasbench_mvit import Benchmark, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import TableError
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.table.files import ABOUT, COLUMNS, NETWORKS, TRAININGS

XS = published("mobilevit_xs")
NUM_DEBUG = 12 + 2  # its own networks, of which XXS is one, and the other published
GOLDEN = Path(__file__).parents[2] / "golden" / "table_v1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "arithmetic"
    make_table(folder, table_study())
    return folder


@pytest.fixture(scope="module")
def benchmark(folder: Path) -> Benchmark:
    return Benchmark.load(str(folder))


def test_a_query_gives_the_training_up_to_a_fraction(benchmark: Benchmark) -> None:
    for seed in (0, 2):
        for point in curve_of(XS, seed):
            entry = benchmark.query(XS, seed=seed, fraction=point.fraction)
            got = {name: getattr(entry, name) for name in dataclasses.asdict(point)}
            assert got == dataclasses.asdict(point)
            assert (entry.params, entry.macs) == (count_costs(XS).params, count_costs(XS).macs)


def test_without_a_seed_and_a_fraction_it_is_the_end_of_the_first(benchmark: Benchmark) -> None:
    assert benchmark.query(XS) == benchmark.query(XS, seed=0, fraction=1.0)
    assert benchmark.query(XS).top1 == curve_of(XS, 0)[-1].top1


def test_a_frame_has_seeds_and_fractions_as_axes(benchmark: Benchmark) -> None:
    seconds = benchmark.frame("cpu_seconds")
    assert seconds.index.names == ["spec_id", "seed"]
    assert [float(name) for name in seconds.columns] == list(benchmark.fractions)
    assert len(benchmark.fractions) == FRACTIONS
    assert seconds.loc[(XS.id, 1), 0.5] == curve_of(XS, 1)[FRACTIONS // 2 - 1].cpu_seconds
    assert len(seconds) == sum(len(benchmark.seeds(spec)) for spec in benchmark.specs())


def test_it_holds_every_network_of_its_space_with_its_choices(benchmark: Benchmark) -> None:
    space = SearchSpace.load("mobilevit_table")
    assert len(benchmark) == space.size
    assert {spec.id for spec in benchmark.specs()} == {spec.id for spec in space.enumerate()}
    assert benchmark.axes == tuple(axis.name for axis in space.axes)
    assert benchmark.networks.loc[XS.id, "stage5.dim"] == 144


def test_latencies_are_those_of_the_predictor_and_the_published(benchmark: Benchmark) -> None:
    predicted = load_predictor("iphone12_coreml").predict(XS)
    assert benchmark.latency_ms(XS) == pytest.approx({"iphone12_coreml": predicted.ms})
    rows = benchmark.latencies
    known = rows[(rows["spec_id"] == XS.id) & (rows["kind"] == "published")]
    assert known["ms"].tolist() == [7.28]


def test_a_network_outside_names_the_nearest_inside(benchmark: Benchmark) -> None:
    stage = XS.stages[4]
    assert stage.block is not None
    deeper = dataclasses.replace(stage.block, depth=stage.block.depth + 2)
    stages = (*XS.stages[:4], dataclasses.replace(stage, block=deeper))
    outside = dataclasses.replace(XS, stages=stages)
    assert outside not in benchmark
    for ask in (benchmark.query, benchmark.seeds, benchmark.latency_ms):
        with pytest.raises(TableError, match=r"MobileViT-XS, has stage5\.depth = 3 instead of 5"):
            ask(outside)


def test_a_seed_that_was_not_trained_names_those_that_were(benchmark: Benchmark) -> None:
    once = next(spec for spec in benchmark.specs() if benchmark.seeds(spec) == (0,))
    with pytest.raises(TableError, match=r"seed 1\. Its seeds are 0: ask for"):
        benchmark.query(once, seed=1)


def test_a_fraction_in_between_names_the_nearest(benchmark: Benchmark) -> None:
    with pytest.raises(TableError, match=r"no fraction 0\.6: .* the nearest is 0\.625"):
        benchmark.query(XS, fraction=0.6)
    with pytest.raises(TableError, match="nearest is"):
        benchmark.query(XS, fraction=math.nan)


def test_an_unknown_quantity_names_the_known(benchmark: Benchmark) -> None:
    with pytest.raises(TableError, match="Did you mean 'top1'"):
        benchmark.frame("top_1")  # type: ignore[arg-type]


def test_an_unknown_table_names_the_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_table(tmp_path / "tables" / "mine", table_study("mobilevit_debug"))
    assert len(Benchmark.load("mine")) == NUM_DEBUG
    with pytest.raises(TableError, match=r"unknown table 'mines'\. Did you mean 'mine'"):
        Benchmark.load("mines")


def test_a_changed_file_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in (ABOUT, *COLUMNS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    content = bytearray((tmp_path / TRAININGS).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / TRAININGS).write_bytes(content)
    with pytest.raises(TableError, match=r"trainings\.parquet is damaged.*SHA-256"):
        Benchmark.load(str(tmp_path))
    (tmp_path / TRAININGS).unlink()
    with pytest.raises(TableError, match=r"trainings\.parquet cannot be read: No such file"):
        Benchmark.load(str(tmp_path))


@pytest.mark.parametrize(
    ("change", "needle"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"space": None}, "'space' must be text"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"sha256": {NETWORKS: "0" * 64}}, "networks.parquet is damaged"),
    ],
)
def test_another_description_is_refused(
    folder: Path, tmp_path: Path, change: dict[str, object], needle: str
) -> None:
    for name in (ABOUT, *COLUMNS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    fields = json.loads((tmp_path / ABOUT).read_text()) | change
    (tmp_path / ABOUT).write_text(json.dumps(fields))
    with pytest.raises(TableError, match=needle):
        Benchmark.load(str(tmp_path))


def test_a_table_of_the_first_version_is_still_read() -> None:
    golden = Benchmark.load(str(GOLDEN))
    expected = json.loads((GOLDEN / "expected.json").read_text())
    assert golden.about.schema_version == 1
    assert len(golden) == NUM_DEBUG
    spec = next(spec for spec in golden.specs() if spec.id == expected["spec_id"])
    entry = golden.query(spec, seed=expected["seed"], fraction=expected["fraction"])
    assert dataclasses.asdict(entry) == expected
    assert isinstance(golden.frame("top1"), pd.DataFrame)
