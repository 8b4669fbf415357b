"""The certificate of HTTPS: whom it is for, how long it is kept, and who may read its key."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.dev import certificate
from portable.tooling.dev.certificate import VALID, Certificate, certificate_of
from portable.tooling.dev.trusting import said

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def trusts(found: Certificate, name: str, presented: Certificate | None = None) -> bool:
    """Say whether a client that trusts one certificate gets through to a server of a name."""
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain((presented or found).key)
    asking = ssl.create_default_context(cafile=str(found.file))
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    server = serving.wrap_bio(there, here, server_side=True)
    client = asking.wrap_bio(here, there, server_hostname=name)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return client.version() == "TLSv1.3"


def test_a_client_that_trusts_it_gets_through_under_the_names_of_this_machine(tmp_path: Path) -> None:
    found = certificate_of(tmp_path, ["laptop.lan", "192.168.1.5", "0.0.0.0", "no name"])
    assert all(trusts(found, name) for name in ("localhost", "127.0.0.1", "::1", "laptop.lan", "192.168.1.5"))
    assert not any(trusts(found, name) for name in ("evil.example", "192.168.1.6", "0.0.0.0"))


def test_another_one_is_not_trusted_with_it(tmp_path: Path) -> None:
    mine, other = certificate_of(tmp_path / "mine"), certificate_of(tmp_path / "other")
    assert not trusts(mine, "localhost", other)


def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    found = certificate_of(tmp_path)
    assert found.key.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" in found.key.read_bytes()
    assert b"PRIVATE" not in found.file.read_bytes()
    assert sorted(path.name for path in found.key.parent.iterdir()) == ["certificate.pem", "key.pem"]


def test_it_is_kept_until_its_last_thirty_days(tmp_path: Path) -> None:
    first = certificate_of(tmp_path, now=NOW)
    assert (first.made, first.until) == (True, NOW + VALID)
    kept = certificate_of(tmp_path, now=first.until - timedelta(days=31))
    assert (kept.made, kept.fingerprint) == (False, first.fingerprint)
    again = certificate_of(tmp_path, now=first.until - timedelta(days=29))
    assert again.made
    assert again.fingerprint != first.fingerprint


def test_one_of_the_future_is_made_again(tmp_path: Path) -> None:
    certificate_of(tmp_path, now=NOW)
    assert certificate_of(tmp_path, now=NOW - timedelta(days=2)).made


def test_a_name_that_it_lacks_makes_another_one(tmp_path: Path) -> None:
    certificate_of(tmp_path)
    assert certificate_of(tmp_path, ["laptop"]).made
    assert not certificate_of(tmp_path).made


def test_a_key_that_others_could_read_is_not_used_again(tmp_path: Path) -> None:
    first = certificate_of(tmp_path)
    first.key.chmod(0o644)
    again = certificate_of(tmp_path)
    assert again.made
    assert again.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damaged", [b"", b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_damaged_is_made_again(tmp_path: Path, damaged: bytes) -> None:
    first = certificate_of(tmp_path)
    first.key.write_bytes(damaged)
    assert certificate_of(tmp_path).made
    assert trusts(certificate_of(tmp_path), "localhost")


def test_a_key_of_another_certificate_is_not_used(tmp_path: Path) -> None:
    mine, other = certificate_of(tmp_path / "mine"), certificate_of(tmp_path / "other")
    certificate_part = other.key.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    key_part = mine.key.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    mine.key.write_bytes(key_part + certificate_part[1] + certificate_part[2])
    assert certificate_of(tmp_path / "mine").made


def test_the_file_to_be_trusted_is_always_that_of_the_key(tmp_path: Path) -> None:
    found = certificate_of(tmp_path)
    found.file.write_text("something else")
    assert not certificate_of(tmp_path).made
    assert trusts(found, "localhost")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".portable").write_text("a file")
    with pytest.raises(PortableError, match="https cannot be written: Not a directory"):
        certificate_of(tmp_path)


def test_what_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "find_spec", lambda _name: None)
    with pytest.raises(PortableError, match=r'pip install "portable-functions\[dev\]"'):
        certificate_of(tmp_path)


@pytest.mark.parametrize(
    ("platform", "command"), [("darwin", "security add-trusted-cert"), ("linux", "-t P,,"), ("win32", "-addstore")]
)
def test_how_to_trust_it_is_told_once(tmp_path: Path, platform: str, command: str) -> None:
    lines = said(certificate_of(tmp_path), "https://127.0.0.1:8000", platform)
    assert any(command in line and str(tmp_path) in line for line in lines)
    assert len(said(certificate_of(tmp_path), "https://127.0.0.1:8000", platform)) == 1
