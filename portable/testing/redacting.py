"""Removes secrets from events: takes a JSON value; returns it with its secrets replaced.

A value is secret by its name (a password, a token, a cookie, …) or by its form (keys of clouds and services, web tokens,
credentials in a URL). A secret text becomes REDACTED, a secret number 0. Encoded values are decoded, searched and encoded
again, also if they are encoded several times: JSON in text, percent-encoding, forms and queries, multipart bodies, base64
(of gzip, too).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from portable.tooling.app.secret_text import FORMS

REDACTED = "REDACTED"
DEEPEST = 8
"""The largest number of nested encodings."""

_NAMES = re.compile(
    r"authorization|cookie|token|secret|passw|passphrase|passcode|credential|signature|session|receipthandle|jwt|principal|pwd"
    r"|(?:api|access|private|account|auth|shared|signing|encryption)[-_]?key|connection[-_]?string"
    r"|^x[-_]auth|^auth$|^pass$|^otp$|^pin$|^sig$|^code$|^key$",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"passw|passcode|secret|pwd|credential|token$|^otp$|^pin$", re.IGNORECASE)
"""The names under which a number is secret too. A `code` of 404 or a `key` of 7 is none."""
_PLAIN = frozenset(("principalid", "key"))
_DESCRIBING = frozenset(("type", "datatype", "stringlistvalues", "binarylistvalues"))
"""Names within a secret that say of what kind it is."""
_VALUES = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access keys
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
    r"|(?<=Bearer )[\w.~+/=-]+"
    r"|(?<=Basic )[\w+/=]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of a URL
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|\Z)"
)
_NAMED = (
    re.compile(r"""(?m)^(?P<before>[ \t]*["']?(?P<name>[\w.-]+)["']?[ \t]*:[ \t]*)(?P<value>\S.*)$"""),  # headers, YAML
    re.compile(r"(?P<before><(?P<name>[\w:.-]+)(?:\s[^<>]*)?>)(?P<value>[^<>]+)(?=</)"),  # XML
    re.compile(
        r"""(?s)(?P<before>;\s*name="?(?P<name>[^"\r\n;]+)"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(?P<value>.+?)(?=\r?\n--|\Z)"""
    ),
)
"""Where a value stands beside its name in text that is neither JSON nor a form; the last one is a part of a multipart body."""
_PAIR = re.compile(r"(?P<name>(?:^|(?<=[?&;\s]))[\w.%\[\]-]+)=(?P<value>[^&;\s\"']+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


def redacted(value: Any, name: str = "", depth: int = 0) -> Any:
    """Return a JSON value without secrets. `name` is the name under which it was found."""
    if isinstance(value, dict):
        return _redacted_dict(value, name, depth)
    if isinstance(value, list):
        return _redacted_list(value, name, depth)
    if type(value) in (int, float) and _NUMBERS.search(name):
        return type(value)()
    if not isinstance(value, str) or not value:
        return value
    if name.lower() in ("cookie", "cookies", "set-cookie"):
        return re.sub(r"=[^;]*", f"={REDACTED}", value)
    return REDACTED if _is_secret(name) else _redacted_text(value, depth)


def _is_secret(name: str) -> bool:
    return _NAMES.search(name) is not None and name.lower() not in _PLAIN


def _redacted_dict(value: dict[str, Any], name: str, depth: int) -> dict[str, Any]:
    """Redact each value by its own name. Values in a secret are secret, and {"name": …, "value": …} is a pair."""
    by_name = next((str(value[key]) for key in ("name", "Name", "key", "Key") if isinstance(value.get(key), str)), "")
    whole = _is_secret(name)
    found = {}
    for key, inner in value.items():
        under = str(key)
        if whole and under.lower() not in _DESCRIBING and not _is_secret(under):
            under = name
        elif under.lower() == "value" and _is_secret(by_name):
            under = by_name
        found[key] = redacted(inner, under, depth)
    return found


def _redacted_list(value: list[Any], name: str, depth: int) -> list[Any]:
    """Redact each item by the name of the list; a pair of texts by its first."""
    if len(value) == 2 and all(isinstance(item, str) for item in value) and not _is_secret(name):
        first, second = value
        return [redacted(first, "", depth), redacted(second, first, depth)]
    return [redacted(item, name, depth) for item in value]


def _redacted_text(value: str, depth: int) -> str:
    """Redact what a text holds, in whatever encoding."""
    if depth < DEEPEST:
        for read in (_in_json, _in_base64, _in_percent):
            found = read(value, depth + 1)
            if found is not None and found != value:
                return found
    value = _PAIR.sub(_redacted_pair, value) if "=" in value else value
    for named in _NAMED:
        value = named.sub(_redacted_named, value)
    return _without_known_forms(_VALUES.sub(REDACTED, value))


def _redacted_named(match: re.Match[str]) -> str:
    return f"{match['before']}{REDACTED}" if _is_secret(match["name"]) else match[0]


def _without_known_forms(text: str) -> str:
    """Return a text without what looks like the key or token of a service, each to its end."""
    data = text.encode("utf-8", "surrogatepass")
    for _, marks, form in FORMS:
        if any(mark in data for mark in marks):
            data = re.sub(form.pattern + rb"[\w+/=.-]*", REDACTED.encode(), data)
    return data.decode("utf-8", "surrogatepass")


def _redacted_pair(match: re.Match[str]) -> str:
    name = unquote(match["name"])
    secret = _NAMES.search(name) is not None  # `key` is the key of an API here, not that of an object
    return f"{match['name']}={REDACTED}" if secret else match[0]


def _in_json(value: str, depth: int) -> str | None:
    """Return JSON text redacted; the text itself when there is nothing to redact, None when it is no JSON."""
    if value.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        inner = json.loads(value)
    except ValueError:
        return None
    clean = redacted(inner, "", depth)
    return value if clean == inner else json.dumps(clean, ensure_ascii=False, separators=(",", ":"))


def _in_base64(value: str, depth: int) -> str | None:
    """Return base64 redacted, None when it is none or holds no text."""
    if _BASE64.fullmatch(value) is None:
        return None
    safe = "-" in value or "_" in value
    decode: Callable[[str], bytes] = urlsafe_b64decode if safe else b64decode
    try:
        content = decode(value + "=" * (-len(value) % 4))
        zipped = content[:2] == b"\x1f\x8b"
        text = (gzip.decompress(content) if zipped else content).decode()
    except (ValueError, OSError, EOFError, zlib.error):
        return None
    clean = _redacted_text(text, depth)
    if clean == text:
        return None
    again = gzip.compress(clean.encode(), mtime=0) if zipped else clean.encode()
    encoded = (urlsafe_b64encode if safe else b64encode)(again).decode()
    return encoded if value.endswith("=") or len(value) % 4 == 0 else encoded.rstrip("=")


def _in_percent(value: str, depth: int) -> str | None:
    """Return percent-encoded text redacted, None when nothing in it is encoded or secret."""
    if "%" not in value:
        return None
    text = unquote(value)
    if text == value:
        return None
    clean = _PAIR.sub(_redacted_pair, value)  # a query: its separators are not encoded
    if clean != value:
        return clean if (more := _redacted_text(clean, depth)) == clean else more
    clean = _redacted_text(text, depth)
    return None if clean == text else quote(clean, safe="/?&=:")
