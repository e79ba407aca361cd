"""Wrong options of the engine, and a Ray that is not there."""

import socket
import sys

import pytest
from bad_input import Case, Refuses

SMOKE = "--study smoke"
RAY = f"{SMOKE} --engine ray"

CASES = {
    "misspelt engine": Case(f"{SMOKE} --engine rai", ("unknown engine 'rai'", "'ray'", "local")),
    "an address without Ray": Case(f"{SMOKE} --address auto", ("--address: needs --engine ray",)),
    "GPUs without Ray": Case(f"{SMOKE} --gpus-per-trial 1", ("--gpus-per-trial: needs --engine",)),
    "a storage path without Ray": Case(
        f"{SMOKE} --engine local --storage-path p", ("--storage-path: needs --engine ray",)
    ),
    "no address": Case((*RAY.split(), "--address", ""), ("--address", "must not be empty")),
    "no processor": Case(f"{RAY} --cpus-per-trial 0", ("--cpus-per-trial", "1 or more", "'0'")),
    "one and a half GPUs": Case(
        f"{RAY} --gpus-per-trial 1.5", ("--gpus-per-trial", "such as 0.25", "'1.5'")
    ),
    "negative GPUs": Case(f"{RAY} --gpus-per-trial -1", ("--gpus-per-trial", "'-1'")),
    "GPUs in words": Case(f"{RAY} --gpus-per-trial nan", ("--gpus-per-trial", "'nan'")),
    "a remote driver without a storage path": Case(
        f"{RAY} --address ray://10.0.0.1:10001", ("no node of the cluster", "--storage-path")
    ),
    "an address without a port": Case(
        f"{RAY} --address 10.0.0.1", ("--address 10.0.0.1", "ray start --head")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_wrong_engine_is_refused(refuses: Refuses, case: Case) -> None:
    refuses(case)


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_where_nobody_answers_is_refused(refuses: Refuses, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"{scheme}127.0.0.1:{port}"
    message = refuses(
        Case(f"{RAY} --storage-path shared --address {address}", (f"at --address {address}",))
    )
    assert "refused" in message


def test_without_ray_the_command_says_what_to_install(
    refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        name for name in sys.modules if name.startswith("nasbench_mvit.search.engines.ray")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    refuses(Case(RAY, ("Ray cannot be loaded", "pip install", "ray[client,tune]")))
