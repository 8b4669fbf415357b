"""Signed URLs of blobs: takes a blob, a method and seconds; returns a service or user delegation SAS URL.

obstore signs the escaped path of a blob, but Azure the plain one. So Azure refuses obstore's URLs (403) of blobs with a
space or an umlaut. Form and order of the signed text: learn.microsoft.com/rest/api/storageservices/create-service-sas
and create-user-delegation-sas, version 2020-12-06.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Literal

VERSION = "2020-12-06"
_PERMISSIONS = {"GET": "r", "PUT": "cw"}
_KEY_DAYS = 7  # the longest lifetime of a user delegation key


class AccountSigner:
    """Signs URLs of one container with the account's key. Makes no call."""

    def __init__(self, endpoint: str, account: str, key: str, container: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/{container}"
        self._resource = f"/blob/{account}/{container}"
        self._key = key

    def sign(self, blob: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Return a URL of a blob that is valid for `expires` seconds from now."""
        return _signed(self._url, self._resource, blob, method, expires, self._key, {}, [""])


class IdentitySigner:
    """Signs with the app's identity: with a user delegation key, which is fetched at the first call and kept for days.

    `token` gives an access token for https://storage.azure.com/. The identity needs the action generateUserDelegationKey
    of the account. Raises PermissionDenied, Unavailable.
    """

    def __init__(self, endpoint: str, account: str, container: str, token: Callable[[], str]) -> None:
        from threading import Lock

        self._endpoint = endpoint.rstrip("/")
        self._container = container
        self._resource = f"/blob/{account}/{container}"
        self._token = token
        self._lock = Lock()
        self._key: dict[str, str] = {}
        self._until: datetime | None = None

    def sign(self, blob: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Return a URL of a blob that is valid for `expires` seconds from now."""
        key = self._delegation(expires)
        names = {"skoid": "SignedOid", "sktid": "SignedTid", "skt": "SignedStart", "ske": "SignedExpiry",
                 "sks": "SignedService", "skv": "SignedVersion"}  # fmt: skip
        delegated = {name: key[field] for name, field in names.items()}
        signed = [*delegated.values(), "", "", ""]
        url = f"{self._endpoint}/{self._container}"
        return _signed(url, self._resource, blob, method, expires, key["Value"], delegated, signed)

    def _delegation(self, expires: int) -> dict[str, str]:
        from datetime import UTC, datetime, timedelta

        with self._lock:
            now = datetime.now(UTC)
            if self._until is None or self._until < now + timedelta(seconds=expires):
                until = now + timedelta(days=_KEY_DAYS) - timedelta(minutes=1)
                self._key = self._fetch(_time(now - timedelta(minutes=5)), _time(until))
                self._until = until + timedelta(minutes=1)  # so a URL for all seven days ends at most a minute early
            return self._key

    def _fetch(self, start: str, end: str) -> dict[str, str]:
        import xml.etree.ElementTree as ElementTree
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        from portable.errors import Unavailable
        from portable_azure.runtime.errors import of_code

        url = f"{self._endpoint}/?restype=service&comp=userdelegationkey"
        body = f"<KeyInfo><Start>{start}</Start><Expiry>{end}</Expiry></KeyInfo>"
        headers = {"Authorization": f"Bearer {self._token()}", "x-ms-version": VERSION}
        try:
            with urlopen(Request(url, body.encode(), headers, method="POST"), timeout=10) as answer:  # noqa: S310
                tree = ElementTree.fromstring(answer.read())  # noqa: S314 - Azure's own answer
        except HTTPError as error:
            error.close()
            said = f"no key to sign URLs: Azure Storage replied {error.code}"
            raise of_code(error.headers.get("x-ms-error-code", ""), error.code)(said) from error
        except OSError as error:
            raise Unavailable("no key to sign URLs: Azure Storage could not be reached") from error
        return {child.tag: child.text or "" for child in tree}


def managed_identity_token() -> str:
    """Return an access token for Azure Storage from the host's identity endpoint.

    Source: learn.microsoft.com/azure/app-service/overview-managed-identity, REST endpoint reference.
    """
    import json
    import os
    from urllib.parse import urlencode
    from urllib.request import Request, urlopen

    from portable.errors import Unavailable

    query = {"api-version": "2019-08-01", "resource": "https://storage.azure.com/"}
    client = os.environ.get("AZURE_CLIENT_ID")
    if client:
        query["client_id"] = client
    url = f"{os.environ['IDENTITY_ENDPOINT']}?{urlencode(query)}"
    request = Request(url, headers={"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")})  # noqa: S310
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return str(json.load(answer)["access_token"])
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(
            "the identity endpoint gave no token for Azure Storage: check the app's managed identity"
        ) from error


def _signed(
    container_url: str,
    resource: str,
    blob: str,
    method: Literal["GET", "PUT"],
    expires: int,
    key: str,
    delegated: dict[str, str],
    identity: list[str],
) -> str:
    import hashlib
    import hmac
    from base64 import b64decode, b64encode
    from datetime import UTC, datetime, timedelta
    from urllib.parse import quote, urlencode

    now = datetime.now(UTC)
    start, end = _time(now - timedelta(minutes=5)), _time(now + timedelta(seconds=expires))  # clocks differ
    permissions = _PERMISSIONS[method]
    protocol = "https" if container_url.startswith("https:") else "https,http"
    signed = [permissions, start, end, f"{resource}/{blob}", *identity, "", protocol, VERSION, "b", *[""] * 7]
    signature = b64encode(hmac.digest(b64decode(key), "\n".join(signed).encode(), hashlib.sha256)).decode()
    query = {"sv": VERSION, "st": start, "se": end, "sr": "b", "sp": permissions, "spr": protocol, **delegated}
    return f"{container_url}/{quote(blob, safe='/')}?{urlencode({**query, 'sig': signature})}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
