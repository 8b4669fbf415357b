"""The secrets of a stage on Google Cloud: secrets in Secret Manager. The outputs of the stage in, a store that writes them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portable.errors import ConfigurationError, NotFound, PortableError
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
        self._call(
            address, lambda: self._clients.secrets().add_secret_version(request=request, retry=None, timeout=SECONDS)
        )

    def is_set(self, address: str) -> bool:
        """Return whether there is a version: the deployment makes none."""
        request = {"parent": address, "page_size": 1}

        def first() -> bool:
            found = self._clients.secrets().list_secret_versions(request=request, retry=None, timeout=SECONDS)
            return any(True for _ in found)

        return bool(self._call(address, first))

    def _call(self, address: str, action: Callable[[], Any]) -> Any:
        try:
            return self._clients.call(action, f"secret {address} (Secret Manager)")
        except NotFound as error:
            raise PortableError(f"there is no secret {address}: deploy the stage first") from error
        except ConfigurationError as error:
            raise PortableError(f"{error} Sign in, for example with `gcloud auth application-default login`") from error
