"""The predictors of phones, made from files whose times follow a known law; no results."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from phone_route import KNOWN, OTHERS, TIMES, as_a_phone, scores
from phones.data import COLUMNS, GROUPED, MOBILEVIT, SPECS, TWINS, PhoneData, PhoneRows, family
from phones.fits import (
    TERMS,
    families_with_three_known,
    left_out_families,
    left_out_mobilevits,
    margins_without,
    pooled,
    prices,
    v2_from_v1,
)

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import feature_columns

NAMES = [
    f"{start}{n}" for start in ("mobilenet_w", "regnetx00", "resnet", "vit-") for n in range(9)
]
PRICES = {"silu_elements": 1e-5, "pointwise_macs": 2e-7, "matrix_macs": 1e-7, "grouped_macs": 3e-7}
TWO_FILES = [f"{runtime}_{kind}_e2e.csv" for runtime in ("tflite", "torch")
             for kind in ("cnn", "transformer")]  # fmt: skip


def sums() -> pd.DataFrame:
    """As ``op_features.csv`` has them: MobileViTs as counted, the others at random."""
    rng = np.random.default_rng(0)
    parts = [of for columns in (*COLUMNS.values(), *GROUPED.values()) for of in columns]
    table = pd.DataFrame(
        rng.uniform(1e6, 1e8, (len(NAMES), len(parts))), index=NAMES, columns=parts
    )
    table["silu_el"] = 0.0
    ours = feature_columns(SpecArrays.of([published(s) for s in SPECS.values()]), list(COLUMNS))
    own = pd.DataFrame({COLUMNS[name][-1]: column for name, column in ours.items()}, index=[*SPECS])
    return pd.concat([table, own]).fillna(0.0).rename_axis("model")


def written(folder: Path, table: pd.DataFrame, **factors: float) -> PhoneData:
    """Write the files of a folder: a law's microseconds times a factor for each network named."""
    folder.mkdir(exist_ok=True)
    of = {**COLUMNS, **GROUPED}
    parts = [price * table[list(of[name])].sum(axis=1) for name, price in PRICES.items()]
    ms = np.sum(parts, axis=0) * [factors.get(name, 1.0) for name in table.index]
    table.to_csv(folder / "op_features.csv")
    times = pd.DataFrame(
        {f"s10|1large|float|{kind}": ms * 1e3 for kind in ("mean", "std")}, index=table.index
    )
    twin = next(iter(TWINS))
    for kind in ("mean", "std"):
        times[f"{twin}|1large|float|{kind}"] = times[f"s10|1large|float|{kind}"].where(
            times.index.str.startswith("mobilevit")
        )
        times[f"{TWINS[twin]}|1large|float|{kind}"] = times[f"s10|1large|float|{kind}"]
    for place, name in enumerate(TWO_FILES):
        times[place % 2 :: 2].to_csv(folder / name)
    return PhoneData(folder)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> PhoneRows:
    return written(tmp_path_factory.mktemp("law"), sums()).rows("tflite", "s10", "float")


def test_the_prices_of_a_law_are_found(rows: PhoneRows) -> None:
    found = dict(zip(TERMS, prices(rows.columns, rows.ms, rows.is_mobilevit), strict=True))
    assert found == pytest.approx({name: PRICES.get(name, 0.0) for name in TERMS}, abs=1e-9)


def test_an_odd_network_hardly_moves_the_prices(tmp_path: Path) -> None:
    odd = written(tmp_path, sums(), resnet3=3.0, regnetx005=0.3).rows("tflite", "s10", "float")
    found = dict(zip(TERMS, prices(odd.columns, odd.ms, odd.is_mobilevit), strict=True))
    for name, price in PRICES.items():
        assert found[name] == pytest.approx(price, rel=0.05)


def test_networks_left_out_are_predicted_from_the_others(rows: PhoneRows) -> None:
    own = rows.is_mobilevit
    assert own.sum() == 5
    assert left_out_mobilevits(rows) == pytest.approx(rows.ms[own], rel=1e-4)
    assert v2_from_v1(rows) == pytest.approx(rows.ms[rows.is_named("mobilevitv2-")], rel=1e-4)
    families = left_out_families(rows)
    assert set(families) == {"MobileNet", "ResNet", "ViT", "regnet"}
    assert pooled(families) == pytest.approx(0, abs=1e-4)
    assert {len(errors) for errors in families_with_three_known(rows).values()} == {6}


