"""Signed URLs of blobs: an account, its key and a blob in, a service SAS URL out. Nothing is called.

obstore signs the escaped path of a blob where Azure signs the plain one, so its URLs of blobs with a space or an umlaut
are refused (403). Form and order of what is signed: learn.microsoft.com/rest/api/storageservices/create-service-sas,
version 2020-12-06.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

VERSION = "2020-12-06"
_PERMISSIONS = {"GET": "r", "PUT": "cw"}


class AccountSigner:
    """Signs with the account's key, as one container of it."""

    def __init__(self, endpoint: str, account: str, key: str, container: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/{container}"
        self._resource = f"/blob/{account}/{container}"
        self._key = key

    def sign(self, blob: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Return a URL of a blob that is good for `expires` seconds from now."""
        from datetime import UTC, datetime, timedelta
        from urllib.parse import quote, urlencode

        now = datetime.now(UTC)
        start, end = _time(now - timedelta(minutes=5)), _time(now + timedelta(seconds=expires))  # clocks differ
        permissions = _PERMISSIONS[method]
        protocol = "https" if self._url.startswith("https:") else "https,http"
        signed = [permissions, start, end, f"{self._resource}/{blob}", "", "", protocol, VERSION, "b", *[""] * 7]
        query = {"sv": VERSION, "st": start, "se": end, "sr": "b", "sp": permissions, "spr": protocol}
        query["sig"] = self._signature("\n".join(signed))
        return f"{self._url}/{quote(blob, safe='/')}?{urlencode(query)}"

    def _signature(self, text: str) -> str:
        import hashlib
        import hmac
        from base64 import b64decode, b64encode

        return b64encode(hmac.digest(b64decode(self._key), text.encode(), hashlib.sha256)).decode()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
