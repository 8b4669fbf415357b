"""Takes the details of an invocation and what hides secrets in a text; returns them without secrets."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from portable.settings.redaction import HIDDEN, SHORTEST
from portable.tooling.dev.journal.model import Details, LogLine
from portable.tooling.dev.secrets import KnownSecrets, redactor

MOST = 64 * 1024
"""How many bytes of a body or payload are kept."""
ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "latin-1", "cp1252")
"""Encodings of a text beside UTF-8."""
CREDENTIALS = frozenset(("authorization", "proxy-authorization"))
"""Headers of which no value is kept: a token is good elsewhere too, and is no secret of the app that could be known."""
CREDENTIAL = b"authorization"
"""The end of each of their names."""
_BODIES = ("data", "body")
_encode = msgspec.json.Encoder().encode
"""It writes bytes in base64."""


class Cleaner:
    """Takes texts, bodies and plain data; returns them without secrets, as JSON and SQLite can hold them."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._redact = redactor(secrets)
        self._former = secrets.former if isinstance(secrets, KnownSecrets) else None

    def written(self, details: Details) -> tuple[Details, bytes]:
        """Return all that is known of an invocation, and its JSON. What holds nothing to hide or to cut is not copied."""
        if not self.hides:
            try:
                data = _encode(details)
            except UnicodeEncodeError:  # a text with what is no character
                data = b""
            if 0 < len(data) <= MOST and CREDENTIAL not in data.lower():
                return details, data
        found = self.details(details)
        return found, _encode(found)

    @property
    def hides(self) -> bool:
        """Return whether there is anything to hide."""
        return bool(self._secrets()) or (self._former is not None and self._former.knows)

    def text(self, text: str) -> str:
        """Return a text. What is no character becomes a question mark."""
        found = self._redact(text)
        try:
            found.encode()
        except UnicodeEncodeError:
            return found.encode(errors="replace").decode()
        return found

    def body(self, data: bytes, name: str) -> dict[str, Any]:
        """Return a body under its name in base64, and how many bytes were cut off."""
        whole = self._redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        shown = {name: base64.b64encode(whole[:MOST]).decode()}
        return shown if len(whole) <= MOST else {**shown, "cut": len(whole) - MOST}

    def octets(self, data: bytes) -> bytes:
        """Return octets without secrets in any of the encodings that texts are written in. Compressed data are not looked into."""
        found = self._redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        for value in self._secrets():
            if len(value) >= SHORTEST:
                for encoding in ENCODINGS:
                    with suppress(UnicodeEncodeError):  # a text of this encoding cannot hold it
                        found = found.replace(value.encode(encoding), HIDDEN.encode(encoding))
        return found

    def plain(self, found: Any) -> Any:
        """Return plain data. The bytes under "data" and "body" become base64."""
        if isinstance(found, str):
            return self.text(found)
        if isinstance(found, (list, tuple)):
            if _is_credential(found):
                return [found[0], _without_credential(found[1])]
            return [self.plain(item) for item in found]
        if not isinstance(found, dict):
            return found
        made: dict[str, Any] = {}
        for key, value in found.items():
            if key in _BODIES and isinstance(value, bytes):
                made |= self.body(value, key)
            else:
                made[self.text(key)] = _without_credential(value) if _is_credential((key, value)) else self.plain(value)
        return made

    def details(self, details: Details) -> Details:
        """Return all that is known of an invocation."""
        return msgspec.structs.replace(
            details,
            label=self.text(details.label),
            event=self.plain(details.event),
            response=self.plain(details.response),
            logs=[LogLine(line.at, line.level, self.text(line.text)) for line in details.logs],
            calls=[
                msgspec.structs.replace(call, what=self.text(call.what), error=self.text(call.error))
                for call in details.calls
            ],
            traceback=self.text(details.traceback),
            error=self.text(details.error),
        )


def _is_credential(pair: Sequence[Any]) -> bool:
    return len(pair) == 2 and all(isinstance(each, str) for each in pair) and pair[0].lower() in CREDENTIALS


def _without_credential(value: str) -> str:
    """Return the scheme of a header with *** for what follows it."""
    scheme, space, _ = value.strip().partition(" ")
    return f"{scheme} {HIDDEN}" if space else HIDDEN
