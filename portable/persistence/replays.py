"""Refuses exact copies of signed requests: `replays=` of `http.signature`. Only functions with such a route load it.

A copy has the same signed content. The first one runs the handler. A copy that comes while it runs, or after it succeeded, gets 409. A handler that raises, or
whose response has a status of 500 or more, leaves no record, so that the sender may send the same bytes again.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from portable.base.steps import do_async
from portable.errors import HTTPError
from portable.eventing.auth_signature import SCHEMES
from portable.eventing.response import to_response
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import RequestCall
from portable.persistence.idempotency_keys import record_key
from portable.persistence.idempotency_records import Claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.base.steps import Steps
    from portable.compute.context import Context
    from portable.eventing.auth import SignatureAuth
    from portable.persistence.idempotency_calls import Run

WITHOUT_TIME = timedelta(days=90)
"""How long a request is remembered whose signature has no time, so that it stays right for ever."""


class UnrepeatedCall(RequestCall):
    """The call of a function with `http.signature(…, replays=<table>)`, for requests whose signature is right."""

    def __init__(self, call: Callable[[Any, Any], Any], auth: SignatureAuth, function: str, drivers: Drivers) -> None:
        """`auth` has the table."""
        self._read = SCHEMES[auth.scheme][0]
        life = WITHOUT_TIME if auth.scheme == "github" else timedelta(seconds=2 * auth.tolerance + 60)
        super().__init__(call, Idempotent(auth.replays, ttl=life), function, drivers)

    def _handling(self, request: Any, context: Context, run: Run) -> Steps[Any]:
        """The steps of a call. `run` reads and writes records."""
        claim = yield run(self._claim, request, context)
        try:
            response = to_response((yield self._call(request, context)), awaited=True)
        except BaseException:
            yield run(self._records.abandon, claim)
            raise
        if response.status >= 500:
            yield run(self._records.abandon, claim)
        else:
            yield run(self._records.finish, claim, context._now(), {})
        return response

    def _claim(self, request: Any, context: Context) -> Claim:
        """Return the right to handle a request. Raises HTTPError 409 for a copy."""
        now = context._now()
        # not the signature: of a sender who signs with an old and a new key, a copy could have only one of the two
        key = record_key(self._function, ("signed", sha256(self._read(request).content).hexdigest()))
        found = self._records.claim(key, now, now + context.remaining(), None)
        if not isinstance(found, Claim):
            raise HTTPError(409, "this request was handled before")
        return found


class AsyncUnrepeatedCall(UnrepeatedCall):
    """`UnrepeatedCall` for a host that awaits."""

    async def __call__(self, request: Any, context: Context) -> Any:
        """Return the response. Raises what `UnrepeatedCall` raises."""
        return await do_async(self._handling(request, context, self._run))
