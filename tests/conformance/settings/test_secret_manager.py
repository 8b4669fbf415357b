from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from servers.secretmanager import secretmanager

from portable.errors import ConfigurationError, NotFound, PermissionDenied, PortableError
from portable_gcp.deploy.secrets import SecretManagerStore
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.settings import secret_reader

if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret

TOKEN = "projects/p/secrets/api-token"


@pytest.fixture(scope="module")
def read() -> Iterator[ReadSecret]:
    secrets = {
        f"{TOKEN}/versions/latest": "s3cret ü".encode(),
        f"{TOKEN}/versions/1": b"old",
        "projects/p/secrets/key/versions/latest": b"\xff\x00",
    }
    with secretmanager(secrets) as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_MANAGER_EMULATOR_HOST", host)
        yield secret_reader(GcpClients())


def test_the_newest_version_of_a_secret_is_read_unless_one_is_named(read: ReadSecret) -> None:
    assert read(TOKEN) == "s3cret ü"
    assert read(f"{TOKEN}/versions/1") == "old"


def test_missing_forbidden_and_binary_secrets_are_errors_of_the_tree(read: ReadSecret) -> None:
    for address, expected in (
        ("projects/p/secrets/gone", NotFound),
        ("projects/p/secrets/denied", PermissionDenied),
        ("projects/p/secrets/key", ConfigurationError),
    ):
        with pytest.raises(expected, match=address) as caught:
            read(address)
        assert caught.value.__cause__ is not None


def test_the_store_of_a_stage_writes_what_functions_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with secretmanager({f"{TOKEN}/versions/none": b""}) as host:
        monkeypatch.setenv("SECRET_MANAGER_EMULATOR_HOST", host)
        clients = GcpClients()
        store = SecretManagerStore(clients)
        assert not store.is_set(TOKEN)
        store.set(TOKEN, "s3cret ü")
        assert store.is_set(TOKEN)
        assert secret_reader(clients)(TOKEN) == "s3cret ü"
        with pytest.raises(NotFound):
            store.set("projects/p/secrets/gone", "x")
        with pytest.raises(PortableError, match="at most 65536 bytes"):
            store.set(TOKEN, "x" * 65_537)
