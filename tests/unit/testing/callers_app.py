"""An app whose routes are not for everybody: replays, idempotent routes, providers, and a check with a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from portable import (
    AsyncTableReader,
    Depends,
    HTTPError,
    Idempotent,
    Principal,
    Request,
    Response,
    Secret,
    Setting,
    Table,
    TableReader,
    function,
    http,
)

hook = Secret("hook")
keys = Secret("keys")
seen = Table("seen", key="id", ttl="ends")
users = Table("users", key="id")
ran: list[str] = []
"""What ran, in order."""


class Customer(Principal):
    """A principal of the app's own."""


@dataclass
class Account:
    name: str


def by_session(request: Request, table: Annotated[TableReader, users]) -> Customer | None:
    ran.append("check")
    row = table.get(request.cookies["session"], default=None)
    return None if row is None else Customer(row["name"], ["shop"])


async def by_session_later(request: Request, table: Annotated[AsyncTableReader, users]) -> Account | None:
    row = await table.get(request.cookies["session"], default=None)
    return None if row is None else Account(row["name"])


def opened() -> Iterator[str]:
    ran.append("open")
    yield "shelf"
    ran.append("close")


def name(who: Principal) -> str:
    return who.subject


@function(http.post("/stripe", auth=http.signature(hook, "stripe", replays=seen)))
def paid(body: bytes) -> Response:
    ran.append("paid")
    if body == b"raise":
        raise RuntimeError("no")
    return Response.json({"bytes": len(body)}, status=503 if body == b"busy" else 201)


@function(http.post("/github", auth=http.signature(hook, "github", replays=seen)))
async def pushed(body: dict[str, str], who: Principal) -> str:
    ran.append("pushed")
    return who.subject


@function(http.post("/orders", auth=http.api_key(keys)), idempotent=Idempotent(seen))
def order(who: Principal, shelf: Annotated[str, Depends(opened)], body: dict[str, int]) -> dict[str, str]:
    ran.append(f"order of {who.subject}")
    return {"of": who.subject, "shelf": shelf}


@function(http.get("/mine", auth=http.signed_in(by_session)))
def mine(who: Customer, name: Annotated[str, Depends(name)]) -> list[str]:
    return [who.subject, name, *who.scopes, type(who).__name__]


@function(http.get("/later", auth=http.signed_in(by_session_later)))
async def later(who: Account) -> str:
    return who.name


@function(http.get("/staged", auth=http.jwt(Setting("issuer"), Setting("api"), algorithms=["RS256"])))
def staged(who: Principal) -> dict[str, object]:
    return who.claims


@function(http.get("/open"))
def public(request: Request) -> str:
    if request.principal is not None:
        raise HTTPError(500, "nobody was checked")
    return "open"
