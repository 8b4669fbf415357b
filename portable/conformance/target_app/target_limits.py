"""Functions that take so many calls and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from portable import HTTPError, Principal, Request, Response, Secret, Table, function, http

CALLS = Table("suite-calls", key="id", ttl="ends")
KEY = Secret("suite-key")
_shared = http.group("/limits", limit=http.rate("3/m", by="principal", table=CALLS, name="shared"))
_keys = http.api_key(KEY, header="x-suite-key")


def refusing() -> Response | None:
    """Run before each call that got a place."""
    raise HTTPError(418, "the guard ran")


@function(http.get("/limits/address", limit=http.rate(["2/m", "3/h"], by="ip", table=CALLS)))
def by_address() -> str:
    """Answer each address."""
    return "in"


@function(_shared.get("/mine", auth=_keys))
def mine(who: Principal) -> str:
    """Answer each caller."""
    return who.subject


@function(_shared.post("/mine", auth=_keys))
async def mine_later(who: Principal, body: dict[str, int]) -> dict[str, int]:
    """Do the same, later."""
    return {who.subject: body["a"]}


@function(_shared.get("/open", limit=None, auth=None))
def without_limit() -> str:
    """Answer everybody."""
    return "open"


def team(request: Request) -> str | None:
    """Tell whose calls are counted together."""
    return request.headers.get("x-team")


@function(
    http.get(
        "/limits/guarded",
        cors="https://shop.example",
        limit=[http.rate("2/m", by="route", table=CALLS), http.rate("1/m", by=team, table=CALLS)],
    ),
    before=[refusing],
)
def guarded() -> str:
    """Answer nobody: the guard comes first."""
    return "never"


@function(http.get("/limits/streamed", limit=http.rate("600/h", by="route", table=CALLS, unavailable="allow")))
def streamed() -> Response:
    """Send a stream."""
    return Response.stream(iter(["a", "b"]))


def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI app without a framework."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"in"]


mounted = http.wsgi("/limits/app", app, limit=http.rate("2/m", by="route", table=CALLS))
