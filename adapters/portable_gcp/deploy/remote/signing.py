"""Who is signed in to Google Cloud: tokens for its APIs (google-auth)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Protocol

from portable.errors import PermissionDenied, PortableError
from portable_gcp.deploy.deploying import DEPLOYING

INSTALL = "portable-functions[gcp]"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Signing(Protocol):
    """Signs requests."""

    def token(self) -> str:
        """Return a token for Google's APIs."""
        ...

    @property
    def project(self) -> str | None:
        """The project that whoever is signed in works in, None where nothing says it."""
        ...


class SignedIn:
    """The application default credentials of this machine. Raises PermissionDenied when there are none."""

    def token(self) -> str:
        """Return a token for Google's APIs; it is renewed when it is about to end."""
        with _refusals():
            credentials, _ = self._found
            if not credentials.valid:
                credentials.refresh(self._transport)
            return str(credentials.token)

    @property
    def project(self) -> str | None:
        """The project of the credentials."""
        with _refusals():
            return self._found[1]

    @cached_property
    def _found(self) -> tuple[Any, str | None]:
        import google.auth

        credentials, project = google.auth.default(scopes=[_SCOPE])
        return credentials, project

    @cached_property
    def _transport(self) -> Any:
        from google.auth.transport.requests import Request

        return Request()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        from google.auth.exceptions import GoogleAuthError
    except ImportError as error:
        raise PortableError(f'this needs google-auth: pip install "{INSTALL}"') from error
    try:
        yield
    except GoogleAuthError as error:
        first = " ".join(str(error).split())[:200]
        raise PermissionDenied(f"nobody is signed in to Google Cloud ({first}). {DEPLOYING.sign_in}") from error
