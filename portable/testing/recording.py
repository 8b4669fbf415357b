"""Captured provider events as fixture files: an event in, a JSON file without secrets out; and the file back as an event.

A file holds the target, the function and the event; a bare event of AWS, as copied from a log, can be replayed too.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.compute.context import Context
from portable.errors import EventError

REDACTED = "REDACTED"
FORMAT = 1

_NAMES = re.compile(
    r"authorization|cookie|token|secret|passw|credential|signature|api[-_]?key|access[-_]?key|private[-_]?key|session"
    r"|receipthandle|^sig$|^code$|^key$|jwt|principal",
    re.IGNORECASE,
)
_PLAIN = frozenset(("principalid", "key"))
_VALUES = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access keys
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
    r"|(?<=Bearer )[\w.~+/=-]+"
    r"|(?<=Basic )[\w+/=]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of a URL
)
_QUERY = re.compile(
    r"(?P<name>[?&](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|code|token"
    r"|access_token|api_key|key|password|secret)=)[^&\s\"]+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Recorded:
    """A captured event: what the target's entry of a function was given, as JSON values."""

    target: str
    function: str
    event: Any


def record(event: Any, path: str | Path, *, target: str, function: str | Callable[..., Any] | None = None) -> Recorded:
    """Write a captured event to a file, without its secrets, and return what was written.

    `event` is the provider's event, or the `Context` of the call that got it; then `function` may be left out.
    Names that sound secret have their value replaced, also within JSON text; so do tokens, keys and signatures.
    """
    name = getattr(getattr(function, "__portable__", None), "name", function)
    if isinstance(event, Context):
        name = name or event.function
        event = event.native[0]
    if not isinstance(name, str):
        raise EventError("the name of the function whose event this is", repr(function))
    from portable.testing.wires import kit_of

    kit = kit_of(target)
    if kit is None:
        raise EventError("a target whose events can be recorded", target)
    found = Recorded(target, name, redacted(kit.plain(event)))
    fields = {"portable": FORMAT, "target": target, "function": name, "event": found.event}
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def read(source: str | Path | dict[str, Any], function: str | None = None, target: str | None = None) -> Recorded:
    """Return a recorded event from a file, or a bare event of a target from a file or dict. Raises EventError."""
    found = source if isinstance(source, dict) else json.loads(Path(source).read_text(encoding="utf-8"))
    if isinstance(found, dict) and found.get("portable") == FORMAT and "event" in found:
        return Recorded(target or found["target"], function or found["function"], found["event"])
    if target is None or function is None:
        raise EventError("a recorded event, or a bare one with its target and function", str(source)[:200])
    return Recorded(target, function, found)


def redacted(value: Any, name: str = "") -> Any:
    """Return a JSON value without secrets."""
    if isinstance(value, dict):
        return {key: redacted(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner, name) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    if name.lower() in ("cookie", "cookies", "set-cookie"):
        return re.sub(r"=[^;]*", f"={REDACTED}", value)
    if _NAMES.search(name) and name.lower() not in _PLAIN:
        return REDACTED
    if name.lower() in ("data", "data_base64", "body_base64"):
        return _in_base64(value)
    if value[0] in "{[":
        try:
            return json.dumps(redacted(json.loads(value)), ensure_ascii=False, separators=(",", ":"))
        except ValueError:
            pass
    value = _QUERY.sub(rf"\g<name>{REDACTED}", f"?{value}")[1:] if "=" in value else value
    return _VALUES.sub(REDACTED, value)


def _in_base64(value: str) -> str:
    """Return base64 with the JSON in it redacted; what holds no JSON stays."""
    try:
        inner = json.loads(b64decode(value, validate=True))
    except ValueError:
        return value
    return b64encode(json.dumps(redacted(inner), ensure_ascii=False, separators=(",", ":")).encode()).decode()
