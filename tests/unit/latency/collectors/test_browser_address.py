"""Addresses and QR codes."""

import ipaddress
import socket
from typing import Any

import pytest

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.server.address import Address, lan_address, qr_code


def test_the_loopback_address_has_two_names() -> None:
    assert Address(port=8650).origins == ("http://localhost:8650", "http://127.0.0.1:8650")


def test_an_address_in_the_network_has_one() -> None:
    address = Address("192.168.1.5", 8650, is_tls=True)
    assert address.origins == ("https://192.168.1.5:8650",)
    assert address.url("abc") == "https://192.168.1.5:8650/#code=abc"


class _Probe(socket.socket):
    """A socket on a machine that leads out by ``found``."""

    found: str | None = None

    def connect(self, _address: Any) -> None:
        if self.found is None:
            raise OSError(101, "Network is unreachable")

    def getsockname(self) -> Any:
        return (self.found, 0)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> type[_Probe]:
    monkeypatch.setattr(_Probe, "found", None)
    monkeypatch.setattr(socket, "socket", _Probe)
    return _Probe


def test_the_address_in_the_network_that_leads_out(probe: type[_Probe]) -> None:
    probe.found = "10.1.2.3"
    assert ipaddress.ip_address(lan_address()) == ipaddress.ip_address("10.1.2.3")


@pytest.mark.parametrize("found", [None, "127.0.0.1"])
def test_a_machine_in_no_network(probe: type[_Probe], found: str | None) -> None:
    probe.found = found
    with pytest.raises(MeasurementError, match="by `lan=`"):
        lan_address()


def test_a_qr_code_is_square_and_quiet_around() -> None:
    lines = qr_code("http://192.168.1.5:8650/#code=abcdefgh").split("\n")
    width = len(lines[0])
    assert {len(line) for line in lines} == {width}
    assert 2 * len(lines) - 1 == width  # two rows of modules a line
    assert set(lines[0]) == {lines[0][0]}
    assert qr_code("http://192.168.1.5:8650/#code=abcdefgi") != "\n".join(lines)
