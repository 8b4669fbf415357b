"""Secrets and settings on Azure: takes the URL of a secret in Key Vault; returns its text.

The address is `https://<vault>.vault.azure.net/secrets/<name>`; a version may follow. Without one, the newest is read.
"""

from __future__ import annotations

from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting
from portable_azure.runtime.clients import AzureClients, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret


def secret_reader(clients: AzureClients | None = None) -> ReadSecret:
    """Return a function that reads secrets. It makes one client per vault, at the first call."""
    used = clients or shared()

    def read(address: str) -> str:
        vault, name, version = parts(address)
        found = used.call(lambda: used.vault(vault).get_secret(name, version), f"secret {address} (Key Vault)")
        return str(found.value)

    return read


read_secret = keeping(secret_reader)
"""Return the value of a secret at an address, cached for five minutes."""


def parts(address: str) -> tuple[str, str, str | None]:
    """Return the vault's URL, the secret's name and its version. Raises ConfigurationError for any other address."""
    vault, found, path = address.partition("/secrets/")
    name, _, version = path.strip("/").partition("/")
    if not found or not name or "://" not in vault:
        raise ConfigurationError(
            f"{address!r} is not the URL of a secret: write https://<vault>.vault.azure.net/secrets/<name>"
        )
    return vault, name, version or None
