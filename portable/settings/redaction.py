"""Secrets out of logs: known values and a line of text in, the line with *** in their place out."""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHORTEST = 4
"""Letters a value must have to be hidden: shorter ones stand in ordinary words."""
HIDDEN = "***"


def redact(text: str, values: Iterable[str]) -> str:
    """Return a text without the values: neither as they are nor as JSON or repr writes them."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= SHORTEST:
            for form in _forms(value):
                if form in text:
                    text = text.replace(form, HIDDEN)
    return text


def _forms(value: str) -> tuple[str, ...]:
    from json import dumps

    forms = (value, dumps(value)[1:-1], dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    return tuple(sorted(set(forms), key=len, reverse=True))


class RedactingFormatter(logging.Formatter):
    """A formatter around another: what that one writes, without the values that `values` returns."""

    def __init__(self, inner: logging.Formatter, values: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.inner = inner
        self._values = values

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, tracebacks included, without the values."""
        return redact(self.inner.format(record), self._values())


def redact_logs(values: Callable[[], Iterable[str]]) -> None:
    """Let no handler of the root logger or of "portable" write one of the values that `values` returns."""
    for name in (None, "portable"):
        for handler in logging.getLogger(name).handlers:
            inner = handler.formatter or logging.Formatter()
            handler.setFormatter(RedactingFormatter(inner, values))
