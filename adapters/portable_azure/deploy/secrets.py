"""The secrets of a stage on Azure: secrets of its vault. The outputs of the stage in, a store that writes them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.errors import NotFound
from portable.tooling.infra.deploying import check_length
from portable_azure.deploy.facts import FACTS
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.settings import parts


def open_store(outputs: Mapping[str, Any]) -> VaultStore:
    """Return the store of a stage; whoever is signed in writes to it."""
    return VaultStore(AzureClients())


class VaultStore:
    """Secrets by their URLs, without a version."""

    def __init__(self, clients: AzureClients) -> None:
        """`clients` sign in."""
        self._clients = clients

    def set(self, address: str, value: str) -> None:
        """Write a new version. The secret was made by the deployment: one that is not there is not made here."""
        check_length(value, FACTS.most("secret"), "Azure")
        self._versions(address)
        vault, name, _ = parts(address)
        self._clients.call(
            lambda: self._clients.vault(vault).set_secret(name, value, content_type="text/plain"), f"secret {address}"
        )

    def is_set(self, address: str) -> bool:
        """Return whether there is a version after the one that the deployment made."""
        return self._versions(address) > 1

    def _versions(self, address: str) -> int:
        """Return how many versions a secret has, 2 where it has more. Values are not read."""
        vault, name, _ = parts(address)

        def count() -> int:
            found = self._clients.vault(vault).list_properties_of_secret_versions(name)
            return sum(1 for _, _version in zip(range(2), found, strict=False))

        versions = self._clients.call(count, f"secret {address}")
        if not versions:
            raise NotFound(f"there is no secret {address}")
        return versions
