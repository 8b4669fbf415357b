"""Hides the app's secrets in all that a page shows: takes an engine; returns what each expression of a template goes through."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from portable.settings.redaction import SHORTEST
from portable.tooling.dev.engine import Engine
from portable.tooling.dev.journal.redacted import Cleaner
from portable.tooling.dev.secrets import KnownSecrets, names, redactor


class Hiding:
    """Takes a value; returns it, a text without the values of the app's secrets. Markup is our own and stays as it is."""

    def __init__(self, engine: Engine) -> None:
        known = KnownSecrets(engine.settings.project)
        known.named(names(engine.app))
        self.known = known
        self._redact = redactor(known)

    def __call__(self, value: Any) -> Any:
        """Return a value without secrets."""
        if isinstance(value, Markup) or not isinstance(value, str) or len(value) < SHORTEST:
            return value
        return self._redact(value)

    @property
    def needed(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self.known()) or self.known.former.knows

    def hides(self, text: str) -> bool:
        """Return whether a text holds the value of a secret."""
        return bool(self(text) != text)

    def hides_in(self, data: bytes) -> bool:
        """Return whether data hold the value of a secret, in whatever encoding of text."""
        return Cleaner(self.known).octets(data) != data
