"""Takes a project and names of this machine; returns a certificate for them, which is made here and kept in `.portable/https`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from portable.errors import PortableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate as Parsed
    from cryptography.x509 import GeneralName

FOLDER = Path(".portable", "https")
KEY, SHOWN = "key.pem", "certificate.pem"
"""The file with the key and its certificate, which is for this server alone, and the one with the certificate, to be trusted."""
NAMES = ("localhost", "127.0.0.1", "::1")
VALID = timedelta(days=365)
"""Browsers refuse what is valid for more than 398 days."""
BEFORE = timedelta(days=30)
"""How long before its end a certificate is made again."""
EARLY = timedelta(hours=1)
"""A certificate is valid from a time before it was made, because clocks differ."""
PRIVATE, PUBLIC, OTHERS = 0o600, 0o644, 0o077
HOST = re.compile(r"[A-Za-z0-9_*]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate: the file with its key, the file to be trusted, its end, its SHA-256, and whether it was made just now."""

    key: Path
    file: Path
    until: datetime
    fingerprint: str
    made: bool


def certificate_of(project: Path, names: Iterable[str] = (), now: datetime | None = None) -> Certificate:
    """Return the certificate of a project for loopback and further names of this machine.

    It is made again when it ends within 30 days, lacks a name, does not fit its key, or when others could read the key.
    Raises PortableError when it cannot be made.
    """
    if find_spec("cryptography") is None:
        raise PortableError('--https needs cryptography: run pip install "portable-functions[dev]"')
    folder, moment = project / FOLDER, now or datetime.now(UTC)
    wanted = [name for name in dict.fromkeys((*NAMES, *names)) if _is_a_name(name)]
    try:
        kept = _kept(folder / KEY, wanted, moment)
        if kept is None:
            folder.mkdir(parents=True, exist_ok=True)
            _written(folder / KEY, _made(wanted, moment), PRIVATE)
        found = kept or _read(folder / KEY)
        shown = _pem(found)
        if kept is None or not (folder / SHOWN).is_file() or (folder / SHOWN).read_bytes() != shown:
            _written(folder / SHOWN, shown, PUBLIC)
    except OSError as error:
        raise PortableError(
            f"{folder} cannot be written: {error.strerror}. --https keeps its certificate there"
        ) from error
    return Certificate(folder / KEY, folder / SHOWN, found.not_valid_after_utc, _fingerprint(found), kept is None)


def _is_a_name(name: str) -> bool:
    """Return whether a certificate can be for a name: neither "every address" nor a text that is no name."""
    try:
        return not ip_address(name).is_unspecified
    except ValueError:
        return HOST.fullmatch(name) is not None


def _general(name: str) -> GeneralName:
    from cryptography.x509 import DNSName, IPAddress

    try:
        return IPAddress(ip_address(name.partition("%")[0]))
    except ValueError:
        return DNSName(name)


def _kept(file: Path, wanted: list[str], now: datetime) -> Parsed | None:
    """Return the certificate of an earlier run if it can still be used."""
    from cryptography.x509 import SubjectAlternativeName

    try:
        open_to_others = _was_open(file)
        found = _read(file)
        key = _key(file)
    except (FileNotFoundError, ValueError):
        return None
    named = found.extensions.get_extension_for_class(SubjectAlternativeName).value
    fits = found.public_key() == key.public_key() and all(_general(name) in named for name in wanted)
    holds = found.not_valid_before_utc <= now < found.not_valid_after_utc - BEFORE
    return found if fits and holds and not open_to_others else None


def _was_open(file: Path) -> bool:
    """Return whether others could read a file. Where a file system keeps no modes, that is taken as it is."""
    if file.stat().st_mode & OTHERS == 0:
        return False
    file.chmod(PRIVATE)
    return file.stat().st_mode & OTHERS == 0


def _read(file: Path) -> Parsed:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(file.read_bytes())


def _key(file: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(found, EllipticCurvePrivateKey):
        raise ValueError("another kind of key")  # noqa: TRY004 - as of a file that cannot be read
    return found


def _made(names: list[str], now: datetime) -> bytes:
    """Return a new key and its certificate, which can be for this server only: it can sign no other one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portable dev on this machine")])
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    found = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - EARLY)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + _pem(found)


def _pem(found: Parsed) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return found.public_bytes(Encoding.PEM)


def _fingerprint(found: Parsed) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return found.fingerprint(SHA256()).hex(":").upper()


def _written(file: Path, data: bytes, mode: int) -> None:
    """Write a file, all of it or nothing, also when two processes begin together."""
    made = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        made.unlink()
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(data)
    made.replace(file)
