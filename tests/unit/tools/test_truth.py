"""The tables on published networks: means over seeds, and networks not decided on apart."""

from pathlib import Path

import pandas as pd
import pytest
from pages.truth import (
    DECIDED_ON,
    RECIPES,
    patches_by,
    sizes_table,
    trials_table,
    truth_tables,
    truth_tables_of_one,
)

from nasbench_mvit.architecture.published_figures import FIGURES

FRESH = ("mobilevitv2_0.75", "mobilevitv2_1.25", "mobilevitv2_1.5", "mobilevitv3_xs",
         "mobilevitv3_0.5")  # fmt: skip


@pytest.fixture
def trainings(tmp_path: Path) -> Path:
    rows = [
        {
            "proxy_id": RECIPES["scattered"].id,
            "network": network,
            "seed": seed,
            "fraction": fraction,
            # Right by rank at the end only, and on fresh networks the wrong way round.
            "top1": 0.1
            if fraction < 1
            else (1 if network in DECIDED_ON else -1) * FIGURES[network].top1 / 200 + 0.5,
        }
        for network in (*DECIDED_ON, *FRESH)
        for seed in (0, 1)
        for fraction in (0.5, 1.0)
    ]
    file = tmp_path / "trainings.parquet"
    pd.DataFrame(rows).to_parquet(file)
    return file


def test_networks_not_decided_on_are_judged_apart(trainings: Path) -> None:
    first, *_ = truth_tables(trainings).split("###")
    (row,) = (line for line in first.splitlines() if "not decided on" in line)
    assert row.split("|")[2].strip().startswith("-1.00")
    assert row.split("|")[4].strip() == "0.0"
    assert "default" not in first, "a recipe without trainings has no verdict"


def test_trials_show_means_over_seeds_in_the_order_of_imagenet(tmp_path: Path) -> None:
    file = tmp_path / "trials.csv"
    file.write_text(
        "task,options,network,seed,score,cross_entropy,cpu_seconds\n"
        "all,steps=168,mobilevit_s,0,0.62,2.0,60\n"
        "all,steps=168,mobilevit_s,1,0.60,2.0,60\n"
        "all,steps=168,mobilevit_xxs,0,0.55,2.1,20\n"
    )
    header, _, row = trials_table(file).splitlines()
    assert header.index("XXS") < header.index("MobileViT-S ")
    assert [cell.strip() for cell in row.split("|")[3:6]] == ["55.0", "61.0", "20"]


def test_sizes_stand_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "canvas_sizes.csv"
    file.write_text(
        "recipe,network,cpu_seconds,size_px,top1\nscattered,mobilevit_xxs,20.4,64,0.569\n"
        "scattered,mobilevit_xxs,20.4,56,0.552\n"
    )
    last = sizes_table(file).splitlines()[-1]
    assert last == "| `scattered` | MobileViT-XXS | 55.2 | 56.9 | 20 |"


def test_one_recipe_has_its_verdict_and_too_few_networks_have_none(trainings: Path) -> None:
    assert f"| {len(DECIDED_ON) + len(FRESH)} |" in truth_tables_of_one(trainings)
    rows = pd.read_parquet(trainings)
    rows[rows.network == DECIDED_ON[0]].to_parquet(trainings)
    with pytest.raises(ValueError, match="too few networks"):
        truth_tables_of_one(trainings)


def test_patches_are_judged_as_differences(tmp_path: Path) -> None:
    file = tmp_path / "trainings.parquet"
    scores = {"mobilevit_xs": 0.5, "mobilevit_xs_patch_8_4_2": 0.47}
    pd.DataFrame(
        {
            "proxy_id": "p", "network": network, "seed": seed, "fraction": 1.0,
            "top1": top1 + seed / 100,
        }
        for network, top1 in scores.items()
        for seed in (0, 1)
    ).to_parquet(file)  # fmt: skip
    cells = [cell.strip() for cell in patches_by(file).splitlines()[-1].strip("|").split("|")]
    assert cells[2:] == ["-3.0", "[-3.0, -3.0]", "2"]
