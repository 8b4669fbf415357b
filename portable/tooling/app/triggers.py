"""Triggers: refuse one that cannot be, and describe one as plain data."""

from __future__ import annotations

from typing import Any

from portable.base.values import Value
from portable.errors import DeclarationError
from portable.eventing.cron import parse
from portable.eventing.http import HttpTrigger
from portable.eventing.queue import Queue
from portable.eventing.schedule import ScheduleTrigger
from portable.eventing.urls import unquote

RESERVED = ("/admin", "/runtime", "/_portable")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "*")


def check_trigger(trigger: Any) -> None:
    """Raise DeclarationError for a path template, cron expression or time zone that is none."""
    if isinstance(trigger, HttpTrigger):
        _check_http(trigger)
    elif isinstance(trigger, ScheduleTrigger):
        parse(trigger.expression)
        _check_zone(trigger.timezone)


def describe(trigger: Any) -> dict[str, Any]:
    """Return a trigger as plain data: {"kind": …} and its fields, resources by their name."""
    found: dict[str, Any] = {"kind": trigger.kind}
    for name in trigger._fields:
        value = getattr(trigger, name)
        if isinstance(value, Value):
            value = getattr(value, "name", None) or {n: getattr(value, n) for n in value._fields}
        if isinstance(getattr(trigger, name), Queue):
            found["ordered"] = getattr(trigger, name).ordered
        found[name] = [list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, tuple) else value
    return found


def _check_http(trigger: HttpTrigger) -> None:
    path = trigger.path
    if not isinstance(path, str) or not path.startswith("/"):
        raise DeclarationError(f'path {path!r} must start with "/"')
    if "?" in path or "#" in path or any(ord(character) < 33 for character in path):
        raise DeclarationError(f"path {path!r} must not hold a query, a fragment, spaces or control characters")
    if any(path == reserved or path.startswith(f"{reserved}/") for reserved in RESERVED):
        raise DeclarationError(f"path {path!r} is reserved: /admin and /runtime by Azure, /_portable by portable")
    if unquote(path) != path:
        raise DeclarationError(f"path {path!r} must be written decoded: {unquote(path)!r}")
    names = []
    parts = path.split("/")[1:]
    for index, part in enumerate(parts):
        if "{" not in part and "}" not in part:
            continue
        name, colon, kind = part[1:-1].partition(":")
        if not (part.startswith("{") and part.endswith("}")) or not name.isidentifier() or (colon and kind != "path"):
            raise DeclarationError(f"path {path!r}: {part!r} must be a whole segment {{name}} or {{name:path}}")
        if colon and index != len(parts) - 1:
            raise DeclarationError(f"path {path!r}: {part!r} takes the rest of the path, so it must be last")
        names.append(name)
    if len(set(names)) != len(names):
        raise DeclarationError(f"path {path!r} names a parameter twice")
    if trigger.auth is not None:
        raise DeclarationError("auth is reserved: only None (public) is known")
    if not isinstance(trigger.max_body, int) or not 0 < trigger.max_body <= 6_291_456:
        raise DeclarationError(f"max_body={trigger.max_body!r} must be from 1 to 6291456 bytes")


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, TypeError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise DeclarationError(f'time zone "{name}" is not an IANA name such as "Europe/Berlin"') from None
