"""A line of a log -> what it tells, and that as one readable line or as plain data.

A line of JSON that portable's runtime wrote is read by the target's `Shape`. Any other line is shown as it is.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portable.base.log_lines import METRICS, Shape
from portable.tooling.infra.remote import LogLine

LEVELS = {**logging.getLevelNamesMapping(), "TRACE": 5, "NOTICE": 25, "ALERT": 55, "EMERGENCY": 60}
"""What logs call their levels, with their weight."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""What would move the cursor or colour the screen. A log holds what strangers sent."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line tells; `more` are the fields that the app added."""

    line: LogLine
    message: str
    level: str = ""
    function: str = ""
    request: str = ""
    traceback: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return it for people: one line, then the traceback. Lines that belong to the first one are indented."""
        head = [moment(self.line.at), f"{self.level or '-':<8}", self.function or "-"]
        return _shown([*head, *([self.request] if self.request else []), *self._words()], self.traceback)

    def brief(self) -> str:
        """Return it without what all lines of one call have in common: the level, the message and the traceback."""
        return _shown([*([f"{self.level:<8}"] if self.level else []), *self._words()], self.traceback)

    def _words(self) -> list[str]:
        return [self.message.rstrip("\r\n"), *(f"{name}={_plain(value)}" for name, value in self.more.items())]

    def data(self) -> dict[str, Any]:
        """Return it for machines. `text` is the line as it was written."""
        found = {
            "time": moment(self.line.at),
            "level": self.level,
            "function": self.function,
            "request": self.request,
            "message": self.message,
            "traceback": self.traceback,
            "fields": dict(self.more),
            "text": self.line.text,
        }
        return {name: value for name, value in found.items() if value not in ("", {})}


def read_line(line: LogLine, shape: Shape) -> Entry:
    """Return what a line tells."""
    found = _object(line.text)
    if found is None or "message" not in found or shape.level not in found:
        level = line.level.upper()
        return Entry(line, line.text, level, line.function, line.request or _platform_request(found))
    fields = dict(found)
    level, message = str(fields.pop(shape.level)), _plain(fields.pop("message"))
    request, function = str(fields.pop(shape.request_id, "") or line.request), str(fields.pop("function", ""))
    traceback = _traceback(fields, shape)
    if fields.get("logger") == METRICS:  # all else is the same for the log service alone
        fields = {"metric": fields["metric"]} if "metric" in fields else {}
    for known in (shape.time, shape.trace, "logger"):
        fields.pop(known, None)
    return Entry(line, message, level.upper(), function or line.function, request, traceback, fields)


def at_least(level: str, wanted: str) -> bool:
    """Say whether a level is the wanted one or above. A level that nobody knows is never."""
    return LEVELS.get(level.upper(), 0) >= LEVELS[wanted.upper()]


def moment(at: datetime) -> str:
    """Return a time with milliseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S") + f".{at.microsecond // 1000:03d}Z"


def _traceback(fields: dict[str, Any], shape: Shape) -> str:
    """Take the traceback out of the fields of a line. Of an error without one, its type and message are left."""
    error = fields.pop("error", None)
    stack = fields.pop(shape.stack, None) if shape.stack else None
    if isinstance(error, Mapping):
        stack = error.get("stack") or stack or f"{error.get('type')}: {error.get('message')}"
    elif error is not None:
        fields["error"] = error
    further = fields.pop("stack", None)
    return "\n".join(_plain(part) for part in (stack, further) if part)


def _platform_request(data: Mapping[str, Any] | None) -> str:
    """Return the id of the call in a line that the platform wrote in JSON, "" where there is none."""
    record = (data or {}).get("record")
    return str(record.get("requestId", "")) if isinstance(record, Mapping) else ""


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(words: list[str], traceback: str) -> str:
    return _quiet("\n    ".join([*" ".join(words).splitlines(), *traceback.splitlines()]))


def _quiet(text: str) -> str:
    """Return a text that does nothing to a terminal: control characters are written out."""
    return _CONTROL.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}", text
    )
