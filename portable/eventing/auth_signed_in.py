"""The check of `http.signed_in`: asks the app's own function who calls. Only functions with such a route load it."""

from __future__ import annotations

from portable.errors import InvalidArgument, InvalidInput, TooLarge
from portable.eventing.auth_refused import unauthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.eventing.request import Request

CHALLENGE = "Bearer"
_REFUSED = (InvalidInput, InvalidArgument, TooLarge)
"""What a value of the request is refused with: by its declared type, or by a client, such as an empty key of a table."""


class SignedInVerifier:
    """Lets in whom the app's own function knows. What that needs of the request and was not sent, or cannot be used, is a 401 as well."""

    def __init__(self, check: Callable[[Request, Context], Any], drivers: Drivers) -> None:
        """`check` is the generated call of the app's own function. The drivers of the test kit know who calls a test's app."""
        self._check = check
        self._tested = getattr(drivers, "signed_in", None)

    def __call__(self, request: Request, context: Context) -> Any:
        """Return who calls. Raises HTTPError 401, and what the app's own function raises."""
        found = self._told(request)
        if found is None:
            try:
                found = self._check(request, context)
            except _REFUSED as error:
                raise self._wrong(request, error) from None
        return self._known(request, found)

    async def awaited(self, request: Request, context: Context) -> Any:
        """Return who calls, on a host that awaits, by an `async def` function."""
        found = self._told(request)
        if found is None:
            try:
                found = await self._check(request, context)
            except _REFUSED as error:
                raise self._wrong(request, error) from None
        return self._known(request, found)

    def _told(self, request: Request) -> Any:
        """Return who calls by the word of the test kit. None everywhere else."""
        return None if self._tested is None else self._tested(request)

    def _known(self, request: Request, found: Any) -> Any:
        if found is None:
            raise self._refused(request, "the app's own check does not know them")
        return found

    def _wrong(self, request: Request, error: Exception) -> Exception:
        """Return the 401 for a value that the client sent, and the error itself for one that the app made."""
        if not isinstance(error, InvalidInput):
            from portable.eventing.blame import answer

            found = answer(request, error)  # type: ignore[arg-type]  # it is one of _REFUSED
            if found is None:
                return error
            error = found
        return self._refused(request, f"{error.at} was not sent, or cannot be read")  # not its text, which may show it

    def _refused(self, request: Request, why: str) -> Exception:
        return unauthenticated(request, CHALLENGE, why)
