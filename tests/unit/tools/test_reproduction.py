"""The verdicts of ``docs/reproduction.md`` follow from the trainings."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from pages.reproduction import reproduced_effects, scores_at_sizes

from nasbench_mvit.ablation.design.contrasts import ARMS, Contrast
from nasbench_mvit.ablation.results.summary import AblationSummary, EffectRow
from nasbench_mvit.analysis.paired import paired_effects

SEEDS = (0, 1, 2, 3, 4)
WOBBLE = np.array([0.4, -0.3, 0.1, -0.2, 0.0])


def found(study: str, reference: str, shifts: dict[str, float], paper: float) -> AblationSummary:
    """Return a study whose settings differ from the reference by so many points."""
    scores_AS = np.array([60 + 0 * WOBBLE, *(60 + shift + WOBBLE for shift in shifts.values())])
    weights_EA = np.hstack([-np.ones((len(shifts), 1)), np.eye(len(shifts))])
    effects = paired_effects(scores_AS, weights_EA, [ARMS] * len(shifts))
    rows = [
        EffectRow(
            contrast=Contrast(
                factor="", setting=setting, reference=reference, weights=(), family=ARMS, arm=None
            ),
            effect=effect,
            paper=paper,
        )
        for setting, effect in zip(shifts, effects, strict=True)
    ]
    summary = SimpleNamespace(ablation=SimpleNamespace(name=study), effects=rows, seeds=SEEDS)
    return cast("AblationSummary", summary)


def line(page: str, what: str) -> str:
    return next(text for text in page.splitlines() if text.startswith(f"| {what} |"))


@pytest.mark.parametrize(
    ("strong", "weak", "agree"), [(-9.0, 0.0, (True, True)), (0.0, -9.0, (False, False))]
)
def test_decays_are_held_to_the_papers_sentence(
    strong: float, weak: float, agree: tuple[bool, bool]
) -> None:
    study = found("ablation_weight_decay", "0.01", {"0.1": strong, "0.001": weak}, paper=-0.8)
    page = reproduced_effects([study])
    rows = line(page, "Fig. 11, weight decay 0.1 instead of 0.01"), line(page, "0.001")
    assert tuple("agrees with “robust except 0.1”" in row for row in rows) == agree
    assert tuple("does not show “robust except 0.1”" in row for row in rows) == tuple(
        not agrees for agrees in agree
    )
    assert "neither for nor against" not in page


@pytest.mark.parametrize(("shift", "undecided"), [(0.0, True), (-9.0, False)])
def test_an_interval_with_the_papers_effect_and_none_decides_nothing(
    shift: float, undecided: bool
) -> None:
    page = reproduced_effects([found("ablation_fusion", "with", {"without": shift}, paper=-0.3)])
    assert ("neither for nor against the paper: Fig. 12" in page) == undecided
    assert "robust" not in page


def test_arms_are_compared_at_each_size_with_the_one_of_as_few_updates(tmp_path: Path) -> None:
    file = tmp_path / "sizes.csv"
    gains = {"standard": 0.0, "multi-scale": 0.1, "as few": 0.0}
    pd.DataFrame(
        {"arm": arm, "seed": seed, "size_px": size, "top1": 0.5 + seed / 100 + gain * (size == 80)}
        for arm, gain in gains.items()
        for seed in (0, 1)
        for size in (80, 128)
    ).to_csv(file, index=False)
    rows = [
        [cell.strip() for cell in text.strip("|").split("|")]
        for text in scores_at_sizes(file).splitlines()
    ]
    assert rows[0] == ["arm", "80 px", "128 px"]
    assert ["multi-scale", "60.5", "50.5"] in rows
    assert ["multi-scale against as few", "+10.0 [+10.0, +10.0]", "+0.0 [+0.0, +0.0]"] in rows
