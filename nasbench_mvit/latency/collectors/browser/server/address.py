"""Where the page is found: the address that others reach this machine at, and its QR code."""

import io
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

import segno

from nasbench_mvit.errors import MeasurementError

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8650
# An address for documentation: nothing is sent, the system only says which network it would take.
_ANYWHERE: Final = ("192.0.2.1", 9)


@dataclass(frozen=True)
class Address:
    """The address at which a page is served.

    Attributes:
        host: an IPv4 address of this machine; the loopback one keeps all others out.
        port: port of the page; with TLS the way to it takes the next one too.
        is_tls: whether the page is served over TLS.
    """

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    is_tls: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The host names that a browser may use, starting with the one that is displayed."""
        return ("localhost", self.host) if self.host == LOOPBACK else (self.host,)

    @property
    def origins(self) -> tuple[str, ...]:
        """All origins of the page, the one that is shown first."""
        scheme = "https" if self.is_tls else "http"
        return tuple(f"{scheme}://{name}:{self.port}" for name in self.names)

    def url(self, code: str) -> str:
        """Return the address that pairs a browser; the code is in a part that is never sent."""
        return f"{self.origins[0]}/#code={code}"


def lan_address() -> str:
    """Return this machine's address in the network that leads out.

    Raises:
        MeasurementError: there is no such network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)
            found: str = probe.getsockname()[0]
        except OSError:
            found = LOOPBACK
    if ipaddress.ip_address(found).is_loopback:
        raise MeasurementError(
            "this machine is in no network that a phone could reach it by. Join the phone's Wi-Fi, "
            "or name this machine's address in it by `lan=`."
        )
    return found


def qr_code(text: str) -> str:
    """Return a QR code of ``text``, to be printed white on black."""
    out = io.StringIO()
    segno.make(text, error="l").terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n")
