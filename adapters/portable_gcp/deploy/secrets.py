"""The secrets of a stage on Google Cloud: secrets in Secret Manager. The outputs of the stage in, a store that writes them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.tooling.infra.deploying import check_length
from portable_gcp.deploy.facts import FACTS
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.settings import SECONDS


def open_store(outputs: Mapping[str, Any]) -> SecretManagerStore:
    """Return the store of a stage; whoever is signed in writes to it."""
    return SecretManagerStore(GcpClients())


class SecretManagerStore:
    """Secrets by their names, `projects/<project>/secrets/<name>`."""

    def __init__(self, clients: GcpClients) -> None:
        """`clients` sign in."""
        self._clients = clients

    def set(self, address: str, value: str) -> None:
        """Add a version. The secret was made by the deployment: one that is not there is not made here."""
        check_length(value, FACTS.most("secret"), "Google Cloud")
        request = {"parent": address, "payload": {"data": value.encode()}}
        self._clients.call(
            lambda: self._clients.secrets().add_secret_version(request=request, retry=None, timeout=SECONDS),
            f"secret {address}",
        )

    def is_set(self, address: str) -> bool:
        """Return whether there is a version: the deployment makes none."""
        request = {"parent": address, "page_size": 1}

        def first() -> bool:
            found = self._clients.secrets().list_secret_versions(request=request, retry=None, timeout=SECONDS)
            return any(True for _ in found)

        return self._clients.call(first, f"secret {address}")
