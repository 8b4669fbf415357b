"""Set-Cookie: takes a cookie and its attributes, returns the header's text; also checks a text written by hand.

This module is loaded only if a response sets a cookie. A cookie that passes works on every target. The rules are those
of RFC 6265 and of Python's `http.cookies`, which the Azure worker uses and which takes some names for attributes.
"""

from __future__ import annotations

from portable.errors import InvalidValue
from portable.eventing.multidict import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

VALUE = TOKEN | frozenset("()/:<=>?@[]{}")
"""The characters allowed in a cookie's value (RFC 6265, section 4.1.1)."""
_ATTRIBUTE = VALUE | frozenset(",")
_RESERVED = frozenset(
    ("expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite", "partitioned")
)
_SAMESITE = ("lax", "strict", "none")


def cookie_text(
    name: str,
    value: str,
    max_age: int | None,
    expires: datetime | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    httponly: bool,
    samesite: str | None,
) -> str:
    """Return the value of Set-Cookie. Raises ValueError for an invalid name, value or attribute."""
    _check_pair(name, value)
    parts = [f"{name}={value}"]
    if max_age is not None:
        if isinstance(max_age, bool) or not isinstance(max_age, int):
            raise InvalidValue(f"cookie {name!r}: max_age={max_age!r} must be a whole number of seconds", max_age)
        parts.append(f"Max-Age={int(max_age)}")
    if expires is not None:
        parts.append(f"Expires={_moment(name, expires)}")
    for title, attribute in (("Path", path), ("Domain", domain)):
        if attribute:
            if not isinstance(attribute, str) or not _ATTRIBUTE.issuperset(attribute):
                raise InvalidValue(
                    f"cookie {name!r}: {title.lower()}={attribute!r} has a character that is not allowed", attribute
                )
            parts.append(f"{title}={attribute}")
    if secure:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    if samesite is not None:
        if not isinstance(samesite, str) or samesite.lower() not in _SAMESITE:
            raise InvalidValue(
                f"cookie {name!r}: samesite={samesite!r} must be one of {', '.join(_SAMESITE)} or None", samesite
            )
        parts.append(f"SameSite={samesite.capitalize()}")
    return "; ".join(parts)


def _moment(name: str, expires: datetime) -> str:
    from datetime import UTC, datetime
    from email.utils import format_datetime

    if not isinstance(expires, datetime) or expires.tzinfo is None:
        raise InvalidValue(f"cookie {name!r}: expires={expires!r} must be a datetime with a time zone", expires)
    try:
        return format_datetime(expires.astimezone(UTC), usegmt=True)
    except OverflowError as error:
        raise InvalidValue(f"cookie {name!r}: expires={expires!r} is outside the years 1 to 9999", expires) from error


def check_cookie(text: str) -> str:
    """Return the value of a Set-Cookie header that was written by hand. Raises ValueError if it is not valid."""
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(), value.strip()
    if not equals:
        raise InvalidValue(f"Set-Cookie {text!r} has no name. Write name=value", text)
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    _check_pair(name, value[1:-1] if quoted else value)
    for attribute in attributes:
        title, _, given = attribute.strip().partition("=")
        known = title.strip().lower()
        if known in _RULES:
            if not _RULES[known](given.strip()):
                raise InvalidValue(f"cookie {name!r}: its attribute {attribute.strip()!r} has a wrong value", text)
        elif not _ATTRIBUTE.issuperset(given.strip()):
            raise InvalidValue(
                f"cookie {name!r}: its attribute {attribute.strip()!r} has a character that is not allowed",
                text,
            )
    return text


def _is_moment(text: str) -> bool:
    from email.utils import parsedate_to_datetime

    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


_RULES: dict[str, Callable[[str], bool]] = {
    "expires": _is_moment,
    "max-age": lambda text: text.removeprefix("-").isdecimal() and text.isascii(),
    "samesite": lambda text: text.lower() in _SAMESITE,
    "secure": lambda text: not text,
    "httponly": lambda text: not text,
}
"""The attributes whose values are checked in a cookie that was written by hand."""


def _check_pair(name: str, value: str) -> None:
    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise InvalidValue(f"cookie name {name!r} has a character that RFC 6265 forbids", name)
    if name.lower() in _RESERVED or name[0] == "$":
        raise InvalidValue(f"cookie name {name!r} is reserved, because it is the name of a cookie attribute", name)
    if not isinstance(value, str) or not VALUE.issuperset(value):
        raise InvalidValue(f"cookie {name!r}: its value {value!r} has a character that RFC 6265 forbids", value)
