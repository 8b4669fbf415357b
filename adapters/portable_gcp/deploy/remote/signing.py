"""Who is signed in to Google Cloud: tokens for its APIs, and for the app's own services (google-auth)."""

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

    def identity(self, audience: str) -> str:
        """Return a token that says who calls, for one service."""
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

    def identity(self, audience: str) -> str:
        """Return the token of a service account for a service, or that of the person who is signed in."""
        with _refusals():
            from google.auth.exceptions import DefaultCredentialsError
            from google.oauth2 import id_token

            try:
                return str(id_token.fetch_id_token(self._transport, audience))  # type: ignore[no-untyped-call]
            except DefaultCredentialsError:
                credentials, _ = self._found
                credentials.refresh(self._transport)
                if not getattr(credentials, "id_token", None):
                    raise
                return str(credentials.id_token)

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
