"""A certificate authority that signs one certificate and is forgotten.

An authority is a danger to whoever trusts it. This one can do nothing more: its key is never kept,
it is constrained to the one address and to servers, and it ends within two weeks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

LIFETIME: Final = timedelta(days=14)
CLOCKS_DIFFER: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Issued:
    """An authority and its only certificate.

    Attributes:
        authority: certificate to be trusted, DER, the form a phone installs.
        server: certificate and key of the server, PEM.
    """

    authority: bytes
    server: bytes


def issue(address: IPv4Address, now: datetime) -> Issued:
    """Return a new authority, and the certificate of a server at ``address``."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"nasbench_mvit at {address} until {now + LIFETIME:%Y-%m-%d}")
    authority = (
        _builder(name, name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints([x509.IPAddress(IPv4Network(address))], None), critical=True
        )
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _builder(_name(str(address)), name, server_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    key = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Issued(authority.public_bytes(Encoding.DER), server.public_bytes(Encoding.PEM) + key)


def serves(server: bytes, address: IPv4Address, moment: datetime) -> bool:
    """Return whether a certificate, PEM, is of ``address`` and still good at ``moment``.

    Raises:
        ValueError: it is none.
    """
    certificate = x509.load_pem_x509_certificate(server)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_of_address = names.get_values_for_type(x509.IPAddress) == [address]
    return is_of_address and certificate.not_valid_after_utc > moment


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
