"""The short form of ``kill_soak.py``."""

from pathlib import Path

import pytest
from kill_soak import Soak

VICTIMS = {"local": ("driver", "worker", "driver"), "ray": ("worker", "head")}


@pytest.mark.slow
@pytest.mark.parametrize("engine", VICTIMS)
def test_a_search_survives_kills_at_any_moment(engine: str, tmp_path: Path) -> None:
    victims = VICTIMS[engine]
    soak = Soak(tmp_path, seed=1, engine=engine, trials=3, victims=victims)
    tally = soak.run(len(victims), reference=False)
    assert sorted(tally.kills.elements()) == sorted(victims)
