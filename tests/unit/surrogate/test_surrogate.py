"""Loading a surrogate and asking it."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from surrogate_making import (
    ERROR,
    GROUP,
    MARGIN,
    arithmetic,
    make_surrogate,
    top1_of,
    use_few_trees,
)

from nasbench_mvit import Surrogate, published
from nasbench_mvit.architecture.fields import flatten, unflatten
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import SurrogateError
from nasbench_mvit.surrogate.domain import Domain
from nasbench_mvit.surrogate.features import COSTS, NUMERIC, features
from nasbench_mvit.surrogate.files import ABOUT, TRAININGS

XS = published("mobilevit_xs")
GOLDEN = Path(__file__).parents[2] / "golden" / "surrogate_v1"


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_trees(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("surrogates") / "own"
    make_surrogate(folder, arithmetic(120))
    return folder


@pytest.fixture
def surrogate(folder: Path) -> Surrogate:
    return Surrogate.load(str(folder))


def drawn(count: int) -> list[MobileViTSpec]:
    """Networks that ``arithmetic`` does not hold."""
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(1)
    return [space.sample(rng) for _ in range(count)]


def test_it_predicts_held_out_networks(surrogate: Surrogate) -> None:
    specs = drawn(50)
    found = surrogate.predict(specs)
    truth = np.array([top1_of(spec) for spec in specs])
    assert np.corrcoef(found.top1, truth)[0, 1] > 0.9
    assert found.kind == "estimated"


def test_the_interval_and_the_error_are_those_of_the_group(surrogate: Surrogate) -> None:
    found = surrogate.predict(drawn(3))
    assert found.error == pytest.approx([ERROR] * 3)
    assert found.high - found.top1 == pytest.approx([MARGIN] * 3)
    assert found.top1 - found.low == pytest.approx([MARGIN] * 3)


def test_a_network_of_another_group_has_the_error_of_that_group(tmp_path: Path) -> None:
    rows = arithmetic(30)
    tabled = rows.index < 10
    rows.loc[tabled, "group"] = "table"
    about = make_surrogate(tmp_path / "two", rows)
    group = about.groups[GROUP].model_dump()
    make_surrogate(
        tmp_path / "two", rows, groups={GROUP: group, "table": group | {"error": ERROR / 2}}
    )
    surrogate = Surrogate.load(str(tmp_path / "two"))
    known = [MobileViTSpec.from_json(text) for text in rows[tabled].spec]
    assert surrogate.predict(known).error == pytest.approx([ERROR / 2] * len(known))
    assert surrogate.predict(drawn(2)).error == pytest.approx([ERROR] * 2)


def test_intervals_end_at_nothing_and_at_all(tmp_path: Path) -> None:
    rows = arithmetic(30).assign(top1=[0.0, 1.0] * 15)
    make_surrogate(tmp_path / "wide", rows)
    found = Surrogate.load(str(tmp_path / "wide")).predict(drawn(20))
    assert found.low.min() >= 0
    assert found.high.max() <= 1


def test_equal_data_give_equal_estimates(folder: Path) -> None:
    first, second = (Surrogate.load(str(folder)).predict(drawn(20)) for _ in range(2))
    assert (first.top1 == second.top1).all()
    assert Surrogate.load(str(folder)).digest == Surrogate.load(str(folder)).digest


def test_other_data_are_another_surrogate(surrogate: Surrogate, tmp_path: Path) -> None:
    make_surrogate(tmp_path / "own", arithmetic(119))
    assert Surrogate.load(str(tmp_path / "own")).digest != surrogate.digest


def test_nothing_is_estimated_for_nobody(surrogate: Surrogate) -> None:
    assert len(surrogate.predict([]).top1) == 0


def test_seconds_follow_a_power_of_macs(tmp_path: Path) -> None:
    rows = arithmetic(40)
    macs = [count_costs(MobileViTSpec.from_json(text)).macs for text in rows.spec]
    make_surrogate(tmp_path / "clock", rows.assign(cpu_seconds=[3e-6 * m**0.8 for m in macs]))
    found = Surrogate.load(str(tmp_path / "clock")).predict([XS])
    assert found.seconds == pytest.approx([3e-6 * count_costs(XS).macs ** 0.8])


def test_features_are_fields_and_logarithms_of_costs() -> None:
    (row,) = features([XS])
    named = dict(zip((*NUMERIC, *COSTS), row, strict=True))
    assert named["stage3.patch"] == 2 * 2
    assert named["stage4.fusion"] == 1
    assert named["stage1.dim"] == 0  # it has no block
    assert named["log MACs"] == pytest.approx(np.log(count_costs(XS).macs))


@pytest.mark.parametrize(
    ("field", "value", "needle"),
    [
        ("stage5.depth", 7, "stage5.depth = 7, known is 1 to 4"),
        ("stage4.block", False, "stage4.block = False, known is True"),
        ("stage1.block", True, "stage1.block = True, known is False"),
        ("resolution", 320, "resolution = 320, known is 256 to 256"),
    ],
)
def test_a_network_unlike_those_it_has_learnt_from_is_marked(
    surrogate: Surrogate, field: str, value: int, needle: str
) -> None:
    block = {"stage1.dim": 64, "stage1.depth": 2} if field == "stage1.block" else {}
    spec = unflatten(flatten(XS) | {field: value} | block)
    assert surrogate.domain.outside(spec) == needle
    assert surrogate.predict([spec, XS]).extrapolating.tolist() == [True, False]


def test_the_networks_themselves_lie_inside() -> None:
    specs = drawn(30)
    assert all(spec in Domain.of(specs) for spec in specs)
    assert XS not in Domain.of([dataclasses.replace(XS, resolution=320)])


def test_an_unknown_surrogate_names_those_there_are() -> None:
    with pytest.raises(SurrogateError, match=r"unknown surrogate 'mobilvit'\. Did you mean"):
        Surrogate.load("mobilvit")


def test_one_of_the_working_directory_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_surrogate(tmp_path / "surrogates" / "mobilevit_family", arithmetic(12))
    monkeypatch.chdir(tmp_path)
    assert len(Surrogate.load().trained) == 12


def test_files_of_the_first_version_are_read() -> None:
    golden = Surrogate.load(str(GOLDEN))
    assert golden.about.groups[GROUP].error == ERROR
    assert golden.about.proxy["steps"] == 168
    assert len(golden.trained) == 12
    truth = [top1_of(spec) for spec in golden.trained.specs]
    assert golden.trained.first_top1.tolist() == truth
    assert golden.predict([XS]).top1.shape == (1,)


def test_damage_is_noticed(folder: Path, tmp_path: Path) -> None:
    for name in (ABOUT, TRAININGS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / TRAININGS).write_bytes(b"PAR1")
    with pytest.raises(SurrogateError, match=r"trainings\.parquet is damaged.*SHA-256"):
        Surrogate.load(str(tmp_path))
    (tmp_path / TRAININGS).unlink()
    with pytest.raises(SurrogateError, match=r"trainings\.parquet cannot be read: No such file"):
        Surrogate.load(str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "needle"),
    [({"schema_version": 2}, "schema_version"), ({"groups": 3}, "groups"), ({"space": 1}, "space")],
)
def test_a_description_that_is_none_says_where(
    folder: Path, tmp_path: Path, changes: dict[str, object], needle: str
) -> None:
    fields = json.loads((folder / ABOUT).read_text()) | changes
    (tmp_path / ABOUT).write_text(json.dumps(fields))
    with pytest.raises(SurrogateError, match=needle):
        Surrogate.load(str(tmp_path))


def test_without_scikit_learn_it_says_how_to_install_it(
    surrogate: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(SurrogateError, match=r"needs scikit-learn.*nasbench-mvit\[surrogate\]"):
        surrogate.predict([XS])
