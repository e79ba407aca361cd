"""TLS by an authority that can do nothing else, and the page that leads to it."""

import hashlib
import http.client
import json
import socket
import ssl
import stat
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from browsing import Clock, Printed, free_port, ort_copy
from cryptography import x509
from measuring import STARTED

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.job_slot import JobSlot
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.server.address import LOOPBACK, Address
from nasbench_mvit.latency.collectors.browser.server.api import Api
from nasbench_mvit.latency.collectors.browser.server.authority import LIFETIME
from nasbench_mvit.latency.collectors.browser.server.http_handler import Handler
from nasbench_mvit.latency.collectors.browser.server.page_server import MAX_CONNECTIONS, PageServer
from nasbench_mvit.latency.collectors.browser.server.pairing import Pairing
from nasbench_mvit.latency.collectors.browser.server.site import Site
from nasbench_mvit.latency.collectors.browser.server.tls import certificates

HERE = IPv4Address(LOOPBACK)


def now() -> datetime:
    """The real time, which TLS compares certificates with."""
    return datetime.now(STARTED.tzinfo)


def secure_connection(port: int, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(LOOPBACK, port, timeout=30, context=context)


def test_a_phone_that_trusts_the_authority_reaches_the_page(tmp_path: Path) -> None:
    screen = Printed()
    address = Address(LOOPBACK, free_port(), is_tls=True)
    run = BrowserRun(
        runtime=ort_copy(tmp_path),
        engine="wasm",
        threads=1,
        device=None,
        target=None,
        clock=Clock(),
        screen=screen,
    )
    pairing = Pairing(tmp_path / "pairing.json", screen.note)
    api = Api(run, pairing, JobSlot(Inbox(tmp_path / "uploads"), Clock()))
    made = certificates(tmp_path / "tls", HERE, now())
    site = Site(address, api, pairing, made, screen)
    site.open()
    try:
        with closing(http.client.HTTPConnection(LOOPBACK, address.port + 1, timeout=30)) as plain:
            plain.request("GET", "/authority.json")
            facts = json.loads(plain.getresponse().read())
            plain.request("GET", "/authority.crt")
            authority = plain.getresponse().read()
            assert facts == {
                "origin": f"https://localhost:{address.port}",
                "sha256": hashlib.sha256(authority).hexdigest().upper(),
            }
            plain.request("GET", "/")
            assert b"Certificate Trust Settings" in plain.getresponse().read()
            plain.request("GET", "/static/app.js")  # nothing else is served without TLS
            assert plain.getresponse().status == 404
        trusting = ssl.create_default_context(cadata=authority)
        with closing(secure_connection(address.port, trusting)) as secure:
            secure.request("GET", "/")
            assert secure.getresponse().status == 200
        with (
            closing(secure_connection(address.port, ssl.create_default_context())) as stranger,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            stranger.request("GET", "/")
    finally:
        site.close()
    assert screen.lines[0] == f"SHA-256 of the certificate to trust: {facts['sha256']}"
    assert f"open http://localhost:{address.port + 1}/#code={pairing.code}" in screen.lines[-1]


def test_connections_count_before_their_handshake(tmp_path: Path) -> None:
    tls = certificates(tmp_path, HERE, now()).context()
    address = (LOOPBACK, free_port())
    with ExitStack() as open_ones, PageServer(address, Handler, tls):
        silent = [
            open_ones.enter_context(socket.create_connection(address, timeout=30))
            for _ in range(MAX_CONNECTIONS + 1)
        ]
        assert silent[-1].recv(1) == b""


def test_the_authority_can_do_nothing_else(tmp_path: Path) -> None:
    made = certificates(tmp_path, HERE, STARTED)
    authority = x509.load_der_x509_certificate(made.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert [str(tree.value) for tree in limits.value.permitted_subtrees or ()] == ["127.0.0.1/32"]
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)
    assert authority.not_valid_after_utc == STARTED + LIFETIME
    server = made.server.read_bytes()
    assert server.count(b"PRIVATE KEY") == 2  # one key, between its two lines
    assert stat.S_IMODE(made.server.stat().st_mode) == 0o600
    keys = [path for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert keys == [made.server]  # the authority's own key is nowhere


def test_certificates_stay_while_they_last_and_are_of_one_address(tmp_path: Path) -> None:
    first = certificates(tmp_path, HERE, STARTED).fingerprint()
    assert certificates(tmp_path, HERE, STARTED + LIFETIME / 2).fingerprint() == first
    late = STARTED + LIFETIME - timedelta(hours=1)
    second = certificates(tmp_path, HERE, late).fingerprint()
    assert second != first
    elsewhere = certificates(tmp_path, IPv4Address("192.0.2.7"), late).fingerprint()
    assert elsewhere != second


def test_a_damaged_certificate(tmp_path: Path) -> None:
    made = certificates(tmp_path, HERE, STARTED)
    made.server.write_bytes(b"no certificate")
    with pytest.raises(MeasurementError, match=r"server\.pem is damaged\. Remove the folder"):
        certificates(tmp_path, HERE, STARTED)
