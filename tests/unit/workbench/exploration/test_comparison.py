"""Networks side by side, by numbers that are worked out by hand."""

import math

import pytest
from synthetic import synthetic_run

from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.parts import compared_parts_figure
from nasbench_mvit.workbench.exploration.comparison import (
    Compared,
    compared_curves,
    compared_fields,
    compared_parts,
    milliseconds,
    side_by_side,
)
from nasbench_mvit.workbench.studies.notes import Note
from nasbench_mvit.workbench.studies.open import open_study


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> list[Compared]:
    study = open_study(synthetic_run(tmp_path_factory.mktemp("run"), 4))
    s, xs, xxs = study.summary.rows[:3]
    noted = Note(text="fast", tags=("a", "b"))
    return [Compared("S", study, s), Compared("XS", study, xs), Compared("XXS", study, xxs, noted)]


def test_differences_are_from_the_first(networks: list[Compared]) -> None:
    table = side_by_side(networks).set_index("network")
    s, xs = networks[0].row, networks[1].row
    assert math.isnan(table["latency difference, ms"]["S"])
    assert table["latency difference, ms"]["XS"] == pytest.approx(xs.latency_ms - s.latency_ms)
    assert table["proxy accuracy difference, points"]["XS"] == pytest.approx(
        100 * (xs.top1 - s.top1)
    )
    noise = 100 * math.hypot(*(networks[0].study.summary.noise_of(row) for row in (s, xs)))
    assert table["± of the difference, points"]["XS"] == pytest.approx(noise)
    apart = s.latency_low_ms > xs.latency_high_ms
    assert table["latency intervals apart"]["XS"] == apart
    assert table.tags.tolist() == ["", "", "a, b"]


def test_a_difference_stands_beside_what_differs(networks: list[Compared]) -> None:
    names = list(side_by_side(networks))
    assert names[2] == "estimated ImageNet top-1, %"  # seen first on a phone
    assert names[names.index("in the calibration's domain") + 1] == "proxy accuracy, %"
    assert names[names.index("±, points") + 1] == "proxy accuracy difference, points"
    assert names[names.index("upper end, ms") + 1] == "latency difference, ms"


def test_parts_add_up_to_the_latency_of_each(networks: list[Compared]) -> None:
    parts = compared_parts(networks)
    sums = milliseconds(parts).set_index("part").sum()
    assert sums.tolist() == pytest.approx([one.row.latency_ms for one in networks])
    bars = compared_parts_figure(parts, "ms").data
    assert [bar.name for bar in bars] == ["S", "XS", "XXS"] * 3


def test_the_seeds_of_a_network_share_its_colour_and_its_line_of_the_legend(
    networks: list[Compared],
) -> None:
    lines = curves_figure(compared_curves(networks), "proxy accuracy").data
    assert len(lines) > 3
    assert len({(line.name, line.line.color) for line in lines}) == 3
    assert len({line.line.color for line in lines}) == 3
    assert [line.name for line in lines if line.showlegend] == ["S", "XS", "XXS"]
    assert lines[0].meta == "S, seed 0"


def test_equal_fields_are_left_out(networks: list[Compared]) -> None:
    table = compared_fields(networks).set_index("field")
    assert "resolution" not in table.index
    assert list(table.loc["stage3.channels"]) == ["96", "64", "48"]
    assert compared_fields([networks[0], networks[0]]).empty
