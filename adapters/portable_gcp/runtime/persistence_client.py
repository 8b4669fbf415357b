"""The Firestore client behind an address: text in, google-cloud-firestore's own client out, made at the first call.

An address is `<collection>`, or `<database>/<collection>` for another database than the default one. The project and the
credentials are Google's usual ones (`GOOGLE_CLOUD_PROJECT`, application default credentials); `FIRESTORE_EMULATOR_HOST`
is honoured.
"""

from __future__ import annotations

import os
from threading import Lock

from portable.base.drivers import missing_extra
from portable.errors import ConfigurationError
from portable_gcp.runtime.persistence_errors import translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class FirestoreClients:
    """The clients that the tables of one process share, one per database. gRPC must not be used before a fork."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._clients: dict[str, Any] = {}

    def get(self, database: str) -> Any:
        """Return the client of a database. Raises ConfigurationError."""
        found = self._clients.get(database)
        if found is None:
            with self._lock:
                found = self._clients.get(database)
                if found is None:
                    found = self._clients[database] = _make(database)
        return found


def parts(address: str) -> tuple[str, str]:
    """Return the database and the collection of an address. Raises ConfigurationError."""
    names = address.split("/")
    if len(names) > 2 or not all(names):
        raise ConfigurationError(f"{address!r} is no Firestore address: <collection> or <database>/<collection>")
    return (names[0] if len(names) == 2 else "(default)"), names[-1]


def _make(database: str) -> Any:
    try:
        from google.cloud import firestore
    except ImportError as error:
        raise missing_extra("gcp", "google-cloud-firestore") from error
    project = os.environ.get("GOOGLE_CLOUD_PROJECT")
    if project is None and os.environ.get("FIRESTORE_EMULATOR_HOST"):
        project = "demo-portable"
    try:
        return firestore.Client(project=project, database=database)
    except Exception as error:
        known = translated(error, database)
        if known is error and not isinstance(error, OSError):
            raise
        raise ConfigurationError(f"Firestore: {error}") from error
