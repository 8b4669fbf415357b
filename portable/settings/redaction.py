"""Hides secrets in logs: takes a line of text and the known values, returns the line with *** in their place."""

from __future__ import annotations

import logging
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHORTEST = 4
"""The smallest length of a hidden value, in characters. Shorter values are part of ordinary words."""
HIDDEN = "***"
_BASIC = re.compile(r"\b(basic\s+)([\w+/-]+=*)", re.IGNORECASE | re.ASCII)
"""The credentials of RFC 7617: a user and a password in base64."""
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def hidden_values(values: Iterable[str]) -> tuple[str, ...]:
    """Return secrets and what of them is a secret by itself, the longest first: each line, and what follows its first colon.

    A secret may hold a key or password on each line, as `name:key`; a private key is written line by line.
    """
    known = set(values)
    for value in tuple(known):
        for line in value.splitlines():
            parts = (line.strip(), line.partition(":")[2].strip())
            known.update(part for part in parts if len(part) >= SHORTEST)
    return tuple(sorted(known, key=len, reverse=True))


def forms(value: str) -> tuple[str, ...]:
    """Return the forms a value may have in a log: plain, percent-encoded, base64, JSON, repr, and one inside the other.

    The longest comes first.
    """
    from binascii import b2a_base64
    from json import dumps

    data = value.encode("utf-8", "surrogatepass")
    encoded = "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in data)
    written = {value, encoded, encoded.replace("%20", "+"), encoded.replace("%2F", "/")}
    written.add(b2a_base64(data, newline=False).decode().rstrip("="))
    for _ in range(2):
        written |= {
            escaped[1:-1] for form in written for escaped in (dumps(form), dumps(form, ensure_ascii=False), repr(form))
        }
    return tuple(sorted(written, key=len, reverse=True))


class Redactor:
    """Takes a text; returns it with *** in the place of each value that `values` returns."""

    def __init__(self, values: Callable[[], Iterable[str]]) -> None:
        self._values = values
        self._forms: dict[str, tuple[str, ...]] = {}

    def __call__(self, text: str) -> str:
        """Return the text without the values.

        If two values overlap, the one that `values` returns first is hidden fully.
        """
        if "asic" in text or "ASIC" in text:
            text = _BASIC.sub(self._basic, text)
        for value in self._values():
            if len(value) < SHORTEST:
                continue
            known = self._forms.get(value)
            if known is None:
                known = self._forms[value] = forms(value)
            for form in known:
                if form in text:
                    text = text.replace(form, HIDDEN)
        return text

    def _basic(self, found: re.Match[str]) -> str:
        """Return what follows `Basic` whole, or *** for all of it where it holds a value."""
        from binascii import Error, a2b_base64

        try:
            sent = a2b_base64(found[2].replace("-", "+").replace("_", "/") + "==").decode("utf-8", "replace")
        except Error:
            return found[0]
        holds = any(len(value) >= SHORTEST and value in sent for value in self._values())
        return found[1] + HIDDEN if holds else found[0]


class RedactingFormatter(logging.Formatter):
    """Wraps another formatter and hides the values of `values` in its output, also in tracebacks."""

    def __init__(self, inner: logging.Formatter, values: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.inner = inner
        self._redact = Redactor(values)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text without the values."""
        return self._redact(self.inner.format(record))


def redact_logs(values: Callable[[], Iterable[str]]) -> None:
    """Hide the values that `values` returns in the output of the handlers of the root logger and of "portable"."""
    for name in (None, "portable"):
        for handler in logging.getLogger(name).handlers:
            inner = handler.formatter or logging.Formatter()
            handler.setFormatter(RedactingFormatter(inner, values))
