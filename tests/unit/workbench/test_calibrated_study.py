"""A study that names a calibration: whether it starts, and whether it is still the same study."""

from pathlib import Path

import pytest
from calibrating import calibrated

from nasbench_mvit.calibration.files import write_calibration
from nasbench_mvit.errors import CalibrationError
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.snapshot import check_same, take_snapshot
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.studies.plan import plan_study


@pytest.mark.parametrize("has_file", [True, False])
def test_the_calibration_of_another_proxy_or_none_is_refused_before_anything_runs(
    tmp_path: Path, has_file: bool
) -> None:
    file = tmp_path / "mine.json"
    if has_file:
        write_calibration(calibrated(proxy=ProxyConfig(steps=336)), file)
    _, study = load_study("table_iphone")
    with pytest.raises(CalibrationError, match="steps is 336 there" if has_file else "cannot be"):
        plan_study(study.with_options(calibration=str(file)))


def test_a_calibration_is_no_part_of_what_a_study_is() -> None:
    _, study = load_study("table_iphone")
    before = take_snapshot(study, {})
    now = take_snapshot(study.with_options(calibration="later.json"), {})
    check_same(before, now, "table_iphone", "here")
