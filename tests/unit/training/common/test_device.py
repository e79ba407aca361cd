"""Choice of device and precision."""

import pytest
import torch

from nasbench_mvit.errors import StudyError
from nasbench_mvit.training.common import world
from nasbench_mvit.training.common.device import place, reproducible


def test_processor_computes_in_full_precision() -> None:
    placement = place("cpu")
    assert placement.device == torch.device("cpu")
    assert placement.precision == "float32"
    assert not placement.scales_gradients


@pytest.mark.parametrize(
    ("gpus", "apple", "expected"), [(0, False, "cpu"), (0, True, "mps"), (2, False, "cuda:0")]
)
def test_auto_takes_the_fastest_kind(
    monkeypatch: pytest.MonkeyPatch, gpus: int, apple: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)
    monkeypatch.setattr("nasbench_mvit.training.common.device._reduced", lambda _: None)
    assert str(place("auto").device) == expected


@pytest.mark.parametrize(
    ("capability", "precision", "scales"), [((8, 0), "bfloat16", False), ((7, 5), "float16", True)]
)
def test_gpu_without_bfloat16_scales_its_gradients(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], precision: str, scales: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    placement = place("cuda")
    assert (placement.precision, placement.scales_gradients) == (precision, scales)


def test_device_this_machine_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(StudyError, match=r"unknown device 'cuda:99'.*auto.*cpu"):
        place("cuda:99")


def test_random_state_of_the_caller_is_given_back() -> None:
    before = torch.random.get_rng_state()
    with reproducible(torch.device("cpu")):
        torch.manual_seed(1)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("before", "cores", "processes", "threads"),
    [(4, 2, "1", 2), (1, 8, "1", 1), (8, 8, "4", 2), (2, 2, "8", 1), (3, 64, "1", 3)],
)
def test_threads_are_no_more_than_the_cores_of_a_process(
    before: int, cores: int, processes: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "usable_cores", lambda: cores)
    monkeypatch.setenv(world.LOCAL_PROCESSES, processes)
    own = torch.get_num_threads()
    torch.set_num_threads(before)
    try:
        with reproducible(torch.device("cpu")):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(own)
