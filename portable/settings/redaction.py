"""Secrets out of logs: known values and a line of text in, the line with *** in their place out."""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHORTEST = 4
"""Letters a value must have to be hidden: shorter ones stand in ordinary words."""
HIDDEN = "***"


def forms(value: str) -> tuple[str, ...]:
    """Return how a value may be written: as it is, by JSON, by repr, and by one of these in the other; longest first."""
    from json import dumps

    written = {value}
    for _ in range(2):
        written |= {
            escaped[1:-1] for form in written for escaped in (dumps(form), dumps(form, ensure_ascii=False), repr(form))
        }
    return tuple(sorted(written, key=len, reverse=True))


class Redactor:
    """A text in, the same text with *** in the place of each value that `values` returns out."""

    def __init__(self, values: Callable[[], Iterable[str]]) -> None:
        self._values = values
        self._forms: dict[str, tuple[str, ...]] = {}

    def __call__(self, text: str) -> str:
        """Return the text without the values; of two values that overlap the one returned first is hidden whole."""
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


class RedactingFormatter(logging.Formatter):
    """A formatter around another: what that one writes, tracebacks included, without the values of `values`."""

    def __init__(self, inner: logging.Formatter, values: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.inner = inner
        self._redact = Redactor(values)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text without the values."""
        return self._redact(self.inner.format(record))


def redact_logs(values: Callable[[], Iterable[str]]) -> None:
    """Let no handler of the root logger or of "portable" write one of the values that `values` returns."""
    for name in (None, "portable"):
        for handler in logging.getLogger(name).handlers:
            inner = handler.formatter or logging.Formatter()
            handler.setFormatter(RedactingFormatter(inner, values))
