"""Certificates of 127.0.0.1, which are valid for a day: a file in, its private key and certificate in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Authority = tuple[x509.Name, ec.EllipticCurvePrivateKey]


def make_certificate(file: Path) -> None:
    """Write a key and its certificate, which signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("127.0.0.1")
    _write(file, key, _certificate(key, name, (name, key), authority=True))


def make_signed_certificate(file: Path, authority: Path) -> None:
    """Write a key and its certificate, and the certificate of the authority that signs it into a file of its own."""
    own, name = ec.generate_private_key(ec.SECP256R1()), _name("an authority of the tests")
    signed = _certificate(own, name, (name, own), authority=True)
    authority.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key = ec.generate_private_key(ec.SECP256R1())
    _write(file, key, _certificate(key, _name("127.0.0.1"), (name, own), authority=False))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _certificate(
    key: ec.EllipticCurvePrivateKey, name: x509.Name, signer: Authority, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signer[1], hashes.SHA256())
    )


def _write(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
