"""TLS for one address in the local network, by an authority that the phone is told to trust."""

import hashlib
import os
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.io.atomic import atomic_write

EXTRA: Final = "tls"
# A certificate with less left could end in the middle of a run.
MIN_LEFT: Final = timedelta(days=1)
OWNER_ONLY: Final = 0o600


@dataclass(frozen=True)
class Certificates:
    """The certificate files for TLS.

    Attributes:
        authority: certificate to be trusted, DER.
        server: certificate and key of the server, PEM.
    """

    authority: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of the server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context

    def fingerprint(self) -> str:
        """Return the SHA-256 of the authority, as phones show it, for a person to compare."""
        return hashlib.sha256(self.authority.read_bytes()).hexdigest().upper()


def certificates(folder: Path, address: IPv4Address, now: datetime) -> Certificates:
    """Return the certificates of an address, renewed if there are none or they expire soon.

    Raises:
        ExportError: the library cryptography is not installed.
        MeasurementError: a file is damaged.
        OSError: the folder cannot be written.
    """
    load_extra("cryptography", EXTRA)
    from nasbench_mvit.latency.collectors.browser.server import authority  # noqa: PLC0415 - an extra

    found = Certificates(folder / "authority.crt", folder / "server.pem")
    if found.authority.exists() and found.server.exists():
        try:
            if authority.serves(found.server.read_bytes(), address, now + MIN_LEFT):
                return found
        except ValueError:
            raise MeasurementError(
                f"{found.server} is damaged. Remove the folder {folder} and run the same command "
                "again; the phone then has to trust a new certificate."
            ) from None
    issued = authority.issue(address, now)
    with atomic_write(found.server) as file:
        os.fchmod(file.fileno(), OWNER_ONLY)
        file.write(issued.server)
    with atomic_write(found.authority) as file:
        file.write(issued.authority)
    return found
