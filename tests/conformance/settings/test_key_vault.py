from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.core.credentials import AccessToken
from servers.keyvault import TOKEN, keyvault

from portable.errors import ConfigurationError, NotFound, PermissionDenied, PortableError
from portable_azure.deploy.secrets import VaultStore
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.settings import secret_reader

if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret


class Identity:
    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken(TOKEN, 2**40)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ReadSecret]]:
    folder: Path = tmp_path_factory.mktemp("vault")
    with keyvault(folder, {"api-token": "s3cret ü"}) as (url, certificate), pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield url, secret_reader(AzureClients(Identity()))


def test_a_secret_of_a_vault_is_read(vault: tuple[str, ReadSecret]) -> None:
    url, read = vault
    assert read(f"{url}/secrets/api-token") == "s3cret ü"
    assert read(f"{url}/secrets/api-token/0123456789abcdef0123456789abcdef") == "s3cret ü"


def test_a_missing_secret_is_not_found(vault: tuple[str, ReadSecret]) -> None:
    url, read = vault
    with pytest.raises(NotFound, match="gone") as caught:
        read(f"{url}/secrets/gone")
    assert caught.value.__cause__ is not None


def test_a_forbidden_secret_is_permission_denied(vault: tuple[str, ReadSecret]) -> None:
    url, read = vault
    with pytest.raises(PermissionDenied) as caught:
        read(f"{url}/secrets/denied-token")
    assert caught.value.__cause__ is not None


def test_an_address_that_is_no_secret_says_what_one_looks_like(vault: tuple[str, ReadSecret]) -> None:
    with pytest.raises(ConfigurationError, match=r"vault\.azure\.net/secrets"):
        vault[1]("api-token")


def test_the_store_of_a_stage_writes_what_functions_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with keyvault(tmp_path, {"api-token": "unset"}) as (url, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        clients, address = AzureClients(Identity()), f"{url}/secrets/api-token"
        store = VaultStore(clients)
        assert not store.is_set(address)
        store.set(address, "s3cret ü")
        assert store.is_set(address)
        assert secret_reader(clients)(address) == "s3cret ü"
        with pytest.raises(NotFound):
            store.set(f"{url}/secrets/gone", "x")
        with pytest.raises(PermissionDenied):
            store.set(f"{url}/secrets/denied-token", "x")
        with pytest.raises(PortableError, match="at most 25600 bytes"):
            store.set(address, "x" * 25_601)