def test_an_error_of_a_row_left_out_is_its_own(tmp_path: Path) -> None:
    slow = written(tmp_path, sums(), **{"mobilevit-small": 1.2}).rows("tflite", "s10", "float")
    errors = left_out_mobilevits(slow) / slow.ms[slow.is_mobilevit]
    assert errors[0] == pytest.approx(1 / 1.2, rel=1e-3)


def test_the_margin_of_a_family_is_that_of_the_others() -> None:
    errors = {"a": np.full(10, 0.1), "b": np.full(12, 0.3), "c": np.full(9, 0.2)}
    others = {"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b")}
    expected = [margin(np.concatenate([errors[o] for o in others[name]])) for name in errors]
    found = margins_without(errors)
    assert found[[0, 10, 22]].tolist() == expected == [0.3, 0.2, 0.3]


def test_a_phone_without_cnns_takes_those_of_its_twin(tmp_path: Path) -> None:
    data = written(tmp_path, sums())
    found = data.rows("tflite", "onefusion", "float")
    assert (len(found.ms), found.num_of_twin) == (len(NAMES) + len(SPECS), len(NAMES))
    assert data.rows("tflite", "s10", "float").num_of_twin == 0


@pytest.mark.parametrize("column", ["silu_el", "dw_macs", "pw_el"])
def test_counts_that_differ_are_refused(tmp_path: Path, column: str) -> None:
    table = sums()
    table[column] += np.where(table.index == "mobilevit-x-small", 1.0, 0.0)
    with pytest.raises(PredictorError, match=r"of mobilevit-x-small is .*: count both alike"):
        written(tmp_path, table)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mobilevitv2-1.0-imagenet1k-256", MOBILEVIT),
        ("mobilenetv2b_w1", "MobileNetV2"),
        ("fdmobilenet_w1", "MobileNet"),
        ("sepreresnet18", "ResNet"),
        ("vit-hybrid-base-bit-384", "ViT"),
        ("swinv2-tiny-patch4-window8-256", "Swin"),
        ("cvt-13", "cvt"),
    ],
)
def test_families_share_a_building_block(name: str, expected: str) -> None:
    assert family(name) == expected


def test_a_network_of_no_known_family_is_refused() -> None:
    with pytest.raises(PredictorError, match="alexnet is of no known family"):
        family("alexnet")


def test_groups_of_mobilevits_are_held_against_a_fit_to_the_others(tmp_path: Path) -> None:
    table = sums()
    specs = [published(name) for name in SPECS.values()]
    law = feature_columns(SpecArrays.of(specs), [name for name in PRICES if name in COLUMNS])
    exact = np.sum([PRICES[name] * column for name, column in law.items()], axis=0)
    data = written(tmp_path, table)
    others = data.rows("tflite", "s10", "float")
    rest = ~others.is_mobilevit
    lines = [
        *zip([OTHERS] * rest.sum(), np.array(others.names)[rest], others.ms[rest], strict=True)
    ]
    for group, factor, there in ((KNOWN, 1.0, slice(3)), ("v2", 1.05, slice(3, None))):
        lines += [
            (group, spec.to_json(), factor * ms)
            for spec, ms in zip(specs[there], exact[there], strict=True)
        ]
    times = pd.DataFrame(lines, columns=["group", "network", "ms"])
    (line,) = scores(as_a_phone(data, times), times).to_dict("records")
    assert (line["networks"], line["number"], line["mean error"]) == ("v2", "2", "4.8%")
    assert line["within × or ÷ 1.11"] == "100%"


def test_the_times_of_the_check_are_of_valid_networks() -> None:
    times = pd.read_csv(TIMES)
    own = times[times.group != OTHERS]
    assert own.network.map(lambda text: MobileViTSpec.from_json(text).id).nunique() >= 150
    assert (times.ms > 0).all()
