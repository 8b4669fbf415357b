"""The custom domain of an app in a stage: the variables that choose it, and the records of DNS that its owner must set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.tooling.infra.places import Places
from portable.tooling.infra.terraform import Expression, reference

DOMAIN = "domain"
"""The variable that holds the domain; "" for a stage without one."""
READY = "domain_ready"
"""The variable that says that the records are set which prove whose the domain is."""
WANTED = f'var.{DOMAIN} != ""'
_READY_ROW = (READY, "bool", False, "Whether the DNS records are set that prove whose the domain is.")


def domain_rows(places: Places, *, proven: bool) -> tuple[tuple[str, str, Any, str], ...]:
    """Return the rows of the variables, none for an app that asks for no domain.

    The stage dev has no domain unless it is given one. `proven` says that the owner must set records before the domain
    can be made.
    """
    if not places.blueprint.domain:
        return ()
    domain = places.blueprint.domain if places.stage.keeps_data else ""
    row = (DOMAIN, "string", domain, 'The domain of the app, such as "api.example.com"; none where it is empty.')
    return (row, *([_READY_ROW] if proven else []))


def count(condition: str) -> Expression:
    """Return the `count` of a resource that is there on a condition."""
    return reference(f"{condition} ? 1 : 0")


def told(live: str, records: Iterable[str]) -> Expression:
    """Return the output `domain`: its URL, whether it is live, and the records that the owner must set.

    `live` is a condition, and each of `records` a list of objects with name, type and value, as expressions.
    """
    lists = ", ".join(records)
    found = f'{{name = var.{DOMAIN}, url = "https://${{var.{DOMAIN}}}", live = {live}, records = concat({lists})}}'
    return reference(f"{WANTED} ? {found} : null")
