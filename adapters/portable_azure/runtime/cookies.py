"""Takes a Set-Cookie value; returns the same cookie in a form that the worker does not damage.

The worker parses each value with `http.cookies`, which drops what it cannot read, and accepts only one form of expiry. Then
the host writes the cookie again and percent-encodes its value (`ResponseCookies.Append` of ASP.NET Core escapes all but
A-Z a-z 0-9 - . _ ~). So a value is passed on decoded if encoding it restores it.
"""

from __future__ import annotations

from http.cookies import SimpleCookie

from portable.eventing.urls import quote, unquote

_ATTRIBUTES = frozenset(("domain", "path", "expires", "secure", "httponly", "samesite", "max-age"))


def readable(cookie: str) -> str:
    """Return a Set-Cookie value that the worker reads. Raises ValueError for a cookie that it would lose."""
    pair, *attributes = cookie.split(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name:
        raise ValueError(f"a Set-Cookie header has no cookie name: {cookie!r}")
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    decoded = unquote(value)
    if decoded != value and quote(decoded) == value:
        value = decoded
    parser: SimpleCookie = SimpleCookie()
    kept = [text for text in map(_attribute, attributes) if text]
    written = "; ".join([f"{name}={parser.value_encode(value)[1]}", *kept])
    parser.load(written)
    if list(parser) != [name] or parser[name].value != value:
        raise ValueError(
            f"cookie {name!r} has characters in its name or value that the Azure worker drops: encode them"
        )
    return written


def host_value(value: str) -> str:
    """Return a cookie's value as the host writes it."""
    return quote(value)


def _attribute(text: str) -> str:
    """Return an attribute in the form that the worker reads, or "" for one that it drops."""
    name, equals, value = text.strip().partition("=")
    key = name.strip().lower()
    if key not in _ATTRIBUTES:
        return ""
    if key == "expires":
        from datetime import UTC
        from email.utils import format_datetime, parsedate_to_datetime

        return f"Expires={format_datetime(parsedate_to_datetime(value.strip()).astimezone(UTC), usegmt=True)}"
    return f"{name.strip()}={value.strip()}" if equals else name.strip()
