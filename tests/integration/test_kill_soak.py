"""The short form of ``kill_soak.py``."""

from pathlib import Path

import pytest
from kill_soak import Soak

KILLS = 3


@pytest.mark.slow
def test_a_search_survives_kills_of_driver_and_workers(tmp_path: Path) -> None:
    tally = Soak(tmp_path, seed=1, trials=3).run(KILLS, reference=False)
    assert tally.kills.total() == KILLS
