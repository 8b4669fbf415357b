"""A handler and [tool.portable.http] -> how many calls it takes: the declared limits, how they are named, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.eventing.auth import Auth, KeyAuth, SignedIn
from portable.eventing.http import INHERITED
from portable.eventing.limits import Rate, rates_of
from portable.eventing.principal import Principal
from portable.persistence.sliding import FIELD
from portable.tooling.app.auth import check_records, principal_type
from portable.tooling.app.http_settings import HttpSettings, named_by
from portable.tooling.app.kinds.registry import title
from portable.tooling.app.model import Code

COUNTS = ("get", "update")
"""What a function does with the table of its limits."""
OWN = "own"
"""Stands for a function of the app that says whose calls are counted together."""


def limits_of(mark: Function, http: HttpSettings) -> tuple[Rate, ...]:
    """Return the limits of a function, () for what is no HTTP function. Raises DeclarationError."""
    if not hasattr(mark.trigger, "limit"):
        return ()
    given = mark.trigger.limit
    if given != INHERITED:
        return rates_of(given)
    if not http.limit:
        return ()
    found = named_by(http.limit)
    try:
        return rates_of("nothing" if found is None else found)
    except DeclarationError:
        raise DeclarationError(
            f'[tool.portable.http] limit = "{http.limit}" must name what limit= takes, such as http.rate("100/m", …), at the '
            f"top of a module of the app; it is {found!r}"
        ) from None


def limit_code(mark: Function, home: tuple[str, str], http: HttpSettings, is_value: bool = False) -> Code | None:
    """Return how a generated module names the limits of a function whose module and name are `home`, where with `is_value` a value declares it."""
    if not limits_of(mark, http):
        return None
    if mark.trigger.limit == INHERITED:
        module, _, name = http.limit.partition(":")
        return Code("", home=(module, name))
    return Code('.route["limit"]' if is_value else ".__portable__.trigger.limit", home=home)


def checked_limits(mark: Function, http: HttpSettings, auth: Auth | None, place: str | None) -> tuple[Rate, ...]:
    """Return the limits of a function. Raises DeclarationError for callers that it does not know, and tables that cannot count."""
    limits = limits_of(mark, http)
    for rate in limits:
        check_records(rate.table, "http.rate(table=", place)
        key = rate.table.key if isinstance(rate.table.key, str) else rate.table.key.name
        if FIELD in (key, rate.table.ttl):
            raise DeclarationError(
                f'http.rate(table=Table("{rate.table.name}")): the field name {FIELD} is used by the counts. Give the field '
                "another name",
                place,
            )
        _check_caller(rate, mark, auth, place)
    rows = [(rate.name, OWN if callable(rate.by) else rate.by) for rate in limits]
    twice = next((row for row in rows if rows.count(row) > 1), None)
    if twice is not None:
        raise DeclarationError(
            f"{mark.name} has two limits that count in one row, by {twice[1]}: write them as one, such as "
            'http.rate(["10/s", "5000/d"], …), or give one a name=',
            place,
        )
    return limits


def check_named(known: dict[str, tuple[Rate, str | None]], limits: Iterable[Rate], place: str | None) -> None:
    """Refuse a limit that shares its name with another one. Routes with one name count together, so they have one limit."""
    for rate in limits:
        first = known.setdefault(rate.name, (rate, place)) if rate.name else (rate, place)
        if first[0] != rate:
            raise DeclarationError(
                f'the limit "{rate.name}" is another one at {first[1]}: routes with one name count together, so declare it once '
                "and use it for all of them",
                place,
            )


def _check_caller(rate: Rate, mark: Function, auth: Auth | None, place: str | None) -> None:
    route = f"{mark.name}: {title({'kind': 'http', 'method': mark.trigger.method, 'path': mark.trigger.path})}"
    if rate.by == "key" and not isinstance(auth, KeyAuth):
        problem = 'has a limit by="key", but no auth=http.api_key(…)'
    elif rate.by != "principal":
        return
    elif auth is None:
        problem = 'has a limit by="principal", but it is public, so nobody knows who calls'
    elif isinstance(auth, SignedIn) and not _is_principal(principal_type(auth)):
        problem = 'has a limit by="principal", but who calls is no Principal, so it has no subject'
    else:
        return
    raise DeclarationError(f'{route} {problem}: add auth=, use by="ip" or by="route", or write limit=None here', place)


def _is_principal(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Principal)


def described_limits(limits: Iterable[Rate]) -> list[dict[str, Any]]:
    """Return limits as plain data, for manifests, infrastructure and documents."""
    return [
        {
            "by": OWN if callable(rate.by) else rate.by,
            "windows": [{"calls": calls, "seconds": seconds} for calls, seconds in rate.windows],
            "table": rate.table.name,
            **({"name": rate.name} if rate.name else {}),
            "unavailable": rate.unavailable,
        }
        for rate in limits
    ]
