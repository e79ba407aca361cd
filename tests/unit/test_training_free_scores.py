"""What a network is scored with, and scores that are no numbers."""

import math

import pytest
import torch
from tiny_training import PROXY, tiny_data, tiny_spec

from nasbench_mvit.errors import ScoreError
from nasbench_mvit.training.device import place
from nasbench_mvit.training.loop import _Training
from nasbench_mvit.training.stream import MosaicStream
from nasbench_mvit.training_free import scores
from nasbench_mvit.training_free.names import NAMES
from nasbench_mvit.training_free.scores import score
from nasbench_mvit.training_free.untrained import NUM_BATCHES, Start

SEED = 3


def start(seed: int = SEED) -> Start:
    return Start.of(PROXY, tiny_data(), seed)


def test_weights_are_those_a_training_starts_from() -> None:
    training = _Training(tiny_spec(), PROXY, tiny_data(), SEED, place("cpu"))
    trained = training.trained().state_dict()
    own = start().network(tiny_spec()).state_dict()
    assert own.keys() == trained.keys()
    assert all(torch.equal(own[name], trained[name]) for name in own)


def test_images_are_those_of_its_first_updates() -> None:
    stream = MosaicStream(tiny_data(), PROXY, seed=SEED, device=torch.device("cpu"))
    batches = start().batches
    assert len(batches) == NUM_BATCHES
    for step, batch in enumerate(batches):
        assert torch.equal(batch.canvases, stream.training_batch(step).canvases)
        assert torch.equal(batch.labels, stream.training_batch(step).labels)


def test_scores_repeat_by_seed_and_leave_the_random_state() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = score(tiny_spec(), start())
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    assert score(tiny_spec(), start()) == first
    assert tuple(first) == NAMES
    other = score(tiny_spec(), start(SEED + 1))
    assert all(first[name] != other[name] for name in NAMES)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_refused(
    value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "zico", lambda _found: value)
    with pytest.raises(ScoreError, match=f"the score zico of the network .* is {value}"):
        score(tiny_spec(), start())
