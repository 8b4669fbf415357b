"""Functions that not everybody may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from portable import HTTPError, Principal, Request, Secret, function, http

KEY = Secret("suite-key")
TOKENS = http.jwt("https://id.example", "suite", scopes=["read"], algorithms=["ES256"])


@dataclass
class Member:
    """Who calls, by a function of the app."""

    name: str
    level: int = 0


def member(
    request: Request, key: Annotated[str, KEY], level: Annotated[int, http.Header("x-level")] = 1
) -> Member | None:
    """Let in whose cookie has the key."""
    if request.cookies.get("blocked"):
        raise HTTPError(403, "blocked")
    return Member("ada", level) if request.cookies.get("session") == key else None


async def later(request: Request, key: Annotated[str, KEY]) -> Member | None:
    """Do the same, later."""
    return member(request, key, 7)


def _told(who: Principal) -> dict[str, object]:
    return {"subject": who.subject, "scopes": sorted(who.scopes)}


@function(http.get("/callers/token", auth=TOKENS, cors="https://shop.example"))
def with_token(who: Principal) -> dict[str, object]:
    """Tell whose token came."""
    return {**_told(who), "team": who.claims.get("team")}


@function(http.post("/callers/token", auth=TOKENS))
async def with_token_later(who: Principal, body: dict[str, int]) -> dict[str, object]:
    """Tell whose token came, and what they sent."""
    return {**_told(who), "body": body}


@function(http.get("/callers/key", auth=http.api_key(KEY, header="X-Suite-Key")))
def with_key(who: Principal) -> dict[str, object]:
    """Tell whose key came."""
    return _told(who)


@function(http.get("/callers/password", auth=http.basic(KEY)))
def with_password(who: Principal, request: Request) -> dict[str, object]:
    """Tell whose password came."""
    return {**_told(who), "same": request.principal is who}


@function(http.post("/callers/signature", auth=http.signature(KEY, scheme="stripe")))
def with_signature(who: Principal, body: bytes) -> dict[str, object]:
    """Tell how much was signed."""
    return {**_told(who), "bytes": len(body)}


@function(http.get("/callers/member", auth=http.signed_in(member)))
def with_check(who: Member) -> Member:
    """Tell who is signed in."""
    return who


@function(http.put("/callers/member", auth=http.signed_in(later)))
async def with_check_later(who: Member) -> Member:
    """Tell who is signed in."""
    return who


@function(http.get("/callers/nobody", auth=None))
def without_check(request: Request) -> dict[str, object]:
    """Tell that nobody is known."""
    return {"principal": request.principal}
