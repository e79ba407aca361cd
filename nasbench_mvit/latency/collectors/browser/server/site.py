"""The servers of a run, and what the terminal says of them."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from nasbench_mvit.latency.collectors.browser.server.address import LOOPBACK, Address, qr_code
from nasbench_mvit.latency.collectors.browser.server.api import Api
from nasbench_mvit.latency.collectors.browser.server.http_handler import bound
from nasbench_mvit.latency.collectors.browser.server.page_server import PageServer
from nasbench_mvit.latency.collectors.browser.server.pairing import Pairing
from nasbench_mvit.latency.collectors.browser.server.tls import Certificates
from nasbench_mvit.latency.collectors.browser.server.trust import TrustApi
from nasbench_mvit.latency.collectors.contract import Screen


@dataclass(frozen=True, eq=False)
class Site:
    """Serves the page and, with TLS, the way to it.

    Attributes:
        address: where ``api`` is served, over TLS where there are certificates.
        api: the answers to the page.
        pairing: the code that lets a browser in.
        certificates: of this machine, None to serve without TLS.
        screen: the terminal.
    """

    address: Address
    api: Api
    pairing: Pairing
    certificates: Certificates | None
    screen: Screen
    _servers: ExitStack = field(default_factory=ExitStack, init=False)

    def open(self) -> None:
        """Start to serve and say where.

        Raises:
            MeasurementError: a port is taken, or the address is not this machine's.
        """
        try:
            entrance = self._open()
        except BaseException:
            self.close()
            raise
        self._lead_to(entrance.url(self.pairing.code))

    def _lead_to(self, url: str) -> None:
        if self.address.host == LOOPBACK:
            self.screen.note(
                f"open {url}\n  in a browser of this machine, or of an Android phone on a cable "
                f"after\n  adb reverse tcp:{self.address.port} tcp:{self.address.port}; `lan=` "
                "lets in any phone of this network"
            )
        else:
            self.screen.draw(qr_code(url))
            self.screen.note(
                f"open {url}\n  in the phone's browser, or scan the code above with its camera; "
                "the phone\n  has to be in the same network as this machine"
            )
        if self.pairing.is_paired:
            self.screen.note(
                "a browser that was paired before goes on by itself, in the page it has open"
            )

    def _open(self) -> Address:
        """Start the servers; return the address that a phone opens first."""
        address, certificates = self.address, self.certificates
        tls = certificates.context() if certificates else None
        handler = bound(self.api.respond, origins=address.origins, report=self.screen.note)
        self._servers.enter_context(PageServer((address.host, address.port), handler, tls))
        if certificates is None:
            return address
        entrance = Address(address.host, address.port + 1)
        trust = TrustApi(certificates, address.origins[0])
        handler = bound(trust.respond, origins=entrance.origins, report=self.screen.note)
        self._servers.enter_context(PageServer((entrance.host, entrance.port), handler))
        self.screen.note(f"SHA-256 of the certificate to trust: {certificates.fingerprint()}")
        return entrance

    def close(self) -> None:
        """Stop to serve."""
        self._servers.close()
