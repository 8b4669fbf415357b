"""A request and the URL of an app in, the answer of its HTTP function out: for targets whose HTTP functions have a URL only."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from portable.errors import PortableError, Unavailable
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.infra.remote import Answer
from portable.tooling.remote.rest import Caller

SPARE_SECONDS = 60
"""What an answer may take longer than the function may: the start of an instance."""


def call_url(
    caller: Caller, base: str, request: Request, query: str, seconds: float, more: Mapping[str, str] | None = None
) -> Answer:
    """Send a request once and return what came back, whatever its status. Raises Unavailable where nothing did.

    `query` is the query as it was written, `seconds` what the function may take, and `more` are headers of the road.
    """
    if not request.raw_path.startswith("/"):
        raise PortableError(f"the path {request.raw_path!r} must start with /: without it, it would name another host")
    url = f"{base}{request.raw_path}{f'?{query}' if query else ''}"
    headers = {**(more or {}), **dict(request.headers.items())}
    begun = monotonic()
    try:
        reply = caller.send(request.method, url, headers, request.body, seconds + SPARE_SECONDS)
    except Unavailable as error:
        raise Unavailable(f"{request.method} {url}: no answer came ({error}). The function may have run") from error
    response = Response(reply.body, reply.status, dict(reply.headers))
    response.cookies.extend(reply.cookies)
    return Answer(response, seconds=monotonic() - begun)
