"""HTTPS for the local Coda: with a certificate of its own for one run, or with a given one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codaform.server.access import LOCAL_NAMES

_VALID = timedelta(days=30)
"""How long a certificate of one run is valid."""


class BadCertificate(Exception):
    """The reason that a certificate cannot be used, in one line."""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A server's side of HTTPS. trust: The file that its clients have to trust; None for a given certificate."""

    context: ssl.SSLContext
    trust: Path | None = None


@contextmanager
def own_certificate(host: str = "") -> Iterator[ServerCertificate]:
    """A certificate for this machine, made now; its private key is in no file. host: A further name of the server.

    The file to trust holds the certificate of the issuer, whose key is forgotten; it goes at the end of the block.
    """
    issuer, chain, key = _made([*LOCAL_NAMES, *([host] if host and host not in LOCAL_NAMES else [])])
    with TemporaryDirectory(prefix="codaform-") as folder:
        trust, pair = Path(folder) / "certificate.pem", Path(folder) / "pair.pem"
        pair.touch(0o600)
        pair.write_bytes(key + chain)
        context = _context(pair, None)
        pair.unlink()  # OpenSSL has read it
        trust.write_bytes(issuer)
        yield ServerCertificate(context, trust)


def read_certificate(certificate: Path, key: Path | None = None) -> ServerCertificate:
    """A certificate with its chain, and its private key, from PEM files. Raises BadCertificate.

    key: By default the key is in the same file.
    """
    try:
        return ServerCertificate(_context(certificate, key))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "" if key is not None else "; --key names the file of its key, where that is another one"
        raise BadCertificate(f"{certificate} cannot be used as a certificate: {why}{hint}") from None


def _context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    def no_password() -> str:
        raise ValueError("its key is encrypted")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, no_password)
    return context


def _made(names: list[str]) -> tuple[bytes, bytes, bytes]:
    """An issuer's certificate, one for these names with its issuer's signature, and the private key, all as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def builder(subject: str, key: Any, issuer_key: Any, authority: bool) -> x509.CertificateBuilder:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
        )
        signs = {"digital_signature": not authority, "key_cert_sign": authority, "crl_sign": authority}
        return (
            x509.CertificateBuilder(named(_ISSUER), named(subject), key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + _VALID)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(x509.KeyUsage(**usage, **signs, decipher_only=False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )

    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = builder(_ISSUER, issuer_key, issuer_key, authority=True).sign(issuer_key, hashes.SHA256())
    own = (
        builder("the local Coda", key, issuer_key, authority=False)
        .add_extension(x509.SubjectAlternativeName([_name(x509, name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return issuer.public_bytes(Encoding.PEM), own.public_bytes(Encoding.PEM), private


_ISSUER = "codaform, for one run"


def _name(x509: Any, name: str) -> Any:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
