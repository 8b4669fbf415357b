"""Secrets and settings on Google Cloud: takes the name of a secret in Secret Manager; returns the text of its newest version.

The address is `projects/<project>/secrets/<name>`; `/versions/<version>` may follow.
"""

from __future__ import annotations

from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting
from portable_gcp.runtime.clients import GcpClients, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret

SECONDS = 10.0


def secret_reader(clients: GcpClients | None = None) -> ReadSecret:
    """Return a function that reads secrets. It makes its client at the first call."""
    used = clients or shared()

    def read(address: str) -> str:
        name = address if "/versions/" in address else f"{address}/versions/latest"
        what = f"secret {address} (Secret Manager)"
        answer = used.call(
            lambda: used.secrets().access_secret_version(request={"name": name}, retry=None, timeout=SECONDS), what
        )
        try:
            return str(answer.payload.data.decode())
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{what} is not UTF-8 text: store it as text") from error

    return read


read_secret = keeping(secret_reader)
"""Return the value of a secret at an address, cached for five minutes."""
