"""What it costs to know who calls: the check of a warm instance, by processor time, best of several rounds.

A token is verified by `http.jwt`, from the request to the Principal, and by PyJWT alone with the key at hand. They are measured in
turn, and the median of their ratios counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import jwt

from benchmarks.rows import Row
from portable import Context, Request, Secret, Table, http
from portable.compute.limited import LimitedCall
from portable.eventing.auth_jwt import JwtVerifier
from portable.eventing.auth_key_sets import KeySets
from portable.eventing.auth_keys import KeyVerifier
from portable.eventing.auth_signature import SignatureVerifier
from portable.persistence.memory import MemoryTable
from portable.persistence.sliding import counted
from portable.persistence.writes import Put
from portable.testing.http.issuer import Issuer
from portable.testing.http.signing import signed_headers

ROUNDS = 31
CALLS = 300
ISSUER = "https://id.example"
BODY = b'{"id": "evt_1", "type": "paid", "amount": 500}' * 20


class Drivers:
    """Drivers that know one secret and one key set."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        self._keys = keys

    def key_set(self, _issuer: str) -> list[dict[str, Any]]:
        return self._keys

    def secret(self, _secret: Secret) -> str:
        return "acme:k-1\nglobex:k-2"


class Tables:
    """Drivers that know one table."""

    def __init__(self, table: MemoryTable) -> None:
        self.table = table

    def of(self, _table: Table) -> MemoryTable:
        return self.table


def taken(call: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS


def token_row(algorithm: str, bar: float | None) -> Row:
    """Compare the check of a token with PyJWT alone."""
    issuer = Issuer()
    drivers: Any = Drivers(issuer.key_set([algorithm]))
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "orders", "sub": "ada", "iat": now, "exp": now + 3600, "scope": "read write"}
    token = issuer.sign(claims, algorithm)
    key = issuer.private_key(algorithm).public_key()
    check = JwtVerifier(http.jwt(ISSUER, "orders", ["read"], [algorithm]), drivers, KeySets(drivers))
    context = Context("r", "f", now + 30.0)
    headers = {"authorization": f"Bearer {token}", "accept": "*/*", "host": "api.example"}

    def ours() -> object:
        return check(Request("GET", "/orders", "", headers), context)

    def alone() -> object:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience="orders",
            issuer=ISSUER,
            leeway=30,
            options={"require": ["exp"]},
        )

    ours(), alone()
    found = [(taken(ours), taken(alone)) for _ in range(ROUNDS)]
    times = median(one / other for one, other in found)
    least = [min(each) for each in zip(*found, strict=True)]
    measured = f"{times:.2f}x ({least[0] * 1e6:.0f} us against {least[1] * 1e6:.0f} us)"
    limit = "" if bar is None else f"<= {bar:.2f}x"
    return Row(f"http.jwt, warm: {algorithm} against PyJWT alone", measured, limit, bar is None or times <= bar)


def plain_rows() -> list[Row]:
    """Measure the checks that need no library."""
    drivers: Any = Drivers([])
    context = Context("r", "f", time.time() + 30)
    key = KeyVerifier(http.api_key(Secret("keys")), drivers)
    hook = SignatureVerifier(http.signature(Secret("keys"), "stripe"), drivers)
    sent = {"x-api-key": "k-2", "host": "api.example"}
    signed = {**signed_headers("stripe", "acme:k-1", BODY, int(time.time())), "host": "api.example"}
    calls: dict[str, Callable[[], object]] = {
        "http.api_key, warm, with two keys": lambda: key(Request("GET", "/", "", sent), context),
        f"http.signature, warm, {len(BODY)} bytes": lambda: hook(Request("POST", "/", "", signed, BODY), context),
    }
    return [
        Row(what, f"{min(taken(call) for _ in range(ROUNDS)) * 1e6:.1f} us", "", True) for what, call in calls.items()
    ]


def limit_rows() -> list[Row]:
    """Measure the count of a call, in a table in memory that holds nearly as many calls as the limit lets in."""
    found = []
    for calls in (10, 100, 400):
        table = Table("calls", key="id")
        stored, now, windows = b"", int(time.time() * 1000), [(calls, 60)]
        for earlier in range(calls - 1, 0, -1):
            stored = counted(stored, windows, now - earlier * 10)
        row = {"id": ":limit/f/route", "calls": stored}
        drivers: Any = Tables(MemoryTable(table))
        rate = http.rate(f"{calls}/m", by="route", table=table)
        limited = LimitedCall(lambda _request, _context: None, rate, "f", drivers)

        def call(limited: LimitedCall = limited, drivers: Any = drivers, row: dict[str, Any] = row) -> None:
            drivers.table.put(Put((row["id"], None), None, row))
            limited(Request("GET", "/"), Context("r", "f", time.time() + 30))

        def put(drivers: Any = drivers, row: dict[str, Any] = row) -> None:
            drivers.table.put(Put((row["id"], None), None, row))

        least = min(taken(call) for _ in range(ROUNDS)) - min(taken(put) for _ in range(ROUNDS))
        found.append(Row(f"limit=, a table in memory, {calls} calls in the window", f"{least * 1e6:.0f} us", "", True))
    return found


def rows() -> list[Row]:
    """Measure the table of callers."""
    return [token_row("RS256", 1.15), token_row("ES256", None), *plain_rows(), *limit_rows()]
